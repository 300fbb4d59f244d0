"""A Redis master with replicas and a Sentinel that watches them, on free local ports."""

import contextlib
import shutil

from .processes import Process, free_ports, wait_until
from .servers import Redis, Unavailable, _Server


class Sentinel(_Server):
    """`nodes[0]` is the first master, the others are its replicas. Each wants a replica before it takes writes, if
    there are enough."""

    master_name = "main"

    def __init__(self, replicas=0):
        min_replicas = ["--min-replicas-to-write", "1"] if replicas > 1 else []
        master = Redis(arguments=min_replicas)
        self.nodes = [master] + [Redis(arguments=[*min_replicas, "--replicaof", "127.0.0.1", master.port,
                                                  "--repl-diskless-sync-delay", "0"]) for _ in range(replicas)]
        (self.port,) = free_ports()
        self.process = None
        self.running = contextlib.ExitStack()

    def _create(self):
        program = shutil.which("redis-server")
        if not program:
            raise Unavailable("redis-server is missing: run tests/run.sh, which installs it")
        for node in self.nodes:
            self.running.enter_context(node)
        config = self.folder / "sentinel.conf"
        config.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
                          f"sentinel monitor {self.master_name} 127.0.0.1 {self.nodes[0].port} 1\n"
                          f"sentinel down-after-milliseconds {self.master_name} 1000\n"
                          f"sentinel failover-timeout {self.master_name} 5000\n")
        self.process = Process("sentinel", [program, config, "--sentinel"], self.folder / "sentinel.log")

    def processes(self):
        return [self.process] if self.process else []

    def start(self):
        self.process.start()
        self.process.wait_until(self._knows_all, "the Sentinel knowing all replicas", 60)

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.running.close()

    def _ask(self, *words):
        # The same protocol as a store's.
        asked = Redis()
        asked.port = self.port
        return asked.command("SENTINEL", *words)

    def _knows_all(self):
        try:
            replicas = self._ask("REPLICAS", self.master_name)
        except (OSError, RuntimeError):
            return False
        # Fields and values by turns.
        states = [dict(zip(fields[::2], fields[1::2])) for fields in replicas]
        return sum(state[b"master-link-status"] == b"ok" for state in states) == len(self.nodes) - 1

    def master(self):
        """The node that the Sentinel takes for the master."""
        port = int(self._ask("GET-MASTER-ADDR-BY-NAME", self.master_name)[1])
        return next(node for node in self.nodes if node.port == port)

    def wait_for_failover(self, old, timeout=60.0):
        wait_until(lambda: self.master() is not old, "the Sentinel naming another master", timeout)
        return self.master()
