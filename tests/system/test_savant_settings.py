"""Every environment variable of Savant's Python adapters: the same names, defaults and spellings. The binaries are run
with --print-config; no server is needed but for the topic that is created."""

import contextlib
import json
import re
import subprocess
import tomllib

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

import clients
from harness.adapters import binary_dir

COMMON_REQUIRED = {"ZMQ_ENDPOINT": "router+bind:ipc:///tmp/in.ipc", "KAFKA_BROKERS": "kafka:9092", "KAFKA_TOPIC": "frames"}
REQUIRED = {"kafka-redis-sink": COMMON_REQUIRED,
            "kafka-redis-source": {**COMMON_REQUIRED, "ZMQ_ENDPOINT": "dealer+connect:ipc:///tmp/out.ipc",
                                   "KAFKA_GROUP_ID": "group"}}
ADAPTERS = sorted(REQUIRED)
BOTH = {
    "KAFKA_CREATE_TOPIC": "false", "KAFKA_CREATE_TOPIC_NUM_PARTITIONS": "1",
    "KAFKA_CREATE_TOPIC_REPLICATION_FACTOR": "1", "KAFKA_CREATE_TOPIC_CONFIG": "'{}'", "QUEUE_SIZE": "50",
    "FPS_OUTPUT": "'stdout'", "FPS_PERIOD_FRAMES": None, "FPS_PERIOD_SECONDS": "0", "LOGLEVEL": "'info'"}
