"""Stores that Sentinels know: found at each connect, and nothing acknowledged is lost in a failover."""

import contextlib

import clients
import msgpack
import pytest
from clients import Reader, Writer
from conftest import topic_records
from harness.processes import free_ports, wait_until
from harness.sentinel import Sentinel

BATCH = 20


def start(bridge, sentinel):
    """Both adapters. Of the Sentinels, the first is not there."""
    (nobody,) = free_ports()
    sentinels = f"127.0.0.1:{nobody},127.0.0.1:{sentinel.port}"
    return bridge(sink={"redis_sentinel": sentinels, "redis_master_name": sentinel.master_name, "redis_ttl_seconds": 3600,
                        "redis_advertise": "frames:6379:0", "redis_timeout": 1},
                  source={"store_alias": f"frames:6379:0=sentinel://{sentinels}/{sentinel.master_name}/0", "redis_timeout": 1})


def content(number):
    return f"frame {number} ".encode() * 1000


def send(writer, numbers):
    """Frames and the end of their stream, which is acknowledged once all are kept."""
    for number in numbers:
        writer.send("cam", clients.native_attached_frame("cam", sequence_number=number), content(number))
    writer.send("cam", clients.native_end_of_stream("cam"))


def receive(reader, count):
    """The contents of so many frames, without repetitions."""
    found = {}
    while len(found) < count:
        _, message, parts = reader.receive(120)
        fields = msgpack.unpackb(message)
        if fields["kind"] == "video_frame":
            found[fields["sequence_number"]] = parts[0]
    return found


def test_the_master_is_found_and_references_name_what_is_advertised(bridge, kafka):
    with Sentinel() as sentinel:
        line = start(bridge, sentinel)
        with contextlib.closing(Reader(line.out)) as reader, contextlib.closing(Writer(line.into)) as writer:
            send(writer, range(3))
            writer.wait_for_ack()
            assert receive(reader, 3) == {number: content(number) for number in range(3)}
        references = [msgpack.unpackb(record.value()).get("content") for record in topic_records(kafka, line.topic)]
        assert {reference["store"] for reference in references if reference} == {"frames:6379:0"}


@pytest.mark.long
@pytest.mark.parametrize("fault", ["frozen", "killed"])
def test_nothing_acknowledged_is_lost_in_a_failover(bridge, fault):
    with Sentinel(replicas=2) as sentinel:
        line = start(bridge, sentinel)
        old = sentinel.master()
        with contextlib.closing(Reader(line.out)) as reader, contextlib.closing(Writer(line.into)) as writer:
            send(writer, range(BATCH))
            writer.wait_for_ack()
            # Under load: the next frames are on their way.
            send(writer, range(BATCH, 2 * BATCH))
            old.freeze() if fault == "frozen" else old.kill()
            send(writer, range(2 * BATCH, 3 * BATCH))
            new = sentinel.wait_for_failover(old)
            for _ in range(2):
                writer.wait_for_ack(120)
            if fault == "frozen":
                old.thaw()
                wait_until(lambda: b"role:slave" in old.command("INFO", "replication"), "the old master being a replica", 60)
            send(writer, range(3 * BATCH, 4 * BATCH))
            writer.wait_for_ack(120)
            assert receive(reader, 4 * BATCH) == {number: content(number) for number in range(4 * BATCH)}
        assert new.command("DBSIZE") >= 4 * BATCH
        assert line.source.metric("framebridge_source_frames_missing_total") == 0
        line.sink.wait_for_metric("framebridge_sink_store_connects_total", 2)
