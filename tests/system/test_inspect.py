"""kafka-redis-inspect on a real Kafka and a real Redis: what it says of a topic is what was put there."""

import json
import subprocess
import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition

from archive import START, Archive, inspect, inspect_json
from clients import native_frame
from conftest import create_topic, topic_records


@pytest.fixture
def archive(kafka, redis):
    """Two sources of 100 frames at 25 frames/s over two partitions, their bytes in the store."""
    archive = Archive(kafka, create_topic(kafka, partitions=2), redis)
    for number in range(100):
        for source, partition in (("cam-1", 0), ("cam-2", 1)):
            archive.frame(source, number, START + number * 40, partition=partition, keyframe=number % 25 == 0,
                          width=640, height=480, codec="h264", framerate="25/1")
    archive.flush()
    return archive


def commit(kafka, topic, group, offsets):
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, partition, offset) for partition, offset in offsets.items()],
                    asynchronous=False)
    consumer.close()


def test_sources(archive):
    first, second = inspect_json("sources", **archive.options)
    assert (first["source_id"], second["source_id"]) == ("cam-1", "cam-2")
    for source, partition in ((first, 0), (second, 1)):
        assert source["frames"] == source["messages"] == 100
        assert source["bytes"] == sum(len(f"cam-1 {number}") for number in range(100))
        assert source["first_time"] == "2026-11-27T13:00:00.000Z"
        assert source["last_time"] == "2026-11-27T13:00:03.960Z"
        assert source["fps"] == pytest.approx(25)
        assert (source["codec"], source["width"], source["height"]) == ("h264", 640, 480)
        assert source["keyframes"] == 4 and source["keyframe_interval"] == 25
        assert source["sequence_holes"] == source["repeats"] == source["ends_of_stream"] == 0
        assert source["partitions"] == [partition]
    (only,) = inspect_json("sources", source_id="cam-2", **archive.options)
    assert only == second
    table = inspect("sources", **archive.options)
    assert [line.split()[:2] for line in table.splitlines()[1:]] == [["cam-1", "100"], ["cam-2", "100"]]


def test_sources_says_holes_repeats_and_ends(kafka, topic):
    archive = Archive(kafka, topic)
    for number in (0, 1, 2, 2, 5, 6):
        archive.frame("cam", number, START + number)
    archive.end_of_stream("cam", 7, START + 7)
    archive.frame("cam", 0, START + 8)
    archive.record("cam", b"\xc1 no message", START + 9)
    archive.flush()
    (source,) = inspect_json("sources", code=65, **archive.options)
    assert (source["sequence_holes"], source["missing_messages"], source["repeats"]) == (1, 2, 1)
    assert (source["ends_of_stream"], source["unreadable"], source["frames"]) == (1, 1, 7)


def test_a_range_by_time_and_by_offset(archive):
    by_time = {"from": "time:2026-11-27T14:00:01+01:00", "to": "time:2026-11-27T13:00:02Z"}
    assert [source["frames"] for source in inspect_json("sources", **by_time, **archive.options)] == [25, 25]
    by_offset = {"from": "offset:0=10,1=20", "to": "offset:0=13,1=21"}
    assert [source["frames"] for source in inspect_json("sources", **by_offset, **archive.options)] == [3, 1]
    assert inspect_json("sources", **{"from": "offset:100000"}, **archive.options) == []


def test_topics_with_groups_and_lag(archive, kafka):
    create_topic(kafka)
    commit(kafka, archive.topic, "viewers", {0: 90, 1: 100})
    rows = {row["topic"]: row for row in inspect_json("topics", kafka_brokers=kafka.brokers)}
    row = rows[archive.topic]
    assert (row["partitions"], row["records"]) == (2, 200)
    assert row["first_time"] == "2026-11-27T13:00:00.000Z" and row["last_time"] == "2026-11-27T13:00:03.960Z"
    real = sum(len(record.key()) + len(record.value()) for record in topic_records(kafka, archive.topic))
    assert row["estimated_bytes"] == pytest.approx(real, rel=0.1)
    assert [(group["group"], group["lag"]) for group in row["groups"]] == [("viewers", 10)]
    assert all(row["records"] for row in rows.values()), "an empty topic holds no messages of ours"


