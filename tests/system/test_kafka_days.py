"""Bad days at Kafka, on a real broker: nothing acknowledged is lost, nothing that is there is missed, and the reason
is told."""

import contextlib
import os
import struct
import time
import urllib.error
import urllib.request

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   ResourceType)

import clients
from clients import Reader, Writer
from conftest import create_topic, topic_records
from harness.processes import wait_until
from harness.servers import Kafka


def administer(kafka, call, *arguments):
    """administer(kafka, AdminClient.delete_topics, ["t"]): what it asks for is done when this returns."""
    client = AdminClient({"bootstrap.servers": kafka.brokers})
    for result in call(client, *arguments).values():
        result.result(timeout=60)


def configure(kafka, topic, **values):
    """configure(kafka, "t", retention_ms=1000)"""
    entries = [ConfigEntry(name.replace("_", "."), str(value), incremental_operation=AlterConfigOpType.SET)
               for name, value in values.items()]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    administer(kafka, AdminClient.incremental_alter_configs, [resource])


def write(kafka, topic, values, partition=0, compression_type="none"):
    """Native messages without content, of one source a partition, in one batch."""
    producer = Producer({"bootstrap.servers": kafka.brokers, "acks": "all", "linger.ms": 200, "compression.type": compression_type})
    for value in values:
        frame = clients.native_frame(f"cam-{partition}", {"kind": "none"}, sequence_number=value)
        producer.produce(topic, frame, key=f"cam-{partition}", partition=partition)
    assert producer.flush(60) == 0


def health(process):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/health", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Source:
    """A kafka-redis-source and the reader of what it sends."""

    def __init__(self, adapter, kafka, topic, folder, stack, **options):
        self.reader = stack.enter_context(contextlib.closing(Reader(f"ipc://{folder}/out.ipc")))
        self.arguments = {"zmq_endpoint": f"dealer+connect:ipc://{folder}/out.ipc", "kafka_brokers": kafka.brokers,
                          "kafka_topic": topic, "kafka_group_id": topic, **options}
        self.adapter = adapter

    def start(self):
        self.process = self.adapter("kafka-redis-source", **self.arguments)
        self.process.wait_for_log("partitions assigned", timeout=60)
        return self.process

    def read(self, count):
        """The sequence numbers by source id."""
        numbers = {}
        for _ in range(count):
            _, message, _ = self.reader.receive()
            message = clients.msgpack.unpackb(message)
            numbers.setdefault(message["source_id"], []).append(message["sequence_number"])
        return numbers


@pytest.fixture
def source(adapter, kafka, tmp_path):
    with contextlib.ExitStack() as stack:
        yield lambda topic, **options: Source(adapter, kafka, topic, tmp_path, stack, **options)


def test_a_group_of_latest_misses_nothing_that_comes_after_its_start(kafka, topic, source):
    write(kafka, topic, range(5))
    consumer = source(topic)
    consumer.start().stop()
    write(kafka, topic, range(5, 10))
    consumer.start()
    assert consumer.read(5) == {"cam-0": list(range(5, 10))}


@pytest.mark.long
def test_partitions_added_while_it_runs_are_read_from_their_first_record(kafka, topic, source):
    consumer = source(topic, kafka_config=["topic.metadata.refresh.interval.ms=1000"])
    process = consumer.start()
    administer(kafka, AdminClient.create_partitions, [NewPartitions(topic, 2)])
    write(kafka, topic, range(20), partition=1)
    assert consumer.read(20) == {"cam-1": list(range(20))}
    assert process.metric("framebridge_source_missing_records_total") == 0


@pytest.mark.long
def test_a_group_behind_the_retention_goes_on_at_the_oldest_record_and_counts_the_hole(kafka, topic, source):
    consumer = source(topic)
    consumer.start().stop()
    write(kafka, topic, range(100))
    administer(kafka, AdminClient.delete_records, [TopicPartition(topic, 0, 60)])
    process = consumer.start()
    assert consumer.read(40) == {"cam-0": list(range(60, 100))}
    process.wait_for_log("60 records of topic .* are missing: partition 0, offsets 0 to 59 ")
    process.wait_for_metric("framebridge_source_missing_records_total", 60)


def make_anew(kafka, topic):
    """Deletes the topic and creates it again."""
    administer(kafka, AdminClient.delete_topics, [topic])

    def created():
        try:
            administer(kafka, AdminClient.create_topics, [NewTopic(topic, 1)])
            return True
        except KafkaException:  # still being deleted
            return False
    wait_until(created, "the topic being there again")


