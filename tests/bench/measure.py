"""What a process and the machine cost and have, from /proc."""

import os
import platform
import re
import subprocess
import threading
import time
from pathlib import Path

from harness.processes import wait_until


def cpu_seconds(pid):
    """CPU time of all threads of a process that still run."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError):  # a thread that has just ended
            pass
    return total / 1e9


def _status_bytes(pid, field):
    return int(re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]) * 1024


def peak_memory(pid):
    return _status_bytes(pid, "VmHWM")


def memory(pid):
    return _status_bytes(pid, "VmRSS")


def wait_until_idle(process, interval=0.15, times=4):
    """Waits until the process has next to nothing to do: it is connected, and waits for work."""
    quiet = 0
    last = cpu_seconds(process.child.pid)

    def idle():
        nonlocal quiet, last
        now = cpu_seconds(process.child.pid)
        quiet = quiet + 1 if now - last < 0.03 * interval else 0
        last = now
        return quiet >= times
    wait_until(idle, f"{process.name} being idle", timeout=60, interval=interval)


class Sampler:
    """Notes processes' memory once a second, and what CPU each used, until it is stopped."""

    def __init__(self, pids):
        self.pids = pids
        self.memory = {name: [] for name in pids}
        self._stop = threading.Event()
        self._begin = {name: cpu_seconds(pid) for name, pid in pids.items()}
        self._start = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(1):
            for name, pid in self.pids.items():
                try:
                    self.memory[name].append(memory(pid))
                except (OSError, TypeError):  # it has ended
                    pass

    def stop(self):
        """Returns the share of one core that each used; of those that have ended, none."""
        self._stop.set()
        self._thread.join()
        seconds = time.monotonic() - self._start
        shares = {}
        for name, pid in self.pids.items():
            try:
                shares[name] = (cpu_seconds(pid) - self._begin[name]) / seconds
            except OSError:
                pass
        return shares


def _first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "?"


def machine(project):
    """The facts that figures depend on."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
    memory_total = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "sha_ni": " sha_ni " in cpuinfo,
        "memory_gb": round(int(memory_total[1]) / 1e6, 1),
        "kernel": platform.release(),
        "compiler": _first_line("c++", "--version"),
        "redis": _first_line("redis-server", "--version"),
        "commit": _first_line("git", "-C", str(project), "describe", "--always", "--dirty"),
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "load_average": os.getloadavg()[0],
    }


def openssl_sha256(size):
    """Bytes per second of SHA-256 over blocks of `size`, as `openssl speed` measures it."""
    output = subprocess.run(["openssl", "speed", "-seconds", "1", "-bytes", str(size), "-evp", "sha256"],
                            capture_output=True, text=True).stdout
    match = re.search(r"^sha256\s+([\d.]+)k", output, re.MULTILINE | re.IGNORECASE)
    return float(match[1]) * 1000 if match else None
