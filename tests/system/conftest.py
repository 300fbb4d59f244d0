"""Fixtures: the servers (one Kafka and one Redis per test file), adapters that are stopped and checked at the
end of a test, and their logs in the report of a test that failed."""

import importlib.util
import itertools
import sys
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness.adapters import Adapter
from harness.servers import Kafka, Redis

# A real clip with B-frames: H.264, 25 frames/s, 250 frames.
BIKES = Path(__file__).resolve().parents[2] / "samples" / "end_to_end" / "bikes.mp4"

_numbers = itertools.count(1)


class _NoSavant:
    """A finder of modules that skips whatever imports savant_rs, where there is no wheel of it."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "savant_rs":
            pytest.skip("savant_rs is not installed: it has no wheel for Python %d.%d" % sys.version_info[:2],
                        allow_module_level=True)


if importlib.util.find_spec("savant_rs") is None:
    sys.meta_path.append(_NoSavant)


@pytest.fixture(scope="session")
def kafka():
    with Kafka() as server:
        yield server


@pytest.fixture(scope="session")
def _redis_server():
    with Redis() as server:
        yield server


@pytest.fixture
def redis(_redis_server):
    """A Redis that is empty when the test starts."""
    _redis_server.command("FLUSHALL")
    return _redis_server


@pytest.fixture
def topic(kafka):
    """A new topic of one partition."""
    return create_topic(kafka)


def create_topic(kafka, partitions=1, config=None):
    name = f"test-{next(_numbers)}"
    admin = AdminClient({"bootstrap.servers": kafka.brokers})
    for result in admin.create_topics([NewTopic(name, partitions, config=config or {})]).values():
        result.result(timeout=60)
    return name


def topic_records(kafka, topic):
    """All records of a topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": kafka.brokers, "group.id": "the-tests-own", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest"})
    try:
        records = []
        for partition in consumer.list_topics(topic, timeout=60).topics[topic].partitions:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=60)
            if end == 0:
                continue
            consumer.assign([TopicPartition(topic, partition, 0)])
            while True:
                record = consumer.poll(60)
                assert record is not None and record.error() is None, f"{topic}[{partition}]: {record and record.error()}"
                records.append(record)
                if record.offset() == end - 1:
                    break
        return records
    finally:
        consumer.close()


@pytest.fixture
def adapter(request, tmp_path):
    """Starts an adapter: adapter("kafka-redis-sink", zmq_endpoint=..., ...). Those that still run at the end of
    the test are stopped, and have to end well."""
    started = []
    request.node.adapters = started

    def start(program, **options):
        process = Adapter(program, tmp_path, **options)
        started.append(process)
        return process.start()

    yield start
    try:
        for process in started:
            if process.running:
                process.stop()
            else:
                assert process.child.returncode >= 0, f"{process.name} was ended by signal {-process.child.returncode}"
    finally:
        for process in started:
            process.kill()


class Bridge:
    """A kafka-redis-sink and a kafka-redis-source around a topic, with sockets bound at `into` and at the reader of `out`."""

    def __init__(self, adapter, kafka, topic, folder, redis, sink, source):
        self.topic = topic
        self.into, self.out = f"ipc://{folder}/in.ipc", f"ipc://{folder}/out.ipc"
        store = {"redis_host": redis.host, "redis_port": redis.port, "redis_ttl_seconds": 3600} if redis else {}
        common = {"kafka_brokers": kafka.brokers, "kafka_topic": topic}
        self.sink = adapter("kafka-redis-sink", **{"zmq_endpoint": f"router+bind:{self.into}", **common, **store, **sink})
        self.source = adapter("kafka-redis-source", **{
            "zmq_endpoint": f"dealer+connect:{self.out}", "kafka_group_id": topic, "kafka_auto_offset_reset": "earliest",
            **common, **source})


@pytest.fixture
def bridge(adapter, kafka, topic, tmp_path):
    """bridge(redis=None, sink={...}, source={...}): starts both Kafka adapters; without `redis`, frames travel inside
    the Kafka messages. The writer is to connect to `.into` (DEALER), the reader to be bound at `.out` (ROUTER)."""
    def start(redis=None, sink=None, source=None, topic=topic):
        return Bridge(adapter, kafka, topic, tmp_path, redis, sink or {}, source or {})
    return start


@pytest.fixture
def send_videos(adapter):
    """send_videos(bridge, {"cam-1": clip}, folder, ...): plays clips through a bridge and returns the files that came out."""
    def play(bridge, clips, folder, *, files, container="mp4", into=None, out=None, **options):
        video_sink = adapter("video-file-sink", zmq_endpoint=out or f"router+bind:{bridge.out}", output_dir=folder,
                             container=container, clock_start="stream", exit_after_eos=files)
        # Only when all are listening: a PUB would send to nobody.
        for process in (bridge.sink, bridge.source):
            process.wait_for_log("carrying messages from")
        video_sink.wait_for_log("receiving at")
        video_source = adapter("video-file-source", zmq_endpoint=into or f"dealer+connect:{bridge.into}",
                               source=[f"{source}={clip}" for source, clip in clips.items()], **options)
        video_source.finish()
        video_sink.finish()
        return sorted(folder.iterdir())
    return play


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for process in getattr(item, "adapters", []):
            command = " ".join(process.command)
            report.sections.append((process.name, f"{command}\n{process.log[-8000:]}"))
        for fixture in ("kafka", "redis"):
            server = item.funcargs.get(fixture) if hasattr(item, "funcargs") else None
            if server:
                report.sections.append((fixture, server.logs()[-3000:]))
