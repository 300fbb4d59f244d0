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
