"""What is compared: the bare loops, our adapters, Savant's. Each starts a sink and a source as processes."""

import os
import subprocess
from pathlib import Path

from harness.adapters import Adapter
from harness.processes import Process

TTL_SECONDS = 3600


class Bare:
    name = "bare"
    message_format = "native"

    def __init__(self, programs):
        self.programs = programs

    def _process(self, program, folder, endpoint, servers, topic, store):
        command = [self.programs / program, "--endpoint", endpoint, "--brokers", servers.kafka.brokers, "--topic", topic]
        if store:
            command += ["--redis-port", servers.redis.port]
        return Process(program, command, Path(folder) / f"{program}.log")

    def sink(self, folder, endpoint, servers, topic, store=True, deduplicate=False):
        return self._process("bench-bare-sink", folder, endpoint, servers, topic, store)

    def source(self, folder, endpoint, servers, topic, store=True):
        return self._process("bench-bare-source", folder, endpoint, servers, topic, store)


class FrameBridge:
    name = "framebridge"

    def __init__(self, message_format="native", sink_options=(), source_options=()):
        self.message_format = message_format
        self.sink_options = dict(option.split("=", 1) for option in sink_options)
        self.source_options = dict(option.split("=", 1) for option in source_options)

    def sink(self, folder, endpoint, servers, topic, store=True, deduplicate=False):
        options = {}
        if store:
            options = {"redis_host": servers.redis.host, "redis_port": servers.redis.port,
                       "redis_ttl_seconds": TTL_SECONDS, "ttl_policy": "off", "deduplicate": deduplicate}
        return Adapter("kafka-redis-sink", folder, zmq_endpoint=f"router+bind:{endpoint}", fps_output="logger",
                       kafka_brokers=servers.kafka.brokers, kafka_topic=topic, metrics_listen=None, **{**options, **self.sink_options})

    def source(self, folder, endpoint, servers, topic, store=True, group=None):
        return self._source(folder, endpoint, servers, topic, kafka_group_id=group or f"group-{topic}",
                            kafka_auto_offset_reset="earliest")

    def replay(self, folder, endpoint, servers, topic):
        """Of the whole topic, at full speed."""
        return self._source(folder, endpoint, servers, topic, **{"from": "earliest"})

    def _source(self, folder, endpoint, servers, topic, **options):
        return Adapter("kafka-redis-source", folder, zmq_endpoint=f"dealer+connect:{endpoint}", fps_output="logger",
                       kafka_brokers=servers.kafka.brokers, kafka_topic=topic, metrics_listen=None,
                       **{**options, **self.source_options})


class Savant:
    """Savant's Python adapters, from a checkout of their repository; see README.md for what it needs."""

    name = "savant"
    message_format = "savant"
    _modules = {"sink": "adapters.python.sinks.kafka_redis", "source": "adapters.python.sources.kafka_redis"}

    def __init__(self, checkout, python):
        self.checkout = Path(checkout).resolve()
        self.python = python

    def problem(self):
        """Why it cannot run here, or None."""
        if not (self.checkout / "adapters" / "python" / "sinks" / "kafka_redis.py").exists():
            return f"{self.checkout} has no adapters/python/sinks/kafka_redis.py"
        imports = subprocess.run([self.python, "-c", f"import {', '.join(self._modules.values())}"], cwd=self.checkout,
                                 capture_output=True, text=True)
        if imports.returncode:
            return f"{self.python} cannot import the adapters: {imports.stderr.strip().splitlines()[-1]}"
        return None

    def _process(self, kind, folder, topic, servers, **variables):
        environment = {**os.environ, "PYTHONPATH": str(self.checkout), "KAFKA_BROKERS": servers.kafka.brokers,
                       "KAFKA_TOPIC": topic, **variables}
        return Process(f"savant-{kind}", [self.python, "-m", self._modules[kind]], Path(folder) / f"savant-{kind}.log",
                       environment)

    def sink(self, folder, endpoint, servers, topic, store=True, deduplicate=False):
        variables = {"ZMQ_ENDPOINT": f"router+bind:{endpoint}"}
        if store:
            variables |= {"REDIS_HOST": servers.redis.host, "REDIS_PORT": str(servers.redis.port),
                          "REDIS_TTL_SECONDS": str(TTL_SECONDS)}
        return self._process("sink", folder, topic, servers, **variables)

    def source(self, folder, endpoint, servers, topic, store=True):
        return self._process("source", folder, topic, servers, ZMQ_ENDPOINT=f"dealer+connect:{endpoint}",
                             KAFKA_GROUP_ID=f"group-{topic}", KAFKA_AUTO_OFFSET_RESET="earliest")
