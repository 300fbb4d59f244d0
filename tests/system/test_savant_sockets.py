"""Each type of reader and writer of ours against the real savant_rs ones of every type: bound and connected, by ipc and
tcp, blocking and non-blocking; what its writers see as acknowledgements; peers that come and go; filters; permissions."""

import os
import stat
import threading
from pathlib import Path

import pytest
from savant_rs.utils.serialization import save_message_to_bytes
from savant_rs.primitives import EndOfStream
from savant_rs.zmq import TopicPrefixSpec

import savant_peers
from conftest import topic_records
from harness.processes import free_ports, wait_until
from savant_peers import Message, SavantReader, SavantWriter, closing, probe

READER_OF = {"pub": "sub", "dealer": "router", "req": "rep"}


def address(transport, folder, name):
    return f"ipc://{folder}/sockets/{name}" if transport == "ipc" else f"tcp://127.0.0.1:{free_ports()[0]}"


def frames(source_id, count, first=0):
    """(message, content) of frames."""
    return [(savant_peers.frame(source_id, number).to_message(), f"{source_id} {number}".encode() * 200)
            for number in range(first, first + count)]


def send(writer, source_id, sent):
    """The results' names, the end of stream's last."""
    results = [writer.send(source_id, message, content) for message, content in sent]
    results.append(writer.end(source_id))
    return [type(result).__name__ for result in results]


def as_bytes(messages):
    return [(topic, save_message_to_bytes(message), content) for topic, message, content in messages]


def expected(source_id, sent):
    return [(source_id, save_message_to_bytes(message), content) for message, content in sent]


def frames_of(messages):
    return as_bytes(entry for entry in messages if entry[1].is_video_frame())


def recorded(kafka, topic, source_id):
    """The numbers of a source's frames in Kafka, in order, and "end" for ends of stream."""
    found = []
    for record in topic_records(kafka, topic):
        message = savant_peers.load_message_from_bytes(record.value())
        if record.key() != source_id.encode():
            continue
        found.append(message.as_video_frame().pts // 3003 if message.is_video_frame() else
                     "end" if message.is_end_of_stream() else "other")
    return found


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("ours", ["bind", "connect"])
@pytest.mark.parametrize("writer_type", READER_OF)
def test_every_pair(writer_type, ours, transport, blocking, bridge, redis, tmp_path):
    """Savant's writer -> our reader -> Kafka -> our writer -> Savant's reader."""
    theirs = "connect" if ours == "bind" else "bind"
    reader_type = READER_OF[writer_type]
    into, out = address(transport, tmp_path, "in.ipc"), address(transport, tmp_path, "out.ipc")
    (tmp_path / "sockets").mkdir()
    pipe = bridge(redis=redis if blocking else None,
                  sink={"zmq_endpoint": f"{reader_type}+{ours}:{into}"},
                  source={"zmq_endpoint": f"{writer_type}+{ours}:{out}"})
    with closing(SavantReader(f"{reader_type}+{theirs}:{out}", blocking),
                 SavantWriter(f"{writer_type}+{theirs}:{into}", blocking)) as (reader, writer):
        if writer_type == "pub":
            probe(writer, lambda: reader.probes)
        sent = frames("cam-1", 30)
        results = send(writer, "cam-1", sent)
        received = as_bytes(reader.wait_for(31))
        assert received[:30] == expected("cam-1", sent)
        assert len(received) == 31 and reader.messages[30][1].is_end_of_stream()
        assert not reader.others
    # A PUB's writer does not hear anything; a DEALER's hears of the end of stream; a REQ's of every message.
    success, ack = "WriterResultSuccess", "WriterResultAck"
    assert results == {"pub": [success] * 31, "dealer": [success] * 30 + [ack], "req": [ack] * 31}[writer_type]
    pipe.source.stop()