def test_cat_says_all_that_a_native_message_says(kafka, topic):
    archive = Archive(kafka, topic)
    archive.frame("cam", 7, START, content=b"picture", attributes={"place": "gate"}, trace_context={"traceparent": "00-a"},
                  objects=[{"id": 1, "label": "person", "box": [1, 2, 3, 4]}])
    archive.flush()
    (line,) = inspect("cat", **archive.options).splitlines()
    row = json.loads(line)
    assert (row["partition"], row["offset"], row["time"]) == (0, 0, "2026-11-27T13:00:00.000Z")
    assert (row["format"], row["kind"], row["source_id"], row["sequence_number"]) == ("native", "video_frame", "cam", 7)
    assert row["content"] == {"kind": "inline", "size": 7}
    assert row["attributes"] == [{"namespace": "", "name": "place", "values": [{"value": "gate"}]}]
    assert row["objects"] == [{"id": 1, "label": "person", "box": [1, 2, 3, 4]}]
    assert row["trace_context"] == {"traceparent": "00-a"}
    assert row["width"] == 16 and row["time_base"] == [1, 25]


def test_cat_says_all_that_a_savant_message_says(kafka, topic):
    from savant_rs.primitives import Attribute, AttributeValue, VideoFrame, VideoFrameContent, VideoObject
    from savant_rs.primitives.geometry import RBBox
    from savant_rs.utils.serialization import Message, save_message
    from savant_rs.primitives import IdCollisionResolutionPolicy

    frame = VideoFrame(source_id="cam", framerate="30/1", width=1920, height=1080, content=VideoFrameContent.internal(b"abc"),
                       codec="h264", keyframe=True, pts=30, time_base=(1, 30))
    frame.set_attribute(Attribute(namespace="place", name="gate", values=[AttributeValue.string("north", confidence=0.5)],
                                  hint=None, is_persistent=True))
    frame.add_object(VideoObject(id=3, namespace="detector", label="person", detection_box=RBBox(100, 50, 20, 40, None),
                                 attributes=[], confidence=0.75, track_id=9, track_box=None),
                     IdCollisionResolutionPolicy.Error)
    archive = Archive(kafka, topic)
    archive.record("cam", bytes(save_message(Message.video_frame(frame))), START)
    archive.flush()
    (line,) = inspect("cat", **archive.options).splitlines()
    row = json.loads(line)
    assert (row["format"], row["kind"], row["source_id"]) == ("savant", "video_frame", "cam")
    assert (row["codec"], row["keyframe"], row["pts"], row["width"]) == ("h264", True, 30, 1920)
    assert row["content"] == {"kind": "inline", "size": 3}
    (attribute,) = [each for each in row["attributes"] if each["namespace"] == "place"]
    assert attribute["name"] == "gate" and attribute["values"] == [{"value": "north", "confidence": 0.5}]
    (person,) = row["objects"]
    assert (person["id"], person["label"], person["confidence"], person["track_id"]) == (3, "person", 0.75, 9)
    assert person["box"] == [90, 30, 20, 40]


def test_cat_with_payloads(archive, tmp_path):
    options = {"from": "offset:0=0", "to": "offset:0=3,1=0", **archive.options}
    rows = [json.loads(line) for line in inspect("cat", payload="base64", **options).splitlines()]
    assert [row["payload"] for row in rows] == ["Y2FtLTEgMA==", "Y2FtLTEgMQ==", "Y2FtLTEgMg=="]
    rows = inspect("cat", payload="directory", payload_dir=tmp_path / "frames", **options).splitlines()
    files = [json.loads(row)["payload_file"] for row in rows]
    assert [open(file, "rb").read() for file in files] == [b"cam-1 0", b"cam-1 1", b"cam-1 2"]


def test_check_finds_precisely_what_is_wrong(archive, redis, tmp_path):
    (summary,) = inspect_json("check", hashes=True, **archive.options)
    assert summary["records"] == summary["frames"] == summary["references"] == summary["unique_keys"] == 200
    assert summary["missing"] == summary["wrong_size"] == summary["wrong_hash"] == 0
    redis.command("DEL", "savant:frames:cam-1-10", "savant:frames:cam-2-20")
    redis.command("SETRANGE", "savant:frames:cam-1-30", "0", "X")
    redis.command("SET", "savant:frames:cam-2-40", "short")
    prometheus = tmp_path / "check.prom"
    *problems, summary = inspect_json("check", code=65, hashes=True, prometheus=prometheus, **archive.options)
    assert {(row["problem"], row["source_id"], row["offset"]) for row in problems} == {
        ("missing", "cam-1", 10), ("missing", "cam-2", 20), ("wrong_hash", "cam-1", 30), ("wrong_size", "cam-2", 40)}
    assert (summary["missing"], summary["wrong_size"], summary["wrong_hash"]) == (2, 1, 1)
    assert f'framebridge_check_missing_frames{{topic="{archive.topic}"}} 2' in prometheus.read_text()
    *_, without_hashes = inspect_json("check", code=65, **archive.options)
    assert (without_hashes["wrong_size"], without_hashes["wrong_hash"]) == (1, 0)


