"""Mixed deployments: our sink with a source that does what Savant's Python adapter does (savant_peers.py), and the other
way round. What lies in Kafka and in Redis is what theirs would have written there."""

import threading

import pytest
from savant_rs.primitives import VideoFrameContent

import savant_peers
from conftest import topic_records
from savant_peers import (SavantReader, SavantWriter, TheirSink, TheirSource, by_source, closing,
                          load_message_from_bytes, wait_until)

SOURCES = ["cam-1", "cam-2"]
COUNT = 40
TTL = 77


def content_of(source_id, number):
    """Every second frame shows what the one before it did, and all sources show the same."""
    return f"picture {number // 2}".encode() * 300


def write(writer):
    """Frames of two sources, attached and internal, and their ends: {source id: [frame...]}."""
    sent = {source_id: [] for source_id in SOURCES}
    for number in range(COUNT):
        for source_id in SOURCES:
            internal = number % 5 == 4
            content = content_of(source_id, number)
            made = savant_peers.frame(source_id, number, VideoFrameContent.internal(content) if internal else None)
            writer.send(source_id, made.to_message(), b"" if internal else content)
            sent[source_id].append(made)
    for source_id in SOURCES:
        writer.end(source_id)
    return sent


def metadata(frame):
    """What a frame says, but for where its content is."""
    copy = frame.copy()
    copy.content = VideoFrameContent.none()
    return copy.json


def assert_received(sent, messages):
    received = by_source(messages)
    assert sorted(received) == SOURCES
    for source_id in SOURCES:
        *frames, (end, _) = received[source_id]
        assert end.is_end_of_stream() and end.as_end_of_stream().source_id == source_id
        assert len(frames) == COUNT
        for number, (message, content) in enumerate(frames):
            frame = message.as_video_frame()
            assert metadata(frame) == metadata(sent[source_id][number])
            assert frame.content.is_external() and frame.content.get_method() == "zeromq"
            assert frame.content.get_location() is None
            assert content == content_of(source_id, number)


MESSAGES = len(SOURCES) * (COUNT + 1)
STORES = pytest.mark.parametrize("deduplicate,store", [(False, True), (True, True), (False, False)],
                                 ids=["store", "deduplicated", "kafka only"])


@STORES
def test_our_sink_their_source(deduplicate, store, adapter, kafka, topic, redis, tmp_path):
    into, out = f"ipc://{tmp_path}/in.ipc", f"ipc://{tmp_path}/out.ipc"
    options = {"redis_host": redis.host, "redis_port": redis.port, "redis_ttl_seconds": TTL} if store else {}
    adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{into}", kafka_brokers=kafka.brokers, kafka_topic=topic,
            deduplicate=deduplicate or None, **options)
    with closing(SavantReader(f"router+bind:{out}"), SavantWriter(f"dealer+connect:{into}"),
                 TheirSource(f"dealer+connect:{out}", kafka.brokers, topic)) as (reader, writer, their_source):
        sent = write(writer)
        their_source.run(MESSAGES)
        assert_received(sent, reader.wait_for(MESSAGES))
        assert their_source.left_out == []
    assert_records_as_theirs(kafka, topic, redis if store else None, sent, deduplicate)


