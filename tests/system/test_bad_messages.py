"""No message stops an adapter: bad ones become dead letters, with the reason, and the good ones between them pass."""

import contextlib
import random
import re

import msgpack
import pytest
from confluent_kafka import Producer

import clients
from clients import Reader, Writer
from conftest import create_topic, topic_records
from harness.processes import wait_until

SEED = 20251


def bad_messages():
    """Name and bytes of messages that cannot be used."""
    rng = random.Random(SEED)
    good = clients.native_attached_frame("cam")
    nested = b"\x91" * 100_000
    yield from {
        "empty": b"",
        "one byte": b"\xc1",
        "text": b"hello, is anybody there?",
        "noise": rng.randbytes(5000),
        "cut": good[:-10],
        "with a tail": good + b"tail",
        "deep": nested,
        "a map of 4 G entries": b"\xdf\xff\xff\xff\xff",
        "a version from the future": msgpack.packb({"framebridge": 99, "kind": "video_frame", "source_id": "cam"}),
        "a frame without a uuid": msgpack.packb({"framebridge": 1, "kind": "video_frame", "source_id": "cam", "content": {"kind": "none"}}),
        "a cut savant message": b"\x0a\x05" + b"0.3.0" + b"\x2a\xff\x01" + b"abc",
    }.items()


def good_frames(count):
    for number in range(count):
        yield clients.native_attached_frame("cam", sequence_number=number), f"bytes of frame {number}".encode()


@pytest.mark.parametrize("dead_letters", [True, False])
def test_at_the_sink(dead_letters, bridge, kafka, redis):
    dead_letter_topic = create_topic(kafka)
    pipe = bridge(redis=redis, sink={"dead_letter_topic": dead_letter_topic if dead_letters else None})
    bad = list(bad_messages())
    good = list(good_frames(len(bad) + 1))
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam", good[0][0], good[0][1])
        for (_, message), (frame, content) in zip(bad, good[1:]):
            writer.send("cam", message)
            writer.send("cam", frame, content)
        for frame, content in good:
            assert reader.receive() == (b"cam", frame, [content])
        if dead_letters:
            pipe.sink.wait_for_metric("framebridge_sink_dead_letters_total", len(bad))
            records = topic_records(kafka, dead_letter_topic)
            assert [record.value() or b"" for record in records] == [message for _, message in bad]
            for (name, _), record in zip(bad, records):
                headers = dict(record.headers())
                assert headers["framebridge-reason"], name
                assert headers["framebridge-adapter"] == b"kafka-redis-sink"
                assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", headers["framebridge-time"]), headers
        else:
            pipe.sink.wait_for_metric("framebridge_sink_dropped_total", len(bad))
    assert len(topic_records(kafka, pipe.topic)) == len(good)


@pytest.mark.parametrize("dead_letters", [True, False])
def test_at_the_source(dead_letters, bridge, kafka, redis):
    """What is in the topic may come from anybody."""
    dead_letter_topic = create_topic(kafka)
    pipe = bridge(redis=redis, source={"dead_letter_topic": dead_letter_topic if dead_letters else None})
    bad = list(bad_messages())
    good = list(good_frames(len(bad)))
    producer = Producer({"bootstrap.servers": kafka.brokers})
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        for (_, message), (frame, content) in zip(bad, good):
            producer.produce(pipe.topic, message, key="cam")
            assert producer.flush(60) == 0
            writer.send("cam", frame, content)
            assert reader.receive() == (b"cam", frame, [content])
        metric = "framebridge_source_dead_letters_total" if dead_letters else "framebridge_source_dropped_total"
        pipe.source.wait_for_metric(metric, len(bad))
    if dead_letters:
        records = topic_records(kafka, dead_letter_topic)
        assert [record.value() or b"" for record in records] == [message for _, message in bad]
        for record in records:
            headers = dict(record.headers())
            assert headers["framebridge-adapter"] == b"kafka-redis-source"
            assert headers["framebridge-origin-topic"] == pipe.topic.encode()
            assert headers["framebridge-origin-partition"] == b"0"
            assert headers["framebridge-reason"]
        offsets = [int(dict(record.headers())["framebridge-origin-offset"]) for record in records]
        assert offsets == sorted(set(offsets))


def test_too_large_for_kafka(bridge, kafka):
    """Kafka refuses it (1 MB by default): it becomes a dead letter, and what follows passes."""
    pipe = bridge()
    (first, content), (second, _) = good_frames(2)
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam", first, random.Random(SEED).randbytes(3_000_000))
        writer.send("cam", second, content)
        assert reader.receive() == (b"cam", second, [content])
        pipe.sink.wait_for_metric("framebridge_sink_dropped_total", 1)
        pipe.sink.wait_for_log(r"max\.message\.bytes|message\.max\.bytes")


def test_frames_gone_from_the_store_are_skipped(bridge, kafka, redis):
    """A reference to nothing, to a store that cannot be, and to a key of another type."""
    pipe = bridge(redis=redis, source={"store_allow": redis.address})
    redis.command("LPUSH", "a-list", "item")
    producer = Producer({"bootstrap.servers": kafka.brokers})
    for store, key in [(redis.address, "gone"), ("nonsense", "key"), ("10.1.2.3:6379:0", "key"), ("", ""), (redis.address, "a-list")]:
        producer.produce(pipe.topic, clients.native_frame("cam", {"kind": "reference", "store": store, "key": key}), key="cam")
    assert producer.flush(60) == 0
    ((frame, content),) = good_frames(1)
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam", frame, content)
        assert reader.receive() == (b"cam", frame, [content])
    wait_until(lambda: pipe.source.metric("framebridge_source_frames_missing_total")
               + pipe.source.metric("framebridge_source_dropped_total") == 5, "five frames being counted as missing")
