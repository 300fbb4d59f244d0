"""A real savant_rs pipeline on both ends, and a native client beside it, on the same two adapters at the same time:

    3 savant_rs DEALERs ─┐                                                       ┌─ savant_rs SUB "cam-"
    native DEALER ───────┴─ ROUTER kafka-redis-sink ─ Kafka, Redis ─ kafka-redis-source PUB ─┴─ native SUB "native-"
"""

import threading

import msgpack
import pytest
import zmq
from savant_rs.utils.serialization import save_message_to_bytes
from savant_rs.zmq import TopicPrefixSpec

import clients
import savant_peers
from conftest import create_topic
from savant_peers import TRACE, SavantReader, SavantWriter, by_source, closing, probe, traced

SOURCES = [f"cam-{number}" for number in range(3)]
UNLIMITED = 100_000  # A PUB drops what its high water mark does not hold.


def content_of(source_id, number):
    """Every second frame shows what the one before it did."""
    return f"{source_id} {number // 2}".encode() * 150


def sequence_id(serialized):
    return next(clients._read_varint(raw, 1)[0] for number, raw, _ in clients._fields(serialized) if number == 4)


class NativeReader:
    """A SUB of native messages, written from proto/README.md."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.rcvhwm = UNLIMITED
        self.socket.subscribe("native-")
        self.socket.connect(endpoint)

    def receive(self, timeout=60):
        assert self.socket.poll(timeout * 1000), f"no message within {timeout:g} s"
        return self.socket.recv_multipart()

    def close(self):
        self.socket.close()


def write_savant(into, source_id, count, sent, problems):
    with closing(SavantWriter(f"dealer+connect:{into}", ack_timeout=60_000)) as (writer,):
        for number in range(count):
            message = traced(savant_peers.frame(source_id, number).to_message())
            result = writer.send(source_id, message, content_of(source_id, number))
            if type(result).__name__ != "WriterResultSuccess":
                problems.append((source_id, number, result))
            sent[source_id].append(message)
        result = writer.end(source_id)
        if type(result).__name__ != "WriterResultAck":
            problems.append((source_id, "end of stream", result))


@pytest.mark.parametrize("count,deduplicate", [(2000, None), (400, True)], ids=["by uuid", "deduplicated"])
def test_a_pipeline_and_a_native_client(count, deduplicate, bridge, kafka, redis, tmp_path):
    out = f"ipc://{tmp_path}/published.ipc"
    pipe = bridge(redis=redis, topic=create_topic(kafka, partitions=3), sink={"deduplicate": deduplicate},
                  source={"zmq_endpoint": f"pub+bind:{out}", "zmq_send_hwm": UNLIMITED})
    sent, problems = {source_id: [] for source_id in SOURCES}, []
    with closing(SavantReader(f"sub+connect:{out}", prefix=TopicPrefixSpec.prefix("cam-")), NativeReader(out),
                 clients.Writer(pipe.into), SavantWriter(f"dealer+connect:{pipe.into}")) as (
                     reader, native_reader, native_writer, prober):
        probe(prober, lambda: reader.probes, "cam-probe")
        probe(prober, lambda: native_reader.socket.poll(0), "native-probe")

        threads = [threading.Thread(target=write_savant, args=(pipe.into, source_id, count, sent, problems))
                   for source_id in SOURCES]
        for thread in threads:
            thread.start()
        native_sent = [clients.native_attached_frame("native-1", sequence_number=number,
                                                     objects=[{"label": "person", "box": [1.5, 2.5, number, 4.5]}])
                       for number in range(count)]
        for number, message in enumerate(native_sent):
            native_writer.send("native-1", message, content_of("native-1", number))
        native_writer.send("native-1", clients.native_end_of_stream("native-1", count))
        native_writer.wait_for_ack()
        for thread in threads:
            thread.join(120)
        received = by_source(reader.wait_for(len(SOURCES) * (count + 1), timeout=120))
        native_received = [parts for parts in (native_receive(native_reader) for _ in range(count + 1))]

    assert problems == [] and reader.others == []
    assert sorted(received) == SOURCES
    for source_id in SOURCES:
        assert_unchanged(source_id, sent[source_id], received[source_id])
    for number, (topic, message, content) in enumerate(native_received[:-1]):
        assert (topic, message, content) == (b"native-1", native_sent[number], content_of("native-1", number))
    assert msgpack.unpackb(native_received[-1][1])["kind"] == "end_of_stream"
    frames = count * (len(SOURCES) + 1)
    assert redis.command("DBSIZE") == (frames / 2 if deduplicate else frames)


def native_receive(reader):
    while True:
        parts = reader.receive()
        if not parts[0].endswith(b"probe"):
            return parts


def assert_unchanged(source_id, sent, received):
    *frames, (end, _) = received
    assert end.is_end_of_stream() and len(frames) == len(sent)
    first = sequence_id(save_message_to_bytes(sent[0]))
    for number, (before, (after, content)) in enumerate(zip(sent, frames)):
        assert content == content_of(source_id, number)
        as_sent, as_received = before.as_video_frame(), after.as_video_frame()
        assert as_received.json == as_sent.json
        assert len(as_received.get_all_objects()) == 2 and len(as_received.transformations) == 2
        assert as_received.get_attribute("pipeline", "place").values[1].as_integer() == number
        assert after.span_context.as_dict() == TRACE
        serialized = save_message_to_bytes(after)
        assert serialized == save_message_to_bytes(before)
        assert sequence_id(serialized) == first + number
    assert sequence_id(save_message_to_bytes(end)) == first + len(sent)
