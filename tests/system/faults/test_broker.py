"""The only broker is away, or frozen, for a while: everything waits, nothing is lost."""

import pytest

from faults.conftest import hold


@pytest.mark.parametrize("receive", ["rep", "router"])
def test_away(line, plan, kafka, redis, receive):
    """Killed and started again with its data."""
    it = line(redis=redis, receive=receive, **({"ack_timeout": 5.0} if receive == "rep" else {}))
    it.flow(plan.rng.randint(50, 300))
    kafka.kill(1)
    hold(plan.outage, it.sink, it.source)
    kafka.start(1)
    it.acknowledge(100)
    it.flow(100)
    it.check(of_sent=True, note=f"{plan.outage:g} s away")


def test_frozen(line, plan, kafka, redis):
    it = line(redis=redis, receive="rep", ack_timeout=5.0)
    it.flow(plan.rng.randint(50, 300))
    kafka.freeze(1)
    try:
        hold(plan.freeze, it.sink, it.source)
    finally:
        kafka.thaw(1)
    it.acknowledge(100)
    it.flow(100)
    it.check(of_sent=True, note=f"{plan.freeze:g} s frozen")
