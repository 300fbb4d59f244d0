"""kill -9 of the sink, again and again, under load: nothing that it acknowledged is lost."""

import pytest

# Of three writers: what the killed sink had in flight and in its queue.
MOST_LOST_PER_KILL = 3 * 100


def kill_repeatedly(it, kills):
    for _ in range(kills):
        it.acknowledge(it.plan.rng.randint(1, 150))
        it.note_peaks()
        it.sink.kill()
        it.sink.start()
    it.acknowledge(20)


@pytest.mark.parametrize("stored, deduplicate", [(False, False), (True, False), (True, True)],
                         ids=["kafka-only", "store", "deduplicate"])
def test_request_reply(line, plan, redis, stored, deduplicate):
    it = line(redis=redis if stored else None, receive="rep", sink={"deduplicate": deduplicate or None})
    kill_repeatedly(it, plan.kills)
    it.check(note=f"{plan.kills} kills")


def test_dealer_that_watches_its_connection(line, plan, redis):
    """A stream is acknowledged as a whole, and sent again if the connection was lost within it."""
    it = line(redis=redis, receive="router", ack_timeout=3.0, careful=True)
    kill_repeatedly(it, plan.kills)
    it.check(note=f"{plan.kills} kills")


def test_dealer_that_does_not(line, plan, redis):
    """The successor of a killed sink acknowledges what it received, which is not all: no promise, a figure."""
    it = line(redis=redis, receive="router", ack_timeout=3.0)
    kill_repeatedly(it, plan.kills)
    it.measure(note=f"{plan.kills} kills", limit=plan.kills * MOST_LOST_PER_KILL)


def test_subscriber_killed_loses_only_while_it_is_away(line, plan, redis):
    """A publisher knows of no acknowledgement: what it sends to nobody is lost. No promise, a figure."""
    it = line(redis=redis, receive="sub", pace=0.005)
    for _ in range(plan.choose(2, 20)):
        it.flow(plan.rng.randint(20, 150))
        it.sink.kill()
        it.sink.start()
    it.flow(50)
    it.measure(note="a publisher's messages")
