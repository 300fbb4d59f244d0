"""1,000 messages that cannot be used among good ones: they become dead letters, the good ones pass."""

import msgpack
import zmq
from confluent_kafka import Producer

from conftest import create_topic, topic_records
from harness.processes import wait_until

POISON = 1000


def poison(rng):
    """Anything but a message: noise, cut ones, maps that lie about their size, versions from the future."""
    good = msgpack.packb({"framebridge": 1, "kind": "video_frame", "source_id": "poison", "uuid": "u",
                          "content": {"kind": "none"}})
    return rng.choice([
        lambda: rng.randbytes(rng.randint(20, 3000)),
        lambda: good[:rng.randrange(15, len(good))],
        lambda: good + rng.randbytes(rng.randint(1, 9)),
        lambda: b"\xdf\xff\xff\xff\xff" + rng.randbytes(20),
        lambda: b"\x91" * rng.randint(200, 50_000),
        lambda: msgpack.packb({"framebridge": rng.randint(2, 1 << 60), "kind": "video_frame", "source_id": "poison"}),
        lambda: b"\x0a\x05" + b"0.3.0" + b"\x2a\xff\x01" + rng.randbytes(10),
        lambda: b"",
    ])()


def test_at_the_sink(line, plan, kafka, redis):
    dead_letters = create_topic(kafka)
    it = line(redis=redis, receive="router", sink={"dead_letter_topic": dead_letters})
    sent = [poison(plan.rng) for _ in range(POISON)]
    socket = zmq.Context.instance().socket(zmq.DEALER)
    try:
        socket.linger = -1
        socket.connect(it.into)
        for message in sent:
            socket.send_multipart([b"poison", message])
        wait_until(lambda: it.sink.metric("framebridge_sink_dead_letters_total") >= POISON, "all being dead-lettered", 60)
    finally:
        socket.close(0)
    it.flow(50)
    it.check(of_sent=True, note=f"{POISON} poison messages")
    assert [record.value() or b"" for record in topic_records(kafka, dead_letters)] == sent


def test_at_the_source(line, plan, kafka, redis):
    dead_letters = create_topic(kafka)
    it = line(redis=redis, receive="rep", source={"dead_letter_topic": dead_letters})
    sent = [poison(plan.rng) for _ in range(POISON)]
    producer = Producer({"bootstrap.servers": kafka.brokers})
    for message in sent:
        producer.produce(it.topic, message, partition=plan.rng.randrange(3))
    assert producer.flush(60) == 0
    wait_until(lambda: it.source.metric("framebridge_source_dead_letters_total") >= POISON, "all being dead-lettered", 60)
    it.flow(50)
    it.settle(of_sent=True)
    found = it.journal.findings(of_sent=True)
    assert not found.lost and not found.corrupt and not found.reordered, found
    assert sorted(record.value() or b"" for record in topic_records(kafka, dead_letters)) == sorted(sent)
