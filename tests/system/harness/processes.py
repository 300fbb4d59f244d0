"""Child processes that never outlive their parent, and waiting for conditions."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent(parent):
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the prctl
        os._exit(1)


def wait_until(condition, what, timeout=30.0, interval=0.02):
    """Polls until `condition()` is true and returns its value; an AssertionError says what never happened."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(interval)


def process_state(pid, thread=None):
    """The letter that proc(5) has for the state of a process or of a thread of it; X if it is gone."""
    try:
        return Path(f"/proc/{pid}/task/{thread or pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def sockets_of(pid):
    """The inodes of a process's open sockets."""
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(entry.path)
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def free_ports(count=1):
    """Free TCP ports on 127.0.0.1, outside of the range that outgoing connections take theirs from: a server
    that is restarted finds its port free again."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(10_000, low if low > 11_000 else 65_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


class Process:
    """A child process whose output goes to a log file. Started again after its end, it appends to that file.
    `environment` is all it gets; by default, ours."""

    def __init__(self, name, command, log_path, environment=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.log_path = Path(log_path)
        self.environment = environment
        self.child = None

    def start(self):
        assert not self.running, f"{self.name} is running already"
        parent = os.getpid()
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=self.environment,
                preexec_fn=lambda: _die_with_parent(parent))
        return self

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill(self):
        """SIGKILL, also of a frozen process; returns when it is gone."""
        if self.child:
            self.child.kill()
            self.child.wait()

    def freeze(self):
        """SIGSTOP: it holds its connections and answers nothing; returns when all of its threads stand still."""
        self.child.send_signal(signal.SIGSTOP)
        pid = self.child.pid
        wait_until(lambda: all(process_state(pid, thread) in "TZX" for thread in os.listdir(f"/proc/{pid}/task")),
                   f"{self.name} standing still")

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def terminate(self, timeout=30.0):
        """SIGTERM; returns the exit code (negative: the signal that ended it)."""
        if self.running:
            self.child.terminate()
        return self.wait(timeout)

    def wait(self, timeout=60.0):
        """Waits for its end and returns the exit code."""
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {timeout:g} s") from None

    def wait_until(self, condition, what, timeout=30.0):
        """Like wait_until(), but fails at once when this process has ended."""
        def check():
            value = condition()
            if not value and not self.running:
                # The condition may have come true in the process's last moments.
                value = condition()
                assert value, f"{self.name} ended with exit code {self.child.returncode} before {what}:\n{self.log[-4000:]}"
            return value
        return wait_until(check, f"{what} ({self.name})", timeout)
