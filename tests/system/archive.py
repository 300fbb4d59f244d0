"""Topics as an archive has them: records of known content at known times, written without the adapters."""

import hashlib
import json
import os
import subprocess

from confluent_kafka import Producer

from clients import native_end_of_stream, native_frame
from harness.adapters import binary_dir

# 2026-11-27T13:00:00Z, in milliseconds.
START = 1_795_784_400_000


def inspect(*words, code=0, **options):
    """Runs kafka-redis-inspect and returns its stdout; options as the flags are named."""
    command = [binary_dir() / "kafka-redis-inspect", *words]
    for name, value in options.items():
        for each in value if isinstance(value, list) else [value]:
            command += [f"--{name.replace('_', '-')}"] + ([] if each is True else [str(each)])
    ours = {key: value for key, value in os.environ.items() if not key.startswith("FRAMEBRIDGE_")}
    result = subprocess.run([str(word) for word in command], env=ours, capture_output=True, text=True, timeout=120)
    assert result.returncode == code, f"exit code {result.returncode} of {command}:\n{result.stderr}\n{result.stdout[-2000:]}"
    return result.stdout


def inspect_json(*words, **options):
    """As inspect, with --json: the objects of all lines."""
    return [json.loads(line) for line in inspect(*words, json=True, **options).splitlines()]


class Archive:
    """Writes frames of sources into a topic, and their bytes into a store if there is one."""

    def __init__(self, kafka, topic, redis=None):
        self.kafka, self.topic, self.redis = kafka, topic, redis
        self.producer = Producer({"bootstrap.servers": kafka.brokers, "linger.ms": 5, "partitioner": "murmur2_random"})
        self.delivered = []
        self.keys = []

    @property
    def options(self):
        return {"kafka_brokers": self.kafka.brokers, "kafka_topic": self.topic}

    def record(self, key, value, time, partition=-1, headers=None):
        self.producer.produce(self.topic, key=key, value=value, timestamp=time, partition=partition, headers=headers,
                              on_delivery=lambda error, message: self.delivered.append((error, message)))
        self.producer.poll(0)

    def frame(self, source, number, time, content=None, partition=-1, ttl=3600, **more):
        """A frame whose bytes are `content`; with a store, they are in there."""
        content = content or f"{source} {number}".encode()
        if self.redis:
            key = f"savant:frames:{source}-{number}"
            self.redis.command("SET", key, content, "EX", str(ttl))
            self.keys.append(key)
            content = {"kind": "reference", "store": f"{self.redis.host}:{self.redis.port}:0", "key": key,
                       "size": len(content), "hash": hashlib.sha256(content).hexdigest()}
        else:
            content = {"kind": "inline", "bytes": content}
        self.record(source, native_frame(source, content, sequence_number=number,
                                         **{"creation_time_ns": time * 1_000_000, **more}), time, partition)

    def end_of_stream(self, source, number, time, partition=-1):
        self.record(source, native_end_of_stream(source, number), time, partition)

    def flush(self):
        assert self.producer.flush(60) == 0
        assert not [error for error, _ in self.delivered if error], self.delivered
