"""Several sources at once over several partitions: each keeps its order, and its partition."""

import contextlib

import msgpack
import pytest

import clients
from clients import Reader, Writer
from conftest import BIKES, create_topic, topic_records
from harness import video


@pytest.mark.parametrize("format", ["native", "savant"])
def test_three_videos_over_four_partitions(format, bridge, send_videos, redis, kafka, tmp_path):
    topic = create_topic(kafka, partitions=4)
    clips = {
        "bikes": BIKES,
        "second": video.make_clip(tmp_path / "second.mp4", "-c:v", "libx264", "-bf", "3", frames=200, rate="30000/1001"),
        "third": video.make_clip(tmp_path / "third.mp4", "-c:v", "libx264", "-bf", "0", frames=300, rate="50"),
    }
    pipe = bridge(redis=redis, topic=topic, sink={"deduplicate": True})
    files = send_videos(pipe, clips, tmp_path / "out", files=3, format=format)
    assert [file.name for file in files] == ["bikes_0001.mp4", "second_0001.mp4", "third_0001.mp4"]
    for clip, file in zip(clips.values(), files):
        video.assert_same_video(clip, file)


def test_three_writers_interleaved(bridge, redis, kafka):
    """Large and small frames in turn, so that the store's answers come at different times; each writer a peer of its own."""
    count, sources = 500, ["cam-0", "cam-1", "cam-2"]
    topic = create_topic(kafka, partitions=4)
    pipe = bridge(redis=redis, topic=topic)
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(contextlib.closing(Reader(pipe.out)))
        writers = {source: stack.enter_context(contextlib.closing(Writer(pipe.into))) for source in sources}

        def payload(source, number):
            return f"{source} {number} ".encode() * (1 if number % 2 else 3000)

        received = {source: [] for source in sources}
        sent = 0
        while sum(map(len, received.values())) < count * len(sources):
            # A bound on what is under way: the writers and the reader are one thread here.
            if sent < count and sent * len(sources) - sum(map(len, received.values())) < 150:
                for source in sources:
                    writers[source].send(source, clients.native_attached_frame(source, sequence_number=sent), payload(source, sent))
                sent += 1
                continue
            topic_part, message, parts = reader.receive()
            source, number = topic_part.decode(), msgpack.unpackb(message)["sequence_number"]
            assert parts == [payload(source, number)]
            received[source].append(number)
    for source in sources:
        assert received[source] == list(range(count)), source
    places = {}
    for record in topic_records(kafka, topic):
        places.setdefault(record.key().decode(), set()).add(record.partition())
    assert sorted(places) == sources
    assert all(len(partitions) == 1 for partitions in places.values()), places
