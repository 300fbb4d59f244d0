"""docker/compose.yaml as a project of its own, on a Docker Engine."""

import functools
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from .processes import free_ports, wait_until

PROJECT = Path(__file__).resolve().parents[3]
COMPOSE_FILE = PROJECT / "docker" / "compose.yaml"


def run(*command, environment=None, check=True, timeout=1800):
    """A command's output, standard error included where it failed."""
    result = subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=timeout)
    if check and result.returncode:
        raise AssertionError(f"{' '.join(map(str, command))} failed:\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}")
    return result.stdout


@functools.cache
def compose_command():
    """`docker compose` (v2), else Debian's docker-compose; nothing where there is neither, or no engine that answers."""
    def works(*command):
        return shutil.which(command[0]) and not subprocess.run(command, capture_output=True, timeout=60).returncode
    if not works("docker", "info"):
        return None
    for command in (["docker", "compose"], ["docker-compose"]):
        if works(*command, "version"):
            return command
    return None


def revision():
    return run("git", "-C", PROJECT, "rev-parse", "--short=12", "HEAD").strip()


class Compose:
    """A project with one or more profiles; `variables` are compose.yaml's. Free ports, an output folder of its own."""

    _count = itertools.count(1)

    def __init__(self, folder, env_file, *profiles, **variables):
        sink, first_source, wall, prometheus = free_ports(4)
        self.output = Path(folder) / "output"
        self.project = f"framebridge-test-{os.getpid()}-{next(self._count)}"
        self._words = [*compose_command(), "--env-file", str(env_file), "-f", str(COMPOSE_FILE)]
        ours = {key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "FRAMEBRIDGE_"))}
        self.environment = {**ours, "COMPOSE_PROJECT_NAME": self.project, "COMPOSE_PROFILES": ",".join(profiles or ("keydb",)),
                            "OUTPUT_DIR": str(self.output), "SINK_PORT": str(sink), "WALL_PORT": str(wall),
                            "SOURCE_PORTS": f"{first_source}-{first_source + 9}", "PROMETHEUS_PORT": str(prometheus),
                            "REVISION": revision(), **{key: str(value) for key, value in variables.items()}}
        self.wall = f"http://127.0.0.1:{wall}/wall"
        self.prometheus = f"http://127.0.0.1:{prometheus}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self("down", "--volumes", "--timeout", "20", check=False)

    def __call__(self, *words, check=True):
        return run(*self._words, *words, environment=self.environment, check=check)

    def up(self, *words):
        self("up", "--detach", "--no-build", *words)
        return self

    def containers(self, service=None):
        """Their ids, also of those that have ended."""
        wanted = [f"label=com.docker.compose.project={self.project}"]
        if service:
            wanted.append(f"label=com.docker.compose.service={service}")
        return run("docker", "ps", "--all", "--quiet", *(f"--filter={filter}" for filter in wanted)).split()

    def inspect(self, service):
        """What Docker says of the service's one container."""
        (container,) = self.containers(service)
        return json.loads(run("docker", "inspect", container))[0]

    def state(self, service):
        return self.inspect(service)["State"]

    def crash(self, service):
        """SIGKILL to its process, as by the kernel: Docker does not know of it beforehand."""
        os.kill(self.state(service)["Pid"], signal.SIGKILL)

    def log(self, service):
        (container,) = self.containers(service)
        result = subprocess.run(["docker", "logs", "--tail", "200", container], capture_output=True, text=True)
        return result.stdout + result.stderr

    def page(self, service, path, timeout=3):
        """(status, text) of a page of an adapter; (0, reason) if it does not answer."""
        networks = self.inspect(service)["NetworkSettings"]["Networks"].values()
        address = next((network["IPAddress"] for network in networks if network["IPAddress"]), None)
        if not address:
            return 0, "it has no address"
        try:
            with urllib.request.urlopen(f"http://{address}:9464{path}", timeout=timeout) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, service, name, **labels):
        """The sum of a metric's values over all that bear these labels; None if there is none."""
        values = [float(match[2]) for match in re.finditer(rf"^{name}(?:\{{(.*)\}})? (\S+)$", self.page(service, "/metrics")[1], re.MULTILINE)
                  if all(f'{key}="{value}"' in (match[1] or "") for key, value in labels.items())]
        return sum(values) if values else None

    def wait_for_ready(self, *services, timeout=180):
        for service in services:
            wait_until(lambda service=service: self.page(service, "/readyz")[0] == 200, f"{service} being ready: "
                       f"{self.page(service, '/readyz')}", timeout, interval=0.5)

    def files(self, source_id):
        """The files of a source that are complete, in the order they were written."""
        return sorted(self.output.glob(f"{source_id}_????.mp4"))
