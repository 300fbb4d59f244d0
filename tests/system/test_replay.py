"""Replay in kafka-redis-source, on a real Kafka: exactly what was asked for, once, in order."""

import time

import msgpack
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from archive import START, Archive
from clients import Reader
from conftest import create_topic


def received(reader, count, timeout=60.0):
    """The (source id, sequence number) of so many messages."""
    numbers = []
    for _ in range(count):
        _, message, _ = reader.receive(timeout)
        unpacked = msgpack.unpackb(message)
        numbers.append((unpacked["source_id"], unpacked["sequence_number"]))
    return numbers


@pytest.fixture
def replay(adapter, tmp_path):
    """replay(archive, code=0, **options): runs a replay to its end and returns the messages that its peer got."""
    def run(archive, code=0, **options):
        reader = Reader(f"ipc://{tmp_path}/out.ipc")
        try:
            source = adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/out.ipc",
                             **archive.options, **options)
            got = []
            while source.running or reader.socket.poll(200):
                if reader.socket.poll(50):
                    _, message, _ = reader.receive()
                    unpacked = msgpack.unpackb(message)
                    got.append((unpacked["source_id"], unpacked["sequence_number"], unpacked["kind"], time.monotonic()))
            assert source.child.returncode == code, source.log
            return got
        finally:
            reader.close()
    return run


@pytest.fixture(scope="module")
def hour(kafka):
    """An hour of four sources over four partitions, a frame a second."""
    archive = Archive(kafka, create_topic(kafka, partitions=4))
    for number in range(3600):
        for source in range(4):
            archive.frame(f"cam-{source}", number, START + number * 1000, partition=source, keyframe=number % 10 == 0,
                          time_base=[1, 1], pts=number, dts=number)
    archive.flush()
    return archive


def assert_exactly(got, sources, numbers):
    for source in sources:
        assert [number for name, number, *_ in got if name == source] == list(numbers), source
    assert {name for name, *_ in got} == set(sources)


ALL = [f"cam-{source}" for source in range(4)]


def test_a_window_by_time(hour, replay):
    got = replay(hour, **{"from": "time:2026-11-27T14:05:00+01:00", "to": "time:2026-11-27T13:06:00Z"})
    assert_exactly(got, ALL, range(300, 360))


def test_a_window_by_offset_of_some_sources(hour, replay):
    got = replay(hour, source_id=["cam-1"], source_id_prefix=["cam-3"], **{"from": "offset:100", "to": "offset:130"})
    assert_exactly(got, ["cam-1", "cam-3"], range(100, 130))


def test_windows_over_the_ends_and_empty_ones(hour, replay):
    got = replay(hour, **{"from": "time:2020-01-01T00:00:00Z", "to": "offset:0=2,1=2,2=2,3=2"})
    assert_exactly(got, ALL, range(2))
    got = replay(hour, **{"from": "offset:3598", "to": "time:2030-01-01T00:00:00Z"})
    assert_exactly(got, ALL, range(3598, 3600))
    assert replay(hour, **{"from": "offset:500", "to": "offset:500"}) == []


def test_alignment_begins_each_source_at_its_last_keyframe(hour, replay):
    got = replay(hour, align="keyframe", **{"from": "offset:0=105,1=110,2=119,3=100", "to": "offset:0=125,1=125,2=125,3=125"})
    for source, begin in (("cam-0", 100), ("cam-1", 110), ("cam-2", 110), ("cam-3", 100)):
        assert [number for name, number, *_ in got if name == source] == list(range(begin, 125)), source


def test_thinning_and_the_end_of_the_streams(hour, replay):
    got = replay(hour, frames="keyframes", send_eos=True, source_id=["cam-0"], **{"from": "offset:0", "to": "offset:100"})
    assert [number for _, number, kind, _ in got if kind == "video_frame"] == list(range(0, 100, 10))
    assert got[-1][2] == "end_of_stream" and len(got) == 11


