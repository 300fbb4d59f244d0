"""The source's reader goes, with all that its socket holds, and another one comes to its address, again and again."""

import pytest


@pytest.mark.parametrize("send", ["req", "dealer", "pub"])
def test_reader_killed(line, plan, redis, send):
    it = line(redis=redis, send=send)
    # It lags behind, so that its queue is full when it goes.
    it.reader.pace = 0.002
    for _ in range(plan.kills):
        it.flow(plan.rng.randint(20, 150))
        it.note_peaks()
        it.reader.abort()
        it.new_reader().pace = 0.002
    it.reader.pace = 0
    it.flow(20)
    if send == "req":
        it.check(of_sent=True, note=f"{plan.kills} kills of the reader")
    else:
        # What had left for the reader that is gone is lost: no promise, a figure.
        it.measure(note=f"{plan.kills} kills of the reader")