def test_check_says_the_ttl_margin_and_what_deduplication_saves(kafka, redis):
    topic = create_topic(kafka, config={"retention.ms": "60000", "segment.ms": "60000"})
    archive = Archive(kafka, topic, redis)
    now = int(__import__("time").time() * 1000)
    archive.frame("cam", 0, now, content=b"12345", ttl=100)
    reference = {"kind": "reference", "store": f"{redis.host}:{redis.port}:0", "key": "savant:frames:cam-0", "size": 5}
    archive.record("cam", native_frame("cam", reference, sequence_number=1), now)
    archive.flush()
    (summary,) = inspect_json("check", **archive.options)
    # A record can be read for retention + segment + 10 minutes.
    assert summary["worst_margin_seconds"] == pytest.approx(100 - 720, abs=30)
    assert (summary["bytes_stored"], summary["bytes_saved"], summary["dedup_ratio"]) == (5, 5, 2)


def test_dead_letters_are_put_back_once(kafka, topic):
    dead_letters = create_topic(kafka)
    archive = Archive(kafka, dead_letters)
    for number, reason in enumerate(["too large for the topic", "does not parse", "too large for the topic"]):
        archive.record("cam", f"message {number}".encode(), START + number, headers={
            "framebridge-reason": reason, "framebridge-origin-topic": topic, "framebridge-origin-partition": "0",
            "framebridge-origin-offset": str(number), "framebridge-adapter": "kafka-redis-source",
            "framebridge-time": "2026-11-27T13:00:00Z", "own": "kept"})
    archive.flush()
    rows = inspect_json("dead-letters", "list", **archive.options)
    assert [(row["reason"], row["origin"], row["size"], row["put_back"]) for row in rows] == [
        ("too large for the topic", "0:0", 9, False), ("does not parse", "0:1", 9, False),
        ("too large for the topic", "0:2", 9, False)]
    put_back = lambda: inspect_json("dead-letters", "put-back", reason="too large", **archive.options)
    assert put_back() == [{"put_back": 2, "already_put_back": 0, "interrupted": False}]
    assert put_back() == [{"put_back": 0, "already_put_back": 2, "interrupted": False}]
    records = topic_records_committed(kafka, topic)
    assert [record.value() for record in records] == [b"message 0", b"message 2"]
    assert all(record.key() == b"cam" and dict(record.headers()) == {"own": b"kept"} for record in records)
    assert [row["put_back"] for row in inspect_json("dead-letters", "list", **archive.options)] == [True, False, True]


def topic_records_committed(kafka, topic):
    """As topic_records, for a topic that ends with a transaction's marker."""
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": str(uuid.uuid4()), "enable.partition.eof": True,
                         "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    records = []
    while (record := consumer.poll(60)) is not None and not record.error():
        records.append(record)
    consumer.close()
    return records


def test_lag_says_whether_frames_expire_first(kafka, redis):
    archive = Archive(kafka, create_topic(kafka), redis)
    for number in range(50):
        archive.frame("cam", number, START + number, ttl=3600)
    archive.flush()
    commit(kafka, archive.topic, "slow", {0: 20})
    (row,) = inspect_json("lag", code=65, sample=0.2, **archive.options)
    assert (row["group"], row["partition"], row["source_id"], row["lag_records"]) == ("slow", 0, "cam", 30)
    assert row["ttl_left_seconds"] == pytest.approx(3600, abs=60)
    assert row["frames_expire_first"] == "yes", "a group that stands still never gets there"
    commit(kafka, archive.topic, "done", {0: 50})
    assert inspect_json("lag", group="done", sample=0.2, **archive.options) == []


def test_what_is_wrong_is_said(kafka, topic):
    from harness.adapters import binary_dir
    program = str(binary_dir() / "kafka-redis-inspect")
    def run(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
    assert run("--help").returncode == 0 and "dead-letters put-back" in run("--help").stdout
    wrong = run("sauces")
    assert wrong.returncode == 64 and "'sauces' is not a verb" in wrong.stderr
    wrong = run("sources", "--kafka-brokers", kafka.brokers, "--kafka-topic", topic, "--from", "yesterday")
    assert wrong.returncode == 78 and "--from" in wrong.stderr and "'yesterday' is not a position" in wrong.stderr
    wrong = run("sources", "--kafka-brokers", kafka.brokers, "--kafka-topic", "no-such-topic")
    assert wrong.returncode == 78 and "'no-such-topic' does not exist" in wrong.stderr