@pytest.mark.parametrize("writer_type", ["dealer", "req"])
def test_no_acknowledgement_until_kafka_has_the_messages(writer_type, adapter, kafka, topic, tmp_path):
    into = f"ipc://{tmp_path}/in.ipc"
    adapter("kafka-redis-sink", zmq_endpoint=f"{READER_OF[writer_type]}+bind:{into}", kafka_brokers=kafka.brokers,
            kafka_topic=topic)
    with closing(SavantWriter(f"{writer_type}+connect:{into}")) as (writer,):
        assert send(writer, "cam-1", frames("cam-1", 3))[-1] == "WriterResultAck"
    with closing(SavantWriter(f"{writer_type}+connect:{into}", ack_timeout=300, retries=3)) as (writer,):
        kafka.freeze()
        try:
            # Savant's writer asks three times, and then says that it got none.
            assert type(writer.end("cam-1")).__name__ == "WriterResultAckTimeout"
        finally:
            kafka.thaw()
    # What was not acknowledged was not lost either, and the sink goes on.
    with closing(SavantWriter(f"{writer_type}+connect:{into}")) as (writer,):
        assert send(writer, "cam-1", frames("cam-1", 2, first=3))[-1] == "WriterResultAck"
    assert recorded(kafka, topic, "cam-1") == [0, 1, 2, "end", "end", 3, 4, "end"]


