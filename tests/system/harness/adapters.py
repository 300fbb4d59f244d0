"""The adapters as processes."""

import os
import re
import urllib.request
from pathlib import Path

from .processes import Process, free_ports


def binary_dir():
    """Where the executables are: FRAMEBRIDGE_BIN_DIR, else the release build in the tree."""
    return Path(os.environ.get("FRAMEBRIDGE_BIN_DIR")
                or Path(__file__).resolve().parents[3] / "build" / "release" / "adapters")


def flags(options):
    """kafka_topic="t" becomes --kafka-topic=t; True a bare flag; a list the flag repeated; None is left out."""
    words = []
    for key, value in options.items():
        flag = "--" + key.replace("_", "-")
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is True:
                words.append(flag)
            elif item is not None:
                words.append(f"{flag}={item}")
    return words


class Adapter(Process):
    """One of the executables; `options` as in flags(), `environment` added to ours but for the tests' own
    variables. The log goes into `folder`."""

    _count = 0

    def __init__(self, program, folder, environment=None, **options):
        Adapter._count += 1
        self.metrics_port = None
        if "metrics_listen" not in options:
            (self.metrics_port,) = free_ports()
            options["metrics_listen"] = f"127.0.0.1:{self.metrics_port}"
        path = binary_dir() / program
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: run tests/run.sh, which builds it, or set FRAMEBRIDGE_BIN_DIR")
        ours = {key: value for key, value in os.environ.items() if not key.startswith("FRAMEBRIDGE_")}
        super().__init__(f"{program} #{Adapter._count}", [path, *flags(options)],
                         Path(folder) / f"{Adapter._count:02}-{program}.log",
                         {**ours, **(environment or {})})

    def wait_for_log(self, pattern, timeout=30.0):
        """Waits until a line of the log matches, and returns the match."""
        return self.wait_until(lambda: re.search(pattern, self.log, re.MULTILINE), f"a log line like {pattern!r}", timeout)

    def metric(self, name, **labels):
        """The sum of a metric's values over all that bear these labels; 0 if there is none."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as reply:
            text = reply.read().decode()
        total = 0.0
        for line in text.splitlines():
            match = re.fullmatch(r"([^{#\s]+)(?:\{(.*)\})? (\S+)", line)
            if match and match[1] == name and all(f'{k}="{v}"' in (match[2] or "") for k, v in labels.items()):
                total += float(match[3])
        return total

    def wait_for_metric(self, name, at_least, timeout=60.0):
        def reached():
            try:
                return self.metric(name) >= at_least
            except OSError:  # not listening yet
                return False
        self.wait_until(reached, f"{name} reaching {at_least}", timeout)

    def stop(self, timeout=30.0):
        """SIGTERM; the adapter must drain and end with exit code 0."""
        code = self.terminate(timeout)
        assert code == 0, f"{self.name} ended with exit code {code} on SIGTERM:\n{self.log[-4000:]}"

    def finish(self, timeout=120.0):
        """Waits until it ends by itself, with exit code 0."""
        code = self.wait(timeout)
        assert code == 0, f"{self.name} ended with exit code {code}:\n{self.log[-4000:]}"