def commit_as(kafka, group, topic, position):
    """What the group had committed, in the topic made anew: brokers forget it with the topic, backups do not."""
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": group, "enable.auto.commit": False})
    try:
        consumer.commit(offsets=[position], asynchronous=False)
    finally:
        consumer.close()


def committed(kafka, group, topic):
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": group, "enable.auto.commit": False})
    try:
        return consumer.committed([TopicPartition(topic, 0)], timeout=60)[0]
    finally:
        consumer.close()


def test_a_topic_made_anew_at_whose_old_offset_is_another_record_is_read_from_its_beginning(kafka, topic, source):
    write(kafka, topic, range(50))
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    consumer.read(50)
    process.stop()
    position = committed(kafka, topic, topic)
    assert position.offset == 50 and position.metadata.startswith("framebridge:1:49:")
    make_anew(kafka, topic)
    write(kafka, topic, range(1000, 1060))
    commit_as(kafka, topic, topic, position)
    assert committed(kafka, topic, topic).metadata == position.metadata
    process = consumer.start()
    assert consumer.read(60) == {"cam-0": list(range(1000, 1060))}
    process.wait_for_metric("framebridge_source_rewound_partitions_total", 1)
    process.wait_for_log("the topic was made anew")


@pytest.mark.long
def test_a_group_whose_record_is_still_there_goes_on_where_it_was(kafka, topic, source):
    write(kafka, topic, range(50))
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    consumer.read(50)
    process.stop()
    write(kafka, topic, range(50, 60))
    process = consumer.start()
    assert consumer.read(10) == {"cam-0": list(range(50, 60))}
    assert process.metric("framebridge_source_rewound_partitions_total") == 0


@pytest.mark.long
@pytest.mark.parametrize("records", [40, 400])
def test_a_topic_made_anew_while_it_is_read_is_read_from_its_beginning(kafka, topic, source, records):
    write(kafka, topic, range(50))
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    consumer.read(50)
    make_anew(kafka, topic)
    expected = list(range(1000, 1000 + records))
    write(kafka, topic, expected)
    seen = set()
    while not seen.issuperset(expected):  # some may come twice: those behind the old offset
        seen.update(consumer.read(1)["cam-0"])
    process.wait_for_metric("framebridge_source_rewound_partitions_total", 1)


@pytest.mark.long
def test_an_empty_topic_made_anew_is_read_from_its_beginning(kafka, topic, source):
    write(kafka, topic, range(50))
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    consumer.read(50)
    process.stop()
    make_anew(kafka, topic)
    write(kafka, topic, range(10))
    process = consumer.start()
    assert consumer.read(10) == {"cam-0": list(range(10))}
    # A broker that has deleted the topic has usually forgotten the group's offsets with it.
    assert process.metric("framebridge_source_rewound_partitions_total") <= 1


def damage(kafka, topic):
    """Flips bits in the last batch's compressed records on the broker's disk: it sends them as they are."""
    (segment,) = kafka.folder.glob(f"data-1/{topic}-0/*.log")
    content = segment.read_bytes()
    batch = 0
    while True:  # to the last batch: base offset (8 bytes), length (4), ...
        (length,) = struct.unpack_from(">i", content, batch + 8)
        if batch + 12 + length >= len(content):
            break
        batch += 12 + length
    with segment.open("r+b") as file:
        records = batch + 61  # behind the batch's header
        file.seek(records)
        file.write(bytes(byte ^ 0x55 for byte in content[records:records + 4]))


def damage_one_of(kafka, topic, compression_type="zstd"):
    """Ten good records, a batch of 20 that is damaged, ten good ones."""
    write(kafka, topic, range(10), compression_type=compression_type)
    write(kafka, topic, range(10, 30), compression_type=compression_type)
    damage(kafka, topic)
    write(kafka, topic, range(30, 40), compression_type=compression_type)


@pytest.mark.parametrize("compression", ["zstd", *(pytest.param(name, marks=pytest.mark.long) for name in ("lz4", "gzip"))])
def test_records_that_a_disk_damaged_are_dead_letters_and_the_others_pass(kafka, topic, source, compression):
    letters = create_topic(kafka)
    damage_one_of(kafka, topic, compression_type=compression)
    consumer = source(topic, kafka_auto_offset_reset="earliest", dead_letter_topic=letters)
    process = consumer.start()
    assert consumer.read(20) == {"cam-0": [*range(10), *range(30, 40)]}
    process.wait_for_metric("framebridge_source_dead_letters_total", 1)
    process.wait_for_metric("framebridge_source_unreadable_records_total", 20)
    (letter,) = topic_records(kafka, letters)
    headers = {name: value.decode() for name, value in letter.headers()}
    assert not letter.value()
    assert (headers["framebridge-origin-partition"], headers["framebridge-origin-offset"], headers["framebridge-origin-count"]) \
        == ("0", "10", "20")
    assert "cannot be read" in headers["framebridge-reason"]
    process.stop()
    assert committed(kafka, topic, topic).offset == 40