def test_several_peers_on_a_router(adapter, kafka, topic, tmp_path):
    into = f"ipc://{tmp_path}/in.ipc"
    adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{into}", kafka_brokers=kafka.brokers, kafka_topic=topic)
    results = {}

    def run(source_id, blocking):
        with closing(SavantWriter(f"dealer+connect:{into}", blocking)) as (writer,):
            results[source_id] = send(writer, source_id, frames(source_id, 200))[-1]

    threads = [threading.Thread(target=run, args=(f"cam-{number}", number % 2 == 0)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert results == {f"cam-{number}": "WriterResultAck" for number in range(4)}
    for number in range(4):
        assert recorded(kafka, topic, f"cam-{number}") == [*range(200), "end"]


@pytest.mark.parametrize("writer_type", ["dealer", "req", "pub"])
def test_a_writer_outlives_our_sink(writer_type, adapter, kafka, topic, tmp_path):
    into = f"ipc://{tmp_path}/in.ipc"
    sink = adapter("kafka-redis-sink", zmq_endpoint=f"{READER_OF[writer_type]}+bind:{into}", kafka_brokers=kafka.brokers,
                   kafka_topic=topic)
    with closing(SavantWriter(f"{writer_type}+connect:{into}")) as (writer,):
        for first in (0, 10):
            if first:
                sink.stop()
                sink.start()
            before = 0
            if writer_type == "pub":
                probe(writer, lambda: received(sink) > before)
            send(writer, "cam-1", frames("cam-1", 10, first))
            sink.wait_for_metric("framebridge_sink_messages_delivered_total", 11)
    assert recorded(kafka, topic, "cam-1") == [*range(10), "end", *range(10, 20), "end"]


def received(sink):
    try:
        return sink.metric("framebridge_sink_messages_received_total")
    except OSError:  # not listening yet
        return 0


@pytest.mark.parametrize("writer_type", READER_OF)
def test_our_source_outlives_a_reader(writer_type, bridge, tmp_path):
    out = f"ipc://{tmp_path}/reader.ipc"
    pipe = bridge(source={"zmq_endpoint": f"{writer_type}+connect:{out}"})
    with closing(SavantWriter(f"dealer+connect:{pipe.into}")) as (writer,):
        for first in (0, 10):
            with closing(SavantReader(f"{READER_OF[writer_type]}+bind:{out}")) as (reader,):
                probe(writer, lambda: reader.probes)
                sent = frames("cam-1", 10, first)
                send(writer, "cam-1", sent)
                # A REQ's message that the reader took, but whose answer did not come any more, is sent again.
                assert frames_of(reader.wait_for(11))[-10:] == expected("cam-1", sent)


FILTERS = [({"source_id": "cam-1"}, ["cam-1"]), ({"topic_prefix": "cam-"}, ["cam-1", "cam-10"])]


@pytest.mark.parametrize("filter,taken", FILTERS, ids=["source_id", "topic_prefix"])
@pytest.mark.parametrize("writer_type", READER_OF)
def test_the_sinks_filters(filter, taken, writer_type, adapter, kafka, topic, tmp_path):
    into = f"ipc://{tmp_path}/in.ipc"
    sink = adapter("kafka-redis-sink", zmq_endpoint=f"{READER_OF[writer_type]}+bind:{into}", kafka_brokers=kafka.brokers,
                   kafka_topic=topic, **filter)
    sources = ["cam-10", "door-1", "cam-1"]
    with closing(SavantWriter(f"{writer_type}+connect:{into}")) as (writer,):
        if writer_type == "pub":
            # One that passes the filter: the subscription is there when it arrives.
            def try_again():
                writer.send("cam-1", Message.unknown("probe"))
                return received(sink)
            wait_until(try_again, "the subscription", 60, 0.1)
        for source_id in sources:
            results = [type(writer.send(source_id, *entry)).__name__ for entry in frames(source_id, 5)]
            # Also what is skipped is answered: a writer would wait in vain.
            assert set(results) == {"WriterResultAck" if writer_type == "req" else "WriterResultSuccess"}
            ended = type(writer.end(source_id)).__name__
            assert ended == ("WriterResultSuccess" if writer_type == "pub" else "WriterResultAck")
        wait_until(lambda: "end" in recorded(kafka, topic, "cam-1"), "the end of stream in Kafka")
    for source_id in sources:
        numbers = [entry for entry in recorded(kafka, topic, source_id) if entry not in ("other", "end")]
        assert numbers == (list(range(5)) if source_id in taken else []), source_id


@pytest.mark.parametrize("spec,taken", [(TopicPrefixSpec.source_id("cam-1"), {"cam-1"}),
                                        (TopicPrefixSpec.prefix("cam-"), {"cam-1", "cam-10"})], ids=["source_id", "prefix"])
@pytest.mark.parametrize("writer_type", READER_OF)
def test_the_filters_of_savants_readers(spec, taken, writer_type, bridge, tmp_path):
    out = f"ipc://{tmp_path}/reader.ipc"
    pipe = bridge(source={"zmq_endpoint": f"{writer_type}+bind:{out}"})
    with closing(SavantReader(f"{READER_OF[writer_type]}+connect:{out}", prefix=spec),
                 SavantWriter(f"dealer+connect:{pipe.into}")) as (reader, writer):
        ready = frames("cam-1", 1)[0]

        def try_again():
            writer.send("cam-1", *ready)
            return reader.messages
        wait_until(try_again, "the subscription", 60, 0.1)
        for source_id in ("cam-10", "door-1", "cam-1"):
            send(writer, source_id, frames(source_id, 5))
        wait_until(lambda: any(topic == "cam-1" and message.is_end_of_stream() for topic, message, _ in reader.messages),
                   "the last end of stream")
        # savant_rs lets ends of stream through whatever its filter is.
        assert {topic for topic, _, _ in frames_of(reader.messages)} == taken


@pytest.mark.parametrize("permissions,mode", [(None, 0o777), ("0770", 0o770), ("none", None)])
def test_ipc_directories_are_made_and_sockets_opened_to_all(permissions, mode, adapter, kafka, topic, tmp_path):
    inside, outside = tmp_path / "deep" / "er" / "in.ipc", tmp_path / "other" / "out.ipc"
    common = {"kafka_brokers": kafka.brokers, "kafka_topic": topic, "zmq_ipc_permissions": permissions}
    mask = os.umask(0o027)
    try:
        sink = adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:ipc://{inside}", **common)
        source = adapter("kafka-redis-source", zmq_endpoint=f"dealer+bind:ipc://{outside}", kafka_group_id=topic, **common)
    finally:
        os.umask(mask)
    sink.wait_for_log("receiving at")
    source.wait_for_log("sending at")
    for path in (inside, outside):
        status = Path(path).stat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == (0o750 if mode is None else mode)


def test_bare_addresses_have_savants_defaults(bridge, tmp_path):
    """Our reader is router+bind, our writer dealer+connect, and so are Savant's."""
    into, out = f"ipc://{tmp_path}/bare-in.ipc", f"ipc://{tmp_path}/bare-out.ipc"
    bridge(sink={"zmq_endpoint": into}, source={"zmq_endpoint": out})
    with closing(SavantReader(f"router+bind:{out}"), SavantWriter(f"dealer+connect:{into}")) as (reader, writer):
        sent = frames("cam-1", 3)
        assert send(writer, "cam-1", sent)[-1] == "WriterResultAck"
        assert frames_of(reader.wait_for(4)) == expected("cam-1", sent)
