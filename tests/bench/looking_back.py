"""What looks back into a topic: kafka-redis-inspect, and replay, beside what the servers alone could give."""

import json
import statistics
import subprocess
import time
import uuid

import msgpack
from confluent_kafka import Consumer, Producer, TopicPartition

from harness.adapters import binary_dir
from harness.processes import wait_until

import measure

PARTITIONS = 4
SOURCES = 20
PIPELINE = 500


def _inspect(verb, servers, topic):
    """Returns the seconds that a verb takes over the whole topic, and the last line that it prints."""
    command = [binary_dir() / "kafka-redis-inspect", verb, "--kafka-brokers", servers.kafka.brokers, "--kafka-topic", topic,
               "--json"]
    begin = time.monotonic()
    output = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - begin
    assert output.returncode == 0, f"exit code {output.returncode}: {output.stderr}"
    return seconds, json.loads(output.stdout.splitlines()[-1])


def _write_records(servers, topic, records):
    """Messages whose frames are in a store, as the sink writes them."""
    producer = Producer({"bootstrap.servers": servers.kafka.brokers, "linger.ms": 50, "queue.buffering.max.messages": 500_000})
    for number in range(records):
        source = f"cam-{number % SOURCES}"
        message = {"framebridge": 1, "kind": "video_frame", "source_id": source, "sequence_number": number // SOURCES,
                   "uuid": str(uuid.UUID(int=number)), "width": 1920, "height": 1080, "codec": "h264", "keyframe": number % 500 == 0,
                   "time_base": [1, 25], "pts": number // SOURCES, "creation_time_ns": 1_795_784_400_000_000_000 + number,
                   "content": {"kind": "reference", "store": "store:6379:0", "key": f"savant:frames:{number}", "size": 50_000}}
        while True:
            try:
                producer.produce(topic, msgpack.packb(message), key=source, partition=number % SOURCES % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0


def _bare_read(servers, topic, records):
    """Seconds that librdkafka alone needs to read the topic, by confluent-kafka in batches."""
    consumer = Consumer({"bootstrap.servers": servers.kafka.brokers, "group.id": f"bare-{topic}", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    begin = time.monotonic()
    left = records
    while left > 0:
        left -= len(consumer.consume(min(left, 10_000), timeout=10))
    seconds = time.monotonic() - begin
    consumer.close()
    return seconds


def sources(bench, records):
    with bench.servers.topic(partitions=PARTITIONS) as topic:
        _write_records(bench.servers, topic, records)
        rounds = []
        for _ in range(bench.arguments.rounds):
            bare = _bare_read(bench.servers, topic, records)
            seconds, _ = _inspect("sources", bench.servers, topic)
            rounds.append((records / seconds, bare / seconds))
    return {"records": records, "records_per_second": statistics.median(rate for rate, _ in rounds),
            "ratio": statistics.median(ratio for _, ratio in rounds)}


def _commands_per_second(servers, count):
    """What redis-benchmark gets for one of check's two commands, by one connection with check's pipeline."""
    output = subprocess.run(["redis-benchmark", "-h", servers.redis.host, "-p", str(servers.redis.port), "-c", "1", "-P",
                             str(PIPELINE), "-n", str(count), "-r", str(count), "--csv", "STRLEN", "savant:frames:__rand_int__"],
                            capture_output=True, text=True, check=True).stdout
    return float(output.splitlines()[-1].split(",")[1].strip('"'))


def check(bench, ours, frames):
    """Each record is looked up by two commands."""
    with bench.servers.topic() as topic:
        bench.pass_through_sink(ours, topic, size=1_000, frames=frames, store=True)
        rounds = []
        for _ in range(bench.arguments.rounds):
            benchmark = _commands_per_second(bench.servers, 2 * frames)
            seconds, summary = _inspect("check", bench.servers, topic)
            assert summary["missing"] == 0, summary
            rounds.append((frames / seconds, 2 * frames / seconds / benchmark))
    return {"frames": frames, "frames_per_second": statistics.median(rate for rate, _ in rounds),
            "ratio": statistics.median(ratio for _, ratio in rounds)}


def replay(bench, ours, size):
    """The same topic by the live source, and by a replay at full speed."""
    frames = bench.frames_of(size, bench.arguments.budget_mb)
    with bench.servers.topic() as topic:
        bench.pass_through_sink(ours, topic, size=size, frames=frames, store=True)
        rounds = []
        for number in range(bench.arguments.rounds):
            results = {}
            for name in ("live", "replay") if number % 2 == 0 else ("replay", "live"):
                results[name] = _drain(bench, ours, topic, frames, f"{topic}-{number}", name == "replay")
            rounds.append(results)
    return {"size": size, "frames": frames,
            "live": statistics.median(each["live"] for each in rounds),
            "replay": statistics.median(each["replay"] for each in rounds),
            "ratio": statistics.median(each["replay"] / each["live"] for each in rounds)}


def _drain(bench, ours, topic, frames, group, is_replay):
    endpoint = bench.endpoint()
    source = ours.replay(bench.folder, endpoint, bench.servers, topic) if is_replay else \
        ours.source(bench.folder, endpoint, bench.servers, topic, group=group)
    source.start()
    try:
        measure.wait_until_idle(source)
        drain = bench.program("bench-drain", endpoint=endpoint, frames=frames).start()
        wait_until(lambda: not drain.running, "the end of the drain", 600)
        assert drain.wait() == 0, drain.log
        return json.loads(drain.log)["frames_per_second"]
    finally:
        source.kill()
