"""The servers that the other tests rely on do what their names say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from conftest import create_topic, topic_records
from harness import video
from harness.processes import process_state, wait_until
from harness.servers import Kafka, KeyDB, Redis, Unavailable


# What a broker that has just come back may answer, or not answer in time.
TRANSIENT = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.FENCED_LEADER_EPOCH,
             KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN,
             KafkaError.OFFSET_NOT_AVAILABLE, KafkaError._WAIT_COORD}


def produce(kafka, topic, value):
    failures = []
    producer = Producer({"bootstrap.servers": kafka.brokers, "acks": "all"})
    producer.produce(topic, value, on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(60) == 0
    assert failures == [None]


def in_sync(kafka, topic):
    metadata = AdminClient({"bootstrap.servers": kafka.brokers}).list_topics(topic, timeout=60)
    return all(len(partition.isrs) == 3 for partition in metadata.topics[topic].partitions.values())


def values(kafka, topic):
    """The topic's records; none yet from a thawed broker that believes it still leads, or is told that it does not."""
    try:
        return [record.value() for record in topic_records(kafka, topic)]
    except KafkaException as error:
        assert error.args[0].retriable() or error.args[0].code() in TRANSIENT, error
        return []


def test_kafka_keeps_its_data_and_port_when_killed():
    with Kafka() as kafka:
        topic = create_topic(kafka)
        produce(kafka, topic, b"before")
        kafka.restart()
        produce(kafka, topic, b"after")
        assert [record.value() for record in topic_records(kafka, topic)] == [b"before", b"after"]


def test_a_cluster_of_three_goes_on_without_one():
    with Kafka(nodes=3) as kafka:
        topic = create_topic(kafka)
        produce(kafka, topic, b"three")
        kafka.kill(1)
        produce(kafka, topic, b"two")
        kafka.start(1)
        # Else the next one to go leaves fewer replicas than the topic needs.
        wait_until(lambda: in_sync(kafka, topic), "all replicas being in sync", 120)
        kafka.freeze(2)
        produce(kafka, topic, b"again two")
        kafka.thaw(2)
        wait_until(lambda: values(kafka, topic) == [b"three", b"two", b"again two"], "all records being readable", 120)


@pytest.mark.parametrize("server", [Redis, KeyDB])
def test_a_store_is_killed_emptied_and_frozen(server):
    try:
        with server(persistent=True) as store:
            assert store.command("SET", "key", b"\x00\xff") == b"OK"
            store.restart()
            assert store.command("GET", "key") == b"\x00\xff"
            store.freeze()
            with pytest.raises(OSError):
                store.command("PING")
            store.thaw()
            store.restart(empty=True)
            assert store.command("DBSIZE") == 0
    except Unavailable as reason:
        pytest.skip(str(reason))


def test_a_full_store_refuses():
    with Redis(maxmemory="2mb") as redis, pytest.raises(RuntimeError, match="OOM"):
        for number in range(100):
            redis.command("SET", number, b"x" * 100_000)


def test_servers_die_with_the_tests(tmp_path):
    """A pytest that is killed has no time to stop its servers."""
    code = ("from harness.servers import Redis; server = Redis().__enter__(); "
            "print(server.process.child.pid, flush=True); import threading; threading.Event().wait()")
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent,
                             env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True)
    server = int(owner.stdout.readline())
    owner.kill()
    owner.wait()

    wait_until(lambda: process_state(server) in "ZX", "the server's end")


def test_videos_are_told_apart(tmp_path):
    clip = video.make_clip(tmp_path / "a.mp4", "-c:v", "libx264", "-bf", "2", frames=20)
    video.assert_same_video(clip, clip)
    shorter = video.make_clip(tmp_path / "b.mp4", "-c:v", "libx264", "-bf", "2", frames=19)
    assert any("20 pictures became 19" in line for line in video.differences(clip, shorter))
    slower = video.make_clip(tmp_path / "c.mp4", "-c:v", "libx264", "-bf", "2", frames=20, rate="25")
    assert any("pts" in line for line in video.differences(clip, slower))
    other = video.make_clip(tmp_path / "d.mp4", "-c:v", "libx264", "-bf", "2", "-vf", "negate", frames=20)
    assert video.differences(clip, other) == ["20 pictures differ, the first is number 0"]
