"""The units of the Debian package, and what an adapter tells systemd (sd_notify(3))."""

import contextlib
import os
import socket
import subprocess

from harness.adapters import binary_dir


def test_the_units_are_valid(tmp_path):
    units = sorted((binary_dir().parent / "package").glob("framebridge-*@.service"))
    assert len(units) == 5, "libsystemd-dev was not there when the build was configured"
    for unit in units:
        text = unit.read_text().replace("/usr/bin/", f"{binary_dir()}/")
        (tmp_path / unit.name).write_text(text)
        assert "Type=notify" in text and "RestartPreventExitStatus=78" in text
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in units)],
                             text=True, capture_output=True)
    complaints = [line for line in (checked.stdout + checked.stderr).splitlines() if "framebridge" in line]
    assert checked.returncode == 0 and not complaints, checked.stdout + checked.stderr


def test_an_adapter_tells_that_it_is_ready_alive_and_stopping(adapter, tmp_path):
    path = tmp_path / "notify"
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(30)
        started = adapter("video-file-sink", zmq_endpoint=f"router+bind:ipc://{tmp_path}/in.ipc", output_dir=tmp_path / "out",
                          environment={"NOTIFY_SOCKET": str(path)})

        def told():
            return systemd.recv(4096).decode().splitlines()

        assert told() == ["READY=1", "STATUS=ok"]
        assert told() == ["WATCHDOG=1", "STATUS=ok"]
        os.kill(started.child.pid, 15)
        while (last := told())[0] == "WATCHDOG=1":
            pass
        assert last[0] == "STOPPING=1"
        started.finish()