@pytest.mark.long
def test_records_that_cannot_be_read_at_a_topics_end_hold_up_nothing(kafka, topic, source):
    write(kafka, topic, range(10))
    write(kafka, topic, range(10, 30), compression_type="zstd")
    damage(kafka, topic)
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    assert consumer.read(10) == {"cam-0": list(range(10))}
    process.wait_for_metric("framebridge_source_dropped_total", 1)
    write(kafka, topic, range(30, 40))
    assert consumer.read(10) == {"cam-0": list(range(30, 40))}
    process.wait_for_metric("framebridge_source_unreadable_records_total", 20)


@pytest.mark.long
def test_a_partition_that_cannot_be_read_can_wait(kafka, topic, source):
    damage_one_of(kafka, topic)
    consumer = source(topic, kafka_auto_offset_reset="earliest", unreadable_record="wait")
    process = consumer.start()
    assert consumer.read(10) == {"cam-0": list(range(10))}
    process.wait_until(lambda: health(process)[0] == 503 and "--unreadable-record" in health(process)[1],
                       "/health to tell of it", 10)
    assert not consumer.reader.socket.poll(3000), "a record behind it was sent"
    process.stop()
    assert committed(kafka, topic, topic).offset == 10
    consumer.arguments["unreadable_record"] = "skip"
    consumer.start()
    assert consumer.read(10) == {"cam-0": list(range(30, 40))}


@pytest.mark.long
@pytest.mark.parametrize("limit", [None, 60_000_000])
def test_a_small_record_that_unpacks_to_150_megabytes_holds_up_nothing(kafka, topic, source, limit):
    write(kafka, topic, range(10))
    producer = Producer({"bootstrap.servers": kafka.brokers, "compression.type": "zstd", "message.max.bytes": 200_000_000})
    producer.produce(topic, bytes(150_000_000), key="cam-0")
    assert producer.flush(60) == 0
    write(kafka, topic, range(11, 20))
    letters = create_topic(kafka)
    options = {"kafka_config": [f"receive.message.max.bytes={limit}"]} if limit else {}
    consumer = source(topic, kafka_auto_offset_reset="earliest", dead_letter_topic=letters, max_in_flight_bytes=1 << 20, **options)
    process = consumer.start()
    assert consumer.read(19) == {"cam-0": [*range(10), *range(11, 20)]}
    process.wait_until(lambda: process.metric("framebridge_source_dead_letters_total")
                       + process.metric("framebridge_source_dropped_total") == 1, "what becomes of it", 60)
    if limit:
        process.wait_for_metric("framebridge_source_unreadable_records_total", 1)
    else:
        assert process.metric("framebridge_source_unreadable_records_total") == 0


@pytest.mark.long
def test_a_record_of_120_megabytes_holds_up_nothing(adapter, tmp_path):
    with Kafka(config={"socket.request.max.bytes": 200_000_000}) as kafka, contextlib.ExitStack() as stack:
        topic = create_topic(kafka, config={"max.message.bytes": 130_000_000})
        write(kafka, topic, range(10))
        producer = Producer({"bootstrap.servers": kafka.brokers, "message.max.bytes": 130_000_000})
        producer.produce(topic, os.urandom(120_000_000), key="cam-0")
        assert producer.flush(120) == 0
        write(kafka, topic, range(11, 20))
        consumer = Source(adapter, kafka, topic, tmp_path, stack, kafka_auto_offset_reset="earliest")
        process = consumer.start()
        assert consumer.read(19) == {"cam-0": [*range(10), *range(11, 20)]}
        assert process.metric("framebridge_source_unreadable_records_total") == 0
        process.stop()


@pytest.mark.long
def test_error_ends_a_group_without_offsets(adapter, kafka, topic, tmp_path):
    process = adapter("kafka-redis-source", zmq_endpoint=f"pub+bind:ipc://{tmp_path}/out.ipc", kafka_brokers=kafka.brokers,
                      kafka_topic=topic, kafka_group_id=topic, kafka_auto_offset_reset="error")
    assert process.wait(60) == 65
    assert "--kafka-auto-offset-reset" in process.log


