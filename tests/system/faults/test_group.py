"""Members of the source's group join, leave and die every few seconds, or stall: nothing is skipped or reordered."""

import pytest

from faults.conftest import hold, start_again


@pytest.mark.parametrize("strategy", ["roundrobin", "cooperative-sticky"])
def test_members_join_and_leave(line, plan, redis, strategy):
    it = line(redis=redis, partitions=6, sources=6, members=3, pace=0.003,
              source={"kafka_partition_assignment_strategy": strategy})
    for turn in range(plan.choose(6, 40)):
        it.flow(plan.rng.randint(50, 300))
        it.note_peaks()
        # One always stays.
        member = it.members[plan.rng.randrange(1, 3)]
        if not member.running:
            start_again(member)
        elif plan.rng.random() < 0.3:
            member.kill()
        else:
            member.stop()
    for member in it.members:
        if not member.running:
            start_again(member)
    it.flow(200)
    it.check(of_sent=True, note=strategy)


def test_reader_stalls_past_max_poll_interval(line, plan, redis):
    """The source goes on polling, so that the group keeps it."""
    it = line(redis=redis, receive="router", source={"kafka_max_poll_interval_ms": 10_000}, pace=0.002)
    it.flow(100)
    it.reader.stall()
    hold(plan.choose(13.0, 45.0), it.sink, it.source)
    before = it.journal.received_count
    it.reader.go_on()
    it.flow(100)
    log = it.source.log
    it.check(of_sent=True, note=f"{before} had arrived before the stall")
    assert log.count("partitions assigned") == 1, log
    assert "partitions lost" not in log, log
