"""References to stores that do not answer: their partition waits, or skips them, and no other one waits with it."""

import contextlib
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest
from confluent_kafka import Producer

import clients
from clients import Reader, Writer
from conftest import create_topic
from harness.processes import wait_until
from harness.servers import Redis

GOOD = 100


class SilentStore:
    """Takes connections and never answers."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}:0"
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.connections.append(self.listener.accept()[0])

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


class PoliteStore(SilentStore):
    """Greets, and never gives a frame."""

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                self.connections.append(connection)
                threading.Thread(target=self.greet, args=(connection,), daemon=True).start()

    def greet(self, connection):
        with contextlib.suppress(OSError):
            while request := connection.recv(65536):
                for command, answer in {b"PING": b"+PONG\r\n", b"CLIENT": b"+OK\r\n", b"SELECT": b"+OK\r\n"}.items():
                    connection.sendall(answer * request.upper().count(b"\r\n" + command + b"\r\n"))


class DeadStore:
    """Nobody listens there."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.address = f"127.0.0.1:{probe.getsockname()[1]}:0"

    def close(self):
        pass


def health(process):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/health", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(params=[DeadStore, SilentStore, PoliteStore])
def bad_store(request):
    with contextlib.closing(request.param()) as store:
        yield store


@pytest.fixture
def start(adapter, kafka, redis, bad_store, tmp_path):
    """start(**options): a source of a topic with bad references in partition 0 and good ones in partition 1."""
    topic = create_topic(kafka, partitions=2)
    redis.command("SET", "frame", b"content")
    producer = Producer({"bootstrap.servers": kafka.brokers})

    def produce(partition, source, number, store):
        producer.produce(topic, key=source.encode(), partition=partition,
                         value=clients.native_frame(source, {"kind": "reference", "store": store, "key": "frame", "size": 7},
                                                    sequence_number=number))

    with contextlib.closing(Reader(f"ipc://{tmp_path}/out.ipc")) as reader:
        def run(**options):
            for number in range(GOOD):
                produce(0, "bad", number, bad_store.address)
                produce(1, "good", number, redis.address)
            produce(0, "good-behind-bad", 0, redis.address)
            assert producer.flush(60) == 0
            process = adapter("kafka-redis-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/out.ipc",
                              kafka_brokers=kafka.brokers, kafka_topic=topic, kafka_group_id=topic,
                              kafka_auto_offset_reset="earliest", **options)
            return process, reader
        yield run


def test_a_good_partition_does_not_wait_for_a_bad_one(start, redis, bad_store):
    process, reader = start(store_allow=[redis.address, bad_store.address], shutdown_timeout=2)
    begin = time.monotonic()
    sources = [reader.receive()[0] for _ in range(GOOD)]
    assert sources == [b"good"] * GOOD
    assert time.monotonic() - begin < 10
    # A named store is waited for, and named as the reason.
    wait_until(lambda: health(process)[0] == 503 and bad_store.address.rpartition(":")[0] in health(process)[1],
               "the bad store in /health", 15)
    assert process.metric("framebridge_source_in_flight_messages") <= 25
    assert process.terminate(30) == 75
    assert bad_store.address.rpartition(":")[0] in process.log.splitlines()[-1]


def test_a_stranger_is_waited_for_within_the_limit(start):
    process, reader = start(store_unreachable_limit=2)
    begin = time.monotonic()
    sources = [reader.receive()[0] for _ in range(GOOD + 1)]
    assert sources == [b"good"] * GOOD + [b"good-behind-bad"]
    assert time.monotonic() - begin < 15
    assert process.metric("framebridge_source_skipped_total") == GOOD
    assert process.metric("framebridge_source_stores_unreachable_total") == GOOD


@pytest.mark.long
def test_a_store_that_cuts_off_whoever_asks_for_much_gives_all_frames(bridge):
    count, body = 100, bytes(300_000)
    with Redis(arguments=["--client-output-buffer-limit", "normal 1mb 0 0"]) as store:
        way = bridge(redis=store, source={"queue_size": 100})
        with contextlib.closing(Reader(way.out)) as reader, contextlib.closing(Writer(way.into)) as writer:
            for process in (way.sink, way.source):
                process.wait_for_log("carrying messages from")
            way.source.freeze()  # so that all are asked for together
            for number in range(count):
                writer.send("cam", clients.native_attached_frame("cam", sequence_number=number), body)
            way.sink.wait_for_metric("framebridge_sink_messages_delivered_total", count)
            way.source.thaw()
            numbers = []
            for _ in range(count):
                _, message, parts = reader.receive()
                assert [len(part) for part in parts] == [len(body)]
                numbers.append(clients.msgpack.unpackb(message)["sequence_number"])
            assert numbers == list(range(count))
            way.source.stop()
            assert "output buffer limits" in store.process.log