def sink(adapter, kafka, topic, tmp_path, **options):
    return adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:ipc://{tmp_path}/in.ipc", kafka_brokers=kafka.brokers,
                   kafka_topic=topic, **options)


def test_a_wrong_clock_waits_and_says_so(adapter, kafka, topic, tmp_path):
    # To a broker that takes no record older than 0 ms each clock is wrong.
    configure(kafka, topic, message_timestamp_before_max_ms=0)
    process = sink(adapter, kafka, topic, tmp_path)
    process.wait_for_log("carrying messages from")
    with contextlib.closing(Writer(f"ipc://{tmp_path}/in.ipc")) as writer:
        for number in range(20):
            writer.send("cam", clients.native_frame("cam", {"kind": "none"}, sequence_number=number))
        process.wait_until(lambda: health(process)[0] == 503 and "clock" in health(process)[1], "/health to say clock", 20)
        assert process.metric("framebridge_sink_dropped_total") == 0
        configure(kafka, topic, message_timestamp_before_max_ms=3_600_000)
        process.wait_for_metric("framebridge_sink_messages_delivered_total", 20)
        process.wait_until(lambda: health(process)[0] == 200, "/health to be ok again", 20)
    assert process.metric("framebridge_sink_kafka_producers_recreated_total") >= 1
    numbers = [clients.msgpack.unpackb(record.value())["sequence_number"] for record in topic_records(kafka, topic)]
    assert sorted(set(numbers)) == list(range(20))


def test_a_compacted_topic_is_refused(adapter, kafka, tmp_path):
    topic = create_topic(kafka, config={"cleanup.policy": "compact"})
    process = sink(adapter, kafka, topic, tmp_path)
    assert process.wait(60) == 78
    assert "--compacted-topic" in process.log
    sink(adapter, kafka, topic, tmp_path, compacted_topic="warn").wait_for_log("is compacted")


@pytest.mark.long
def test_bodies_over_the_topics_limit_do_not_cost_the_others_their_speed(adapter, kafka, tmp_path):
    topic = create_topic(kafka, config={"max.message.bytes": 100_000})
    process = sink(adapter, kafka, topic, tmp_path, max_in_flight_bytes=1 << 30)
    process.wait_for_log("carrying messages from")
    large, count = b"x" * 200_000, 200
    with contextlib.closing(Writer(f"ipc://{tmp_path}/in.ipc")) as writer:
        started = time.monotonic()
        for number in range(count):
            writer.send("bad", clients.native_attached_frame("bad", sequence_number=number), large)
            writer.send("good", clients.native_attached_frame("good", sequence_number=number), b"small")
        process.wait_for_metric("framebridge_sink_messages_delivered_total", count)
    seconds = time.monotonic() - started
    assert process.metric("framebridge_sink_dropped_total") == count
    recreated = process.metric("framebridge_sink_kafka_producers_recreated_total")
    assert recreated <= 4 + 2 * seconds / 30, f"{recreated} producers in {seconds:.1f} s"


def test_the_retention_and_the_segments_age_are_read(adapter, kafka, redis, tmp_path):
    topic = create_topic(kafka, config={"retention.ms": 3_600_000, "segment.ms": 1_800_000})
    process = sink(adapter, kafka, topic, tmp_path, redis_host=redis.host, redis_port=redis.port, redis_ttl_seconds="auto")
    process.wait_for_log(r"frames are stored for 6000 s")  # 3600 + 1800 + 600


@pytest.mark.long
def test_no_broker_is_said_within_ten_seconds_for_the_whole_outage(kafka, topic, source):
    consumer = source(topic, kafka_session_timeout_ms=6000)
    process = consumer.start()
    process.wait_until(lambda: health(process)[0] == 200, "/health to be ok", 20)
    kafka.freeze()
    try:
        process.wait_until(lambda: health(process)[0] == 503, "/health to tell of it", 12)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            status, text = health(process)
            assert status == 503 and "Kafka" in text, text
            time.sleep(0.5)
    finally:
        kafka.thaw()
    process.wait_until(lambda: health(process)[0] == 200, "/health to be ok again", 60)


@pytest.mark.long
def test_lag_of_a_group_that_has_caught_up_is_zero(kafka, topic, source):
    write(kafka, topic, range(30))
    consumer = source(topic, kafka_auto_offset_reset="earliest")
    process = consumer.start()
    consumer.read(30)
    process.wait_until(lambda: "framebridge_source_lag_records" in metrics(process)
                       and process.metric("framebridge_source_lag_records") == 0, "the lag to be 0", 20)


def metrics(process):
    with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/metrics", timeout=10) as reply:
        return reply.read().decode()