# What stands in their code; None: not set.
DEFAULTS = {
    "kafka-redis-sink": {
        **BOTH, "DEDUPLICATE": "false", "KAFKA_FLUSH_INTERVAL": "1", "KAFKA_FLUSH_TIMEOUT": "10", "REDIS_HOST": None,
        "REDIS_PORT": "6379", "REDIS_DB": "0", "REDIS_KEY_PREFIX": "'savant:frames'", "REDIS_TTL_SECONDS": "'60'"},
    "kafka-redis-source": {
        **BOTH, "KAFKA_POLL_TIMEOUT": "1", "KAFKA_AUTO_COMMIT_INTERVAL_MS": "1000", "KAFKA_AUTO_OFFSET_RESET": "'latest'",
        "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "'roundrobin'", "KAFKA_MAX_POLL_INTERVAL_MS": "600000"}}
FLAGS = {"DEDUPLICATE": "deduplicate", "LOGLEVEL": "log-level"}


def key_of(variable):
    return FLAGS.get(variable, variable.lower().replace("_", "-"))


def run(adapter, *flags, **variables):
    return subprocess.run([binary_dir() / adapter, *flags], env={**variables}, capture_output=True, text=True, timeout=60)


def settings(adapter, **variables):
    """What is in effect of what was set."""
    result = run(adapter, "--print-config", **{**REQUIRED[adapter], **variables})
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return tomllib.loads(result.stdout)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_names_and_defaults(adapter):
    lines = run(adapter, "--print-config", **REQUIRED[adapter]).stdout.splitlines()
    for variable, value in DEFAULTS[adapter].items():
        line = f"# {key_of(variable)} is not set" if value is None else f"# {key_of(variable)} = {value}  # default"
        assert line in lines
    given = tomllib.loads("\n".join(lines))
    assert given == {key_of(variable): value for variable, value in REQUIRED[adapter].items()}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_what_is_required(adapter):
    result = run(adapter)
    assert result.returncode == 78
    for variable in REQUIRED[adapter]:
        assert f"--{key_of(variable)}: is required; set it, or {variable} in the environment" in result.stderr
    assert len(result.stderr.splitlines()) == len(REQUIRED[adapter])


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_empty_variables_count_as_not_set(adapter):
    empty = {variable: "" for variable in DEFAULTS[adapter]}
    assert settings(adapter, **empty) == settings(adapter)


TRUE = ["y", "yes", "t", "true", "on", "1", "True", "TRUE", "Yes", "ON"]
FALSE = ["n", "no", "f", "false", "off", "0", "False", "FALSE", "No", "OFF"]


@pytest.mark.parametrize("adapter,variable", [("kafka-redis-sink", "DEDUPLICATE"), ("kafka-redis-sink", "KAFKA_CREATE_TOPIC"),
                                              ("kafka-redis-source", "KAFKA_CREATE_TOPIC")])
def test_booleans(adapter, variable):
    for word in TRUE + FALSE:
        assert settings(adapter, **{variable: word})[key_of(variable)] == (word in TRUE), word
    for word in ("2", "enabled", "tru"):
        assert run(adapter, **{**REQUIRED[adapter], variable: word}).returncode == 78


# Whatever Python's int(), float() and savant's log specification take.
SPELLINGS = [
    ("kafka-redis-sink", "REDIS_PORT", {"6380": 6380, " 6380 ": 6380, "+6380": 6380, "6_380": 6380}),
    ("kafka-redis-sink", "REDIS_DB", {"15": 15}),
    ("kafka-redis-sink", "REDIS_TTL_SECONDS", {"300": "300"}),
    ("kafka-redis-sink", "REDIS_KEY_PREFIX", {"my:own": "my:own"}),
    ("kafka-redis-sink", "KAFKA_FLUSH_INTERVAL", {"0.5": 0.5, "1e1": 10, ".5": 0.5, "5.": 5}),
    ("kafka-redis-source", "KAFKA_POLL_TIMEOUT", {"0.25": 0.25, "2": 2}),
    ("kafka-redis-source", "KAFKA_AUTO_COMMIT_INTERVAL_MS", {"0": 0, "5000": 5000}),
    ("kafka-redis-source", "KAFKA_MAX_POLL_INTERVAL_MS", {"300000": 300000}),
    ("kafka-redis-source", "KAFKA_PARTITION_ASSIGNMENT_STRATEGY",
     {name: name for name in ("range", "roundrobin", "cooperative-sticky", "range,roundrobin")}),
    ("kafka-redis-source", "KAFKA_AUTO_OFFSET_RESET",
     {name: name for name in ("smallest", "earliest", "beginning", "largest", "latest", "end", "error")}),
    *[(adapter, variable, values) for adapter in ADAPTERS for variable, values in [
        ("QUEUE_SIZE", {"0": 0, "1": 1, "1000": 1000}),
        ("KAFKA_CREATE_TOPIC_NUM_PARTITIONS", {"8": 8}),
        ("KAFKA_CREATE_TOPIC_REPLICATION_FACTOR", {"3": 3}),
        ("FPS_OUTPUT", {"stdout": "stdout", "logger": "logger"}),
        ("FPS_PERIOD_FRAMES", {"10": 10}),
        ("FPS_PERIOD_SECONDS", {"0.5": 0.5, "5": 5}),
        ("LOGLEVEL", {level: level for level in (
            "INFO", "DEBUG", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "TRACE", "trace", "info,savant_rs=debug",
            "savant=debug", "savant::adapters=trace,savant_rs::zmq=off")}),
    ]],
]


@pytest.mark.parametrize("adapter,variable,values", SPELLINGS, ids=[f"{entry[0]}-{entry[1]}" for entry in SPELLINGS])
def test_spellings(adapter, variable, values):
    for text, value in values.items():
        accepted = settings(adapter, **{variable: text})[key_of(variable)]
        # The file shows the text that was given, which a number need not look like.
        assert (accepted if isinstance(value, str) else float(accepted)) == value, text


BAD = {
    "kafka-redis-sink": {
        "ZMQ_ENDPOINT": "dealer+connect:ipc:///tmp/in.ipc", "DEDUPLICATE": "maybe", "REDIS_PORT": "tcp://10.0.0.1:6379",
        "REDIS_DB": "first", "REDIS_TTL_SECONDS": "0", "KAFKA_FLUSH_INTERVAL": "often", "KAFKA_FLUSH_TIMEOUT": "late"},
    "kafka-redis-source": {
        "ZMQ_ENDPOINT": "router+bind:ipc:///tmp/out.ipc", "KAFKA_POLL_TIMEOUT": "soon", "KAFKA_AUTO_COMMIT_INTERVAL_MS": "x",
        "KAFKA_AUTO_OFFSET_RESET": "middle", "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "fair", "KAFKA_MAX_POLL_INTERVAL_MS": "1"}}
BAD_BOTH = {"KAFKA_CREATE_TOPIC": "2", "KAFKA_CREATE_TOPIC_NUM_PARTITIONS": "0", "KAFKA_CREATE_TOPIC_REPLICATION_FACTOR": "-1",
            "KAFKA_CREATE_TOPIC_CONFIG": "retention.ms=1", "QUEUE_SIZE": "many", "FPS_OUTPUT": "file", "FPS_PERIOD_FRAMES": "0",
            "FPS_PERIOD_SECONDS": "-1", "LOGLEVEL": "loud"}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_all_that_is_wrong_is_said_at_once(adapter):
    bad = {**BAD_BOTH, **BAD[adapter]}
    result = run(adapter, **{**REQUIRED[adapter], **bad})
    assert result.returncode == 78 and result.stdout == ""
    for variable in bad:
        assert any(variable in line and f"--{key_of(variable)}" in line for line in result.stderr.splitlines()), (
            f"{variable} is not among:\n{result.stderr}")


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_refused_kafka_property_is_said_beside_what_is_missing(adapter):
    result = run(adapter, FRAMEBRIDGE_KAFKA_CONFIG="enable.auto.commit=false,acks=1")
    assert result.returncode == 78
    assert "KAFKA_BROKERS" in result.stderr
    assert ("acks=1 is refused" if adapter == "kafka-redis-sink" else "enable.auto.commit=false is refused") in result.stderr


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_only_one_period_of_the_fps_meter(adapter):
    result = run(adapter, **REQUIRED[adapter], FPS_PERIOD_FRAMES="10", FPS_PERIOD_SECONDS="5")
    assert result.returncode == 78
    assert "FPS_PERIOD_FRAMES" in result.stderr and "FPS_PERIOD_SECONDS" in result.stderr


SAVANTS_SAMPLE = {"num_partitions": 4, "replication_factor": 1, "config": {"retention.ms": 300000}}


@pytest.mark.parametrize("json_text,variables,partitions", [
    (json.dumps({"retention.ms": 300000, "cleanup.policy": "delete", "preallocate": True}), {}, 1),
    (json.dumps(SAVANTS_SAMPLE), {}, 4),  # the way of Savant's own sample
    (json.dumps(SAVANTS_SAMPLE), {"KAFKA_CREATE_TOPIC_NUM_PARTITIONS": "2"}, 2),
], ids=["values", "sample", "sample and variable"])
@pytest.mark.parametrize("program", ADAPTERS)
def test_the_topic_is_created_as_configured(program, json_text, variables, partitions, adapter, kafka, tmp_path):
    name = f"created-{program}-{abs(hash((json_text, *variables)))}"
    endpoint = {"kafka-redis-sink": f"router+bind:ipc://{tmp_path}/in.ipc",
                "kafka-redis-source": f"dealer+connect:ipc://{tmp_path}/out.ipc"}[program]
    started = adapter(program, environment={
        "ZMQ_ENDPOINT": endpoint, "KAFKA_BROKERS": kafka.brokers, "KAFKA_TOPIC": name, "KAFKA_GROUP_ID": name,
        "KAFKA_CREATE_TOPIC": "True", "KAFKA_CREATE_TOPIC_CONFIG": json_text, **variables})
    started.wait_for_log("carrying messages")
    admin = AdminClient({"bootstrap.servers": kafka.brokers})
    assert len(admin.list_topics(name, timeout=60).topics[name].partitions) == partitions
    resource = ConfigResource(ResourceType.TOPIC, name)
    config = admin.describe_configs([resource])[resource].result(timeout=60)
    assert config["retention.ms"].value == "300000"


@pytest.mark.parametrize("json_text,says", [
    ("[1]", "is not a JSON object"),
    ('{"num_partitions": 0, "config": {}}', "num_partitions"),
    ('{"num_partitions": 1, "config": {}, "topic": "x"}', "'topic'"),
    ('{"config": {"retention.ms": [1]}}', "'retention.ms'"),
    ('{"num_partitions": 4, "retention.ms": null}', "'retention.ms'"),
])
def test_topic_configurations_that_make_no_sense(json_text, says):
    result = run("kafka-redis-sink", **COMMON_REQUIRED, KAFKA_CREATE_TOPIC_CONFIG=json_text)
    assert result.returncode == 78 and says in result.stderr


@pytest.mark.parametrize("output,line", [("stdout", r"^Processed 5 frames, \d+\.\d\d FPS\.$"),
                                         ("logger", r" INFO kafka-redis-\w+: Processed 5 frames, \d+\.\d\d FPS\.$")])
def test_the_fps_meters_output(output, line, bridge, tmp_path):
    environment = {"FPS_OUTPUT": output, "FPS_PERIOD_FRAMES": "5"}
    pipe = bridge(sink={"environment": environment}, source={"environment": environment})
    with contextlib.closing(clients.Writer(pipe.into)) as writer, contextlib.closing(clients.Reader(pipe.out)) as reader:
        for number in range(11):
            writer.send("cam-1", clients.native_attached_frame("cam-1"), b"a frame")
        for number in range(11):
            reader.receive()
    for process in (pipe.sink, pipe.source):
        process.wait_until(lambda: len(re.findall(line, process.log, re.MULTILINE)) == 2, "two lines of frames per second")
        process.stop()
        # At the end, what was counted since.
        assert re.search(r"Processed 1 frame, \d+\.\d\d FPS\.$", process.log, re.MULTILINE)
