"""kill -9 of the source, again and again: nothing that is in Kafka is lost on the way to a reader that lives."""

import time

import pytest

from harness.processes import wait_until

# Within so many seconds of its restart a source sends again.
RECOVERY = 10.0


def kill_and_recover(it, source):
    """Seconds from the restart to the first message that arrives."""
    it.note_peaks()
    source.kill()
    restarted = time.monotonic()
    source.start()
    wait_until(lambda: it.reader.last_arrival > restarted, "the source sending again", 60)
    return it.reader.last_arrival - restarted


@pytest.mark.parametrize("send", ["dealer", "req", "pub"])
@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
def test_source_killed(line, plan, redis, send, static):
    it = line(redis=redis, send=send, pace=0.002,
              source={"group_instance_id": "one" if static else None})
    times = []
    for _ in range(plan.kills if static else plan.choose(2, 20)):
        it.flow(plan.rng.randint(1, 200))
        times.append(kill_and_recover(it, it.source))
    it.flow(20)
    note = f"{len(times)} kills, back to sending in {max(times):.1f} s at most"
    if send == "pub":
        # What it sends before its subscriber has connected again is dropped.
        it.measure(note=note)
    else:
        it.check(of_sent=True, note=note)
    assert max(times) < RECOVERY, times


@pytest.mark.parametrize("send", ["dealer", "req"])
def test_source_killed_ahead_of_a_slow_reader(line, plan, redis, send):
    """Nothing is lost. A ROUTER reads in turns from the connection that the killed DEALER has left full and from that of
    its successor, so their order is nobody's: a figure. REQ has one message on its way, and keeps it."""
    it = line(redis=redis, send=send, source={"group_instance_id": "one"})
    it.reader.pace = 0.004
    for _ in range(plan.kills):
        it.flow(plan.rng.randint(100, 300))
        it.note_peaks()
        it.source.kill()
        it.source.start()
    it.reader.pace = 0
    it.flow(20)
    it.check(of_sent=True, ordered=send == "req", note=f"{plan.kills} kills")
