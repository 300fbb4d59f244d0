"""--realtime at many sources: the pace of the frames' times, on one thread, and starts that are spread."""

import os
import time
from collections import defaultdict

import pytest

import clients
from harness import video

RATE = 25


def arrivals(adapter, tmp_path, sources, seconds):
    """When each source's frames came, and how many threads the video-file-source had."""
    clip = video.make_clip(tmp_path / "clip.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", size="160x120",
                           rate=str(RATE), frames=RATE * 4)
    reader = clients.Reader(f"ipc://{tmp_path}/pace.ipc")
    came = defaultdict(list)
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/pace.ipc", realtime=True, loop=True,
                     eos_on_file_end=False, source=[f"cam-{number}={clip}" for number in range(sources)])
    try:
        end = None
        while end is None or time.monotonic() < end:
            topic, _, _ = reader.receive()
            came[topic].append(time.monotonic())
            end = end or time.monotonic() + seconds
        threads = len(os.listdir(f"/proc/{source.child.pid}/task"))
        source.terminate()
    finally:
        reader.close()
    assert len(came) == sources
    return came, threads


def check_pace(came, tolerance):
    for topic, moments in came.items():
        wanted = (len(moments) - 1) / RATE
        assert moments[-1] - moments[0] == pytest.approx(wanted, rel=tolerance), topic


def test_the_pace_of_a_few_seconds(adapter, tmp_path):
    came, _ = arrivals(adapter, tmp_path, sources=4, seconds=5)
    check_pace(came, 0.05)
    first = sorted(moments[0] for moments in came.values())
    assert first[-1] - first[0] > 0.5, "the starts are spread over a second"


@pytest.mark.long
def test_the_pace_of_a_minute_at_fifty_sources(adapter, tmp_path):
    came, threads = arrivals(adapter, tmp_path, sources=50, seconds=62)
    check_pace(came, 0.01)
    assert threads < 10
    first = sorted(moments[0] for moments in came.values())
    assert first[-1] - first[0] > 0.8