def test_open_groups_begin_without_their_leading_pictures(kafka, topic, replay):
    archive = Archive(kafka, topic)
    # In decoding order: I0 P3 B1 B2 | I6 B4 B5 P9 B7 B8 | ... B4 and B5 refer to P3 and I6.
    shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11]
    for number, pts in enumerate(shown):
        archive.frame("cam", number, START + number * 40, keyframe=pts % 6 == 0, pts=pts, dts=number - 3)
    archive.flush()
    got = replay(archive, align="keyframe", **{"from": "offset:5"})
    assert [number for _, number, *_ in got] == [4, 7, 8, 9, 10, 11, 12]


def test_pace(kafka, replay):
    archive = Archive(kafka, create_topic(kafka, partitions=2))
    for number in range(50):
        for source, partition in (("cam-1", 0), ("cam-2", 1)):
            archive.frame(source, number, START + number * 40, partition=partition, time_base=[1, 25], pts=number)
    archive.flush()
    got = replay(archive, pace="realtime", **{"from": "earliest"})
    assert_exactly(got, ["cam-1", "cam-2"], range(50))
    for source in ("cam-1", "cam-2"):
        times = [moment for name, *_, moment in got if name == source]
        assert times[-1] - times[0] == pytest.approx(49 / 25, rel=0.05)


def test_a_replay_resumes_and_leaves_the_live_group_alone(hour, kafka, adapter, tmp_path):
    group = "resumed"
    reader = Reader(f"ipc://{tmp_path}/out.ipc")
    options = {"zmq_endpoint": f"dealer+connect:ipc://{tmp_path}/out.ipc", "resume": group, "source_id": ["cam-0"],
               "from": "offset:0=0", "to": "offset:0=400", **hour.options}
    first = adapter("kafka-redis-source", pace="20x", **options)
    got = received(reader, 100)
    assert first.terminate() == 75
    while reader.socket.poll(500):
        got += received(reader, 1)
    second = adapter("kafka-redis-source", **options)
    while second.running or reader.socket.poll(200):
        if reader.socket.poll(50):
            got += received(reader, 1)
    reader.close()
    assert second.child.returncode == 0, second.log
    assert sorted(set(number for _, number in got)) == list(range(400))
    repeated = len(got) - 400
    assert repeated < 60, "what was committed comes again"


def test_a_group_with_members_cannot_be_resumed(hour, kafka, adapter, tmp_path):
    live = Consumer({"bootstrap.servers": kafka.brokers, "group.id": "busy"})
    live.subscribe([hour.topic])
    deadline = time.monotonic() + 60
    while not live.assignment() and time.monotonic() < deadline:
        live.poll(0.2)
    source = adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/out.ipc", resume="busy",
                     **{"from": "earliest"}, **hour.options)
    assert source.wait() == 78 and "group 'busy' has 1 member" in source.log
    live.close()


def test_partitions_added_and_aborted_transactions_are_fine(kafka, replay):
    topic = create_topic(kafka)
    archive = Archive(kafka, topic)
    archive.frame("cam", 0, START)
    archive.flush()
    admin = AdminClient({"bootstrap.servers": kafka.brokers})
    admin.create_partitions([NewPartitions(topic, 2)])[topic].result(60)
    from confluent_kafka import Producer
    from clients import native_frame
    aborted = Producer({"bootstrap.servers": kafka.brokers, "transactional.id": "aborted"})
    aborted.init_transactions(60)
    aborted.begin_transaction()
    aborted.produce(topic, native_frame("cam", {"kind": "none"}, sequence_number=99), key="cam", partition=0, timestamp=START)
    aborted.flush(60)
    aborted.abort_transaction(60)
    later = Archive(kafka, topic)
    later.record("cam", None, START + 1, partition=0)
    later.frame("cam", 1, START + 2, partition=0)
    later.frame("cam-2", 0, START + 3, partition=1)
    later.flush()
    got = replay(archive, **{"from": "earliest"})
    assert sorted((name, number) for name, number, *_ in got) == [("cam", 0), ("cam", 1), ("cam-2", 0)]
