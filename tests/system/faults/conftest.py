"""The line under fault: writers -> sink -> Kafka and store -> source -> reader, all counted by one journal."""

import os
import random
import re
import time
from pathlib import Path

import pytest

from conftest import create_topic
from faults.checker import Items, Journal, dangling_references
from faults.load import WRITERS, Reader
from harness.processes import free_ports, sockets_of, wait_until

MIB = 1 << 20
# What may be in flight in an adapter of these tests.
IN_FLIGHT = 4 * MIB
PREFETCH = 4 * MIB

_lines = []


class Plan:
    """How long and how often; what it draws follows from the seed and the test's name."""

    def __init__(self, test):
        self.seed = int(os.environ.get("FRAMEBRIDGE_FAULT_SEED") or 1)
        self.long = os.environ.get("FRAMEBRIDGE_FAULT_LONG") == "1"
        self.rng = random.Random(f"{self.seed}/{test}")
        self.test = test
        print(f"seed {self.seed}")

    def choose(self, short, long):
        return long if self.long else short

    @property
    def kills(self):
        return self.choose(5, 20)

    @property
    def outage(self):
        return self.choose(5.0, 60.0)

    @property
    def freeze(self):
        return self.choose(4.0, 30.0)


def hold(seconds, *watched):
    """Lets a fault last; the watched processes live through it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in watched:
            assert process.running, f"{process.name} ended during the fault:\n{process.log[-4000:]}"
        time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))


def start_again(process):
    """Starts an adapter that ran before, whose log goes on in the same file, and waits until it is at work."""
    seen = process.log.count("carrying messages from")
    process.start()
    process.wait_until(lambda: process.log.count("carrying messages from") > seen, "being at work")


def report(plan, text):
    line = f"seed {plan.seed}  {plan.test}: {text}"
    _lines.append(line)
    print(line)


def peak_rss(process):
    """Bytes; 0 if it has ended."""
    try:
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.child.pid}/status").read_text())[1])
    except (OSError, TypeError):
        return 0


class Line:
    def __init__(self, adapter, kafka, topic, folder, plan, *, redis=None, receive="rep", send="dealer", sources=3,
                 sink=None, source=None, members=1, reading=True, store_address=None, pace=0.001, sizes=(200, 30_000),
                 **writer_options):
        self.kafka, self.topic, self.redis, self.plan = kafka, topic, redis, plan
        self.folder, self._adapter = folder, adapter
        self.journal = Journal()
        if plan.rng.random() < 0.5:
            self.into, self.out = f"ipc://{folder}/in", f"ipc://{folder}/out"
        else:
            self.into, self.out = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
        host, port = store_address or ((redis.host, redis.port) if redis else (None, None))
        store = {"redis_host": host, "redis_port": port, "redis_ttl_seconds": 3600, "redis_timeout": 2} if redis else {}
        self._common = {"kafka_brokers": kafka.brokers, "kafka_topic": topic, "max_in_flight_bytes": IN_FLIGHT,
                        "queue_size": 50}
        self._source_options = {"zmq_endpoint": f"{send}+connect:{self.out}", "kafka_group_id": topic,
                                "kafka_auto_offset_reset": "earliest", "kafka_prefetch_bytes": PREFETCH,
                                **self._common, **(source or {})}
        self.sink = adapter("kafka-redis-sink", **{
            "zmq_endpoint": f"{receive}+bind:{self.into}", "ttl_policy": "off", **self._common, **store, **(sink or {})})
        self.members = [self.member() for _ in range(members)]
        self.reader = self.new_reader(send) if reading else None
        self._send = send
        self.writers = [WRITERS[receive](self.into, Items(f"cam-{n}", plan.rng.random(), sizes), self.journal, pace,
                                         **writer_options) for n in range(sources)]
        self.peaks = {}

    @property
    def source(self):
        return self.members[0]

    def member(self, **options):
        """One more source of the group."""
        return self._adapter("kafka-redis-source", **{**self._source_options, **options})

    def new_reader(self, send=None):
        self.reader = Reader(self.out, send or self._send, self.journal).start()
        return self.reader

    def start(self):
        self.sink.wait_for_log("carrying messages from")
        for writer in self.writers:
            writer.start()
        if self.reader:
            self.flow(5)
        return self

    def flow(self, messages, timeout=60.0):
        """Waits until so many more messages have arrived at the reader."""
        self._wait_for("received_count", messages, timeout)

    def acknowledge(self, messages, timeout=60.0):
        self._wait_for("acknowledged_count", messages, timeout)

    def _wait_for(self, count, messages, timeout):
        target = getattr(self.journal, count) + messages

        def reached():
            for worker in [*self.writers, *([self.reader] if self.reader else [])]:
                worker.check()
            return getattr(self.journal, count) >= target
        try:
            wait_until(reached, f"{count} growing by {messages}", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.journal.findings()}") from None

    def note_peaks(self):
        for process in [self.sink, *self.members]:
            kind = process.name.split(" ")[0]
            self.peaks[kind] = max(self.peaks.get(kind, 0), peak_rss(process))

    def let_reader_leave(self):
        """Ends the reader when nothing is on its way to it, and returns when the source knows. What a reader has in its
        queue goes with it, and so does what a DEALER writes before it knows: no guarantee covers that."""
        for writer in self.writers:
            writer.pause()
        wait_until(lambda: not self.journal.missing(of_sent=True), "all that was sent having arrived", 60)
        before = sockets_of(self.source.child.pid)
        self.reader.finish()
        wait_until(lambda: before - sockets_of(self.source.child.pid), "the source closing its connection to the reader")
        for writer in self.writers:
            writer.go_on()

    def finish_writers(self, timeout=60.0):
        for writer in self.writers:
            writer.finishing.set()
        for writer in self.writers:
            writer.finish(timeout)

    def settle(self, of_sent=False, timeout=60.0):
        """Ends the load and waits for what has to arrive."""
        self.finish_writers()
        deadline = time.monotonic() + timeout
        while self.journal.missing(of_sent) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.note_peaks()

    def check(self, of_sent=False, dangling_since_ms=0, note="", ordered=True):
        """Settles, and asserts that nothing is lost, corrupt, reordered or dangling, and the memory bounded."""
        self.settle(of_sent)
        found = self._assess(of_sent, dangling_since_ms, note)
        assert not found.lost, f"lost: {found.lost[:10]}"
        assert not (ordered and found.reordered), f"reordered: {found.reordered[:5]}"
        return found

    def measure(self, note="", limit=None):
        """Like check(), where losses are to be expected: they are printed. When a repetition fills a hole, the first
        occurrences are not in order."""
        self.finish_writers()
        self.quiet()
        self.note_peaks()
        found = self._assess(False, 0, note + " (no promise: figures)")
        assert limit is None or len(found.lost) <= limit, found
        return found

    def quiet(self, seconds=2.0, timeout=60.0):
        """Waits until nothing has arrived for a while."""
        wait_until(lambda: time.monotonic() - self.reader.last_arrival > seconds, "the end of arrivals", timeout)

    def _assess(self, of_sent, dangling_since_ms, note):
        found = self.journal.findings(of_sent)
        dangling = dangling_references(self.kafka, self.topic, self.redis, dangling_since_ms) if self.redis else []
        peaks = ", ".join(f"{kind} {peak / MIB:.0f} MiB" for kind, peak in self.peaks.items())
        report(self.plan, f"{found}, dangling {len(dangling)}; peak RSS {peaks}{'; ' + note if note else ''}")
        assert found.received > 0
        assert not found.corrupt, f"corrupt: {found.corrupt[:5]}"
        assert not dangling, f"references to nothing: {dangling[:5]}"
        for kind, peak in self.peaks.items():
            # Messages in flight, the sockets' queues of both sides, and the program itself.
            assert peak < IN_FLIGHT + PREFETCH + 64 * MIB, f"{kind} took {peak / MIB:.0f} MiB"
        return found

    def abort(self):
        """Ends everything, however the test went."""
        for writer in self.writers:
            writer.abort()
        for process in [self.sink, *self.members]:
            # A test that failed may have left something undelivered.
            process.terminate()
        if self.reader:
            self.reader.abort()


@pytest.fixture
def plan(request):
    return Plan(request.node.name)


@pytest.fixture
def line(adapter, kafka, tmp_path, plan):
    """line(redis=..., receive="rep", send="dealer", ...): starts a line with its load."""
    lines = []

    def start(kafka=kafka, partitions=3, topic=None, **options):
        topic = topic or create_topic(kafka, partitions)
        lines.append(Line(adapter, kafka, topic, tmp_path, plan, **options))
        return lines[-1].start()

    yield start
    for each in lines:
        each.abort()


def pytest_terminal_summary(terminalreporter):
    if _lines:
        terminalreporter.section("faults")
        for line in _lines:
            terminalreporter.write_line(line)