def assert_records_as_theirs(kafka, topic, redis, sent, deduplicate):
    remaining = {source_id: iter(frames) for source_id, frames in sent.items()}
    keys = set()
    for record in topic_records(kafka, topic):
        message = load_message_from_bytes(record.value())
        if message.is_end_of_stream():
            assert record.key().decode() == message.as_end_of_stream().source_id
            continue
        frame = message.as_video_frame()
        assert record.key().decode() == frame.source_id
        made = next(remaining[frame.source_id])
        assert frame.uuid == made.uuid
        if not redis:
            assert frame.content.is_internal()
            assert frame.content.get_data() == content_of(frame.source_id, frame.pts // 3003)
            continue
        assert frame.content.is_external() and frame.content.get_method() == "redis"
        place, _, key = frame.content.get_location().partition("/")
        assert place == redis.address
        assert key.startswith("savant:frames:")
        if not deduplicate:
            assert key == f"savant:frames:{frame.uuid}"
        assert redis.command("GET", key) == content_of(frame.source_id, frame.pts // 3003)
        assert TTL - 30 < redis.command("TTL", key) <= TTL
        keys.add(key)
    if redis:
        assert len(keys) == (COUNT // 2 if deduplicate else len(SOURCES) * COUNT)
        assert redis.command("DBSIZE") == len(keys)


@STORES
def test_their_sink_our_source(deduplicate, store, adapter, kafka, topic, redis, tmp_path):
    into, out = f"ipc://{tmp_path}/in.ipc", f"ipc://{tmp_path}/out.ipc"
    adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:{out}", kafka_brokers=kafka.brokers, kafka_topic=topic,
            kafka_group_id=topic, kafka_auto_offset_reset="earliest")
    with closing(SavantReader(f"router+bind:{out}"), SavantWriter(f"dealer+connect:{into}"),
                 TheirSink(f"router+bind:{into}", kafka.brokers, topic, redis if store else None, TTL,
                           deduplicate=deduplicate)) as (reader, writer, their_sink):
        sent = write(writer)
        their_sink.run(MESSAGES)
        assert_received(sent, reader.wait_for(MESSAGES))


def test_a_pipeline_that_passes_frames_on_stores_them_once(adapter, kafka, topic, redis, tmp_path):
    """With DEDUPLICATE their sink finds what any sink has stored under the frame's uuid: also ours, without it."""
    places = {name: f"ipc://{tmp_path}/{name}.ipc" for name in ("ours", "theirs")}
    store = {"redis_host": redis.host, "redis_port": redis.port, "redis_ttl_seconds": 20}
    adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{places['ours']}", kafka_brokers=kafka.brokers,
            kafka_topic=topic, **store)
    made = [savant_peers.frame("cam-1", number, encoded=number == 3) for number in range(4)]
    with closing(SavantWriter(f"dealer+connect:{places['ours']}"), SavantWriter(f"dealer+connect:{places['theirs']}"),
                 TheirSink(f"router+bind:{places['theirs']}", kafka.brokers, topic, redis, 600, deduplicate=True)) as (
                     to_us, to_them, their_sink):
        for writer in (to_us, to_them):
            for frame in made:
                writer.send("cam-1", frame.to_message(), b"the same")
            if writer is to_us:
                writer.end("cam-1")
        their_sink.run(len(made))
    assert (their_sink.touched, their_sink.stored) == (3, 1)
    for frame in made:
        assert 500 < redis.command("TTL", f"savant:frames:{frame.uuid}") <= 600


def test_two_sinks_and_two_sources_share_a_topic(adapter, kafka, topic, redis, tmp_path):
    """One of ours and one of theirs on either side, each source with its own group: both get all of it."""
    places = {name: f"ipc://{tmp_path}/{name}.ipc" for name in ("in-ours", "in-theirs", "out-ours", "out-theirs")}
    common = {"kafka_brokers": kafka.brokers, "kafka_topic": topic}
    adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{places['in-ours']}", redis_host=redis.host,
            redis_port=redis.port, redis_ttl_seconds=600, **common)
    adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:{places['out-ours']}", kafka_group_id=f"ours-{topic}",
            kafka_auto_offset_reset="earliest", **common)
    with closing(SavantReader(f"router+bind:{places['out-ours']}"), SavantReader(f"router+bind:{places['out-theirs']}"),
                 SavantWriter(f"dealer+connect:{places['in-ours']}"), SavantWriter(f"dealer+connect:{places['in-theirs']}"),
                 TheirSink(f"router+bind:{places['in-theirs']}", kafka.brokers, topic, redis, 600),
                 TheirSource(f"dealer+connect:{places['out-theirs']}", kafka.brokers, topic)) as (
                     ours, theirs, to_us, to_them, their_sink, their_source):
        for source_id, writer in (("cam-1", to_us), ("cam-2", to_them)):
            for number in range(COUNT):
                writer.send(source_id, savant_peers.frame(source_id, number).to_message(),
                            content_of(source_id, number))
            if writer is to_us:
                writer.end(source_id)
        writing = threading.Thread(target=their_sink.run, args=(COUNT,))
        writing.start()
        their_source.run(2 * COUNT + 1)
        writing.join(60)
        for reader in (ours, theirs):
            received = by_source(reader.wait_for(2 * COUNT + 1))
            for source_id in SOURCES:
                numbers = [message.as_video_frame().pts // 3003 for message, _ in received[source_id]
                           if message.is_video_frame()]
                assert numbers == list(range(COUNT))
                assert all(content == content_of(source_id, number)
                           for number, (_, content) in zip(numbers, received[source_id]))


def test_a_group_goes_from_their_source_to_ours_and_back(adapter, kafka, topic, redis, tmp_path):
    into, out = f"ipc://{tmp_path}/in.ipc", f"ipc://{tmp_path}/out.ipc"
    common = {"kafka_brokers": kafka.brokers, "kafka_topic": topic}
    adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{into}", redis_host=redis.host, redis_port=redis.port, **common)
    with closing(SavantReader(f"router+bind:{out}"), SavantWriter(f"dealer+connect:{into}")) as (reader, writer):
        def write_ten(first):
            for number in range(first, first + 10):
                writer.send("cam-1", savant_peers.frame("cam-1", number).to_message(), content_of("cam-1", number))

        def numbers():
            return [message.as_video_frame().pts // 3003 for _, message, _ in reader.messages]

        write_ten(0)
        with closing(TheirSource(f"dealer+connect:{out}", kafka.brokers, topic, group="shared")) as (their_source,):
            their_source.run(10)
            reader.wait_for(10)
        write_ten(10)
        # They have committed the offset of the last message that they sent: it comes again.
        source = adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:{out}", kafka_group_id="shared", **common)
        reader.wait_for(21)
        source.stop()
        write_ten(20)
        with closing(TheirSource(f"dealer+connect:{out}", kafka.brokers, topic, group="shared")) as (their_source,):
            their_source.run(10)
            reader.wait_for(31)
        # We have committed the next one: nothing comes again, and nothing is left out.
        assert numbers() == [*range(10), 9, *range(10, 30)]
