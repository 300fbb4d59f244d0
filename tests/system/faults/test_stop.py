"""SIGTERM while a peer is away: an adapter ends in time, and its last line says what was not delivered."""

import re
import time

import pytest

from faults.conftest import start_again
from harness.servers import Redis

SHUTDOWN_TIMEOUT = 4.0
# What a loaded machine may take to end a process whose time is up.
MARGIN = 4.0


def terminate(process):
    """Ends it and returns (not delivered or not sent, seconds)."""
    begin = time.monotonic()
    code = process.terminate(SHUTDOWN_TIMEOUT + MARGIN)
    seconds = time.monotonic() - begin
    last = process.log.rstrip().splitlines()[-1]
    match = re.search(r"stopped: (?:delivered|sent) \d+ messages .*?(\d+) not (?:delivered|sent)(; the peer)?", last)
    assert match, f"the last line does not say what was (not) delivered: {last}"
    left = int(match[1])
    assert code == (75 if left or match[2] else 0), f"exit code {code}: {last}"
    return left, seconds


@pytest.fixture
def stopping_line(line, redis):
    def start(**options):
        return line(redis=options.pop("redis", redis), sink={"shutdown_timeout": SHUTDOWN_TIMEOUT},
                    source={"shutdown_timeout": SHUTDOWN_TIMEOUT}, ack_timeout=5.0, **options)
    return start


def restart(it, *processes):
    for process in processes:
        start_again(process)
    it.acknowledge(50)
    it.flow(50)


@pytest.mark.parametrize("away", ["killed", "frozen"])
def test_kafka_away(stopping_line, plan, kafka, away):
    it = stopping_line()
    it.flow(plan.rng.randint(20, 200))
    kafka.kill() if away == "killed" else kafka.freeze()
    try:
        it.reader.stall()
        not_delivered, sink_time = terminate(it.sink)
        _, source_time = terminate(it.source)
    finally:
        kafka.start() if away == "killed" else kafka.thaw()
    it.reader.go_on()
    restart(it, it.sink, it.source)
    it.check(of_sent=True, note=f"sink ended in {sink_time:.1f} s with {not_delivered} not delivered, source in {source_time:.1f} s")


@pytest.mark.parametrize("away", ["killed", "frozen"])
def test_store_away(stopping_line, plan, away):
    with Redis(persistent=True, arguments=["--appendfsync", "always"]) as store:
        it = stopping_line(redis=store)
        it.flow(plan.rng.randint(20, 200))
        store.kill() if away == "killed" else store.freeze()
        not_delivered, sink_time = terminate(it.sink)
        not_sent, source_time = terminate(it.source)
        store.start() if away == "killed" else store.thaw()
        restart(it, it.sink, it.source)
        it.check(of_sent=True, note=f"sink ended in {sink_time:.1f} s with {not_delivered} not delivered, "
                                    f"source in {source_time:.1f} s with {not_sent} not sent")


@pytest.mark.parametrize("send", ["dealer", "req"])
@pytest.mark.parametrize("away", ["gone", "stalled"])
def test_reader_away(stopping_line, plan, send, away):
    it = stopping_line(send=send)
    it.flow(plan.rng.randint(20, 200))
    if away == "gone":
        it.let_reader_leave()
    else:
        it.reader.stall()
    # The source's way out is full.
    it.acknowledge(500)
    not_sent, seconds = terminate(it.source)
    assert not_sent > 0
    if away == "gone":
        it.new_reader()
    else:
        it.reader.go_on()
    restart(it, it.source)
    # A ROUTER reads in turns from the connection that its old peer has left full and from that of the new one: the
    # order of what a DEALER sent before its restart, unread, and of what comes after it is nobody's.
    it.check(of_sent=True, ordered=send == "req" or away == "gone", note=f"source ended in {seconds:.1f} s with {not_sent} not sent")


def test_all_there(stopping_line, plan):
    """Then a stop is quick, and leaves nothing."""
    it = stopping_line()
    it.flow(plan.rng.randint(20, 200))
    it.finish_writers()
    not_delivered, sink_time = terminate(it.sink)
    not_sent, source_time = terminate(it.source)
    assert (not_delivered, not_sent) == (0, 0)
    start_again(it.sink)
    start_again(it.source)
    it.check(of_sent=True, note=f"sink ended in {sink_time:.1f} s, source in {source_time:.1f} s")
