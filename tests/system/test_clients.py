"""Clients of either format: the real savant_rs reader and writer of each type, and one made of msgpack and pyzmq."""

import contextlib
import uuid

import msgpack
import pytest
import savant_rs  # noqa: F401: makes savant_rs.utils.serialization importable
from savant_rs import zmq as savant_zmq
from savant_rs.primitives import (Attribute, AttributeValue, VideoFrame, VideoFrameContent,
                                  VideoFrameTranscodingMethod, VideoFrameTransformation)
from savant_rs.primitives.geometry import RBBox
from savant_rs.utils.serialization import load_message_from_bytes

from clients import Reader, Writer, native_attached_frame, native_end_of_stream, native_frame
from harness.processes import free_ports, wait_until

FRAMES = 100
READER_OF = {"pub": "sub", "dealer": "router", "req": "rep"}


def savant_frame(source, number):
    frame = VideoFrame(source_id=source, framerate="30000/1001", width=1920, height=1080,
                       content=VideoFrameContent.external("zeromq", None), transcoding_method=VideoFrameTranscodingMethod.Copy,
                       codec="h264", keyframe=number % 10 == 0, time_base=(1, 90000), pts=number * 3003, dts=number * 3003, duration=3003)
    frame.add_transformation(VideoFrameTransformation.initial_size(1920, 1080))
    frame.set_attribute(Attribute.persistent("test", "number", [AttributeValue.integer(number)], "a hint", False))
    frame.create_object(namespace="detector", label="car", parent_id=None, confidence=0.5,
                        detection_box=RBBox(10.0, 20.0, 30.0, 40.0, None), track_id=number, track_box=None, attributes=[])
    return frame


def content_of(source, number):
    return f"{source} {number} ".encode() * 500


def writer_config(kind, bind, address):
    builder = savant_zmq.WriterConfigBuilder(f"{kind}+{'bind' if bind else 'connect'}:{address}")
    builder.with_send_timeout(10_000)
    builder.with_receive_timeout(10_000)
    builder.with_send_hwm(1000)
    return builder.build()


def reader_config(kind, bind, address):
    builder = savant_zmq.ReaderConfigBuilder(f"{kind}+{'bind' if bind else 'connect'}:{address}")
    builder.with_receive_timeout(500)
    builder.with_receive_hwm(1000)
    return builder.build()


class SavantPeers:
    """The real writer in front of the sink and the real reader behind the source."""

    def __init__(self, blocking, writer, reader):
        if blocking:
            self.writer, self.reader = savant_zmq.BlockingWriter(writer), savant_zmq.BlockingReader(reader)
        else:
            self.writer, self.reader = savant_zmq.NonBlockingWriter(writer, 100), savant_zmq.NonBlockingReader(reader, 1000)
        self.blocking = blocking
        self.reader.start()
        self.writer.start()

    def send(self, topic, message, content):
        result = self.writer.send_message(topic, message, content)
        return result if self.blocking else result.get()

    def send_end_of_stream(self, topic):
        result = self.writer.send_eos(topic)
        return result if self.blocking else result.get()

    def receive(self, timeout=60.0):
        def message():
            result = self.reader.receive()
            return None if isinstance(result, savant_zmq.ReaderResultTimeout) else result
        return wait_until(message, "a message at savant_rs's reader", timeout)

    def close(self):
        self.writer.shutdown()
        self.reader.shutdown()


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("adapters_bind", [True, False], ids=["adapters bind", "savant binds"])
@pytest.mark.parametrize("kind", READER_OF)
def test_savant_rs_in_front_and_behind(kind, adapters_bind, transport, blocking, bridge, redis, tmp_path):
    lossy = kind == "pub"
    def address(name):
        return f"ipc://{tmp_path}/{name}" if transport == "ipc" else f"tcp://127.0.0.1:{free_ports()[0]}"
    into, out = address("into"), address("out")
    word = "bind" if adapters_bind else "connect"
    pipe = bridge(redis=redis,
                  sink={"zmq_endpoint": f"{READER_OF[kind]}+{word}:{into}", "zmq_receive_hwm": 1000},
                  source={"zmq_endpoint": f"{kind}+{word}:{out}", "zmq_send_hwm": 1000})
    pipe.sink.wait_for_metric("framebridge_sink_messages_received_total", 0)
    with contextlib.closing(SavantPeers(blocking, writer_config(kind, not adapters_bind, into),
                                        reader_config(READER_OF[kind], not adapters_bind, out))) as peers:
        if lossy:
            # A PUB's first messages may find no subscriber yet: send until one has come all the way.
            def arrives():
                peers.send("probe", savant_frame("probe", 0).to_message(), content_of("probe", 0))
                result = peers.reader.receive() if blocking else peers.reader.try_receive()
                return result is not None and not isinstance(result, savant_zmq.ReaderResultTimeout)
            wait_until(arrives, "a probe's way through both PUBs", 60)
        sent = []
        for number in range(FRAMES):
            frame = savant_frame("cam", number)
            sent.append(frame.json)
            result = peers.send("cam", frame.to_message(), content_of("cam", number))
            expected = savant_zmq.WriterResultAck if kind == "req" else savant_zmq.WriterResultSuccess
            assert isinstance(result, expected), result
        result = peers.send_end_of_stream("cam")
        assert isinstance(result, savant_zmq.WriterResultSuccess if lossy else savant_zmq.WriterResultAck), result
        received = []
        while True:
            result = peers.receive()
            assert isinstance(result, savant_zmq.ReaderResultMessage), result
            if result.message.is_end_of_stream():
                break
            if bytes(result.topic) == b"probe":
                continue
            assert bytes(result.topic) == b"cam"
            assert result.data_len() == 1
            assert bytes(result.data(0)) == content_of("cam", len(received))
            received.append(result.message.as_video_frame().json)
        assert received == sent


def test_savant_rs_and_a_native_client_share_the_adapters(bridge, redis, tmp_path):
    """Three savant sources and a native one at once; savant's sequence ids arrive without a hole (its reader checks)."""
    count = 2000
    pipe = bridge(redis=redis, sink={"deduplicate": True})
    native = Writer(pipe.into)
    writer = savant_zmq.NonBlockingWriter(writer_config("dealer", False, pipe.into), 100)
    writer.start()
    sources = ["cam-0", "cam-1", "cam-2"]
    received = {source: [] for source in [*sources, "native"]}
    with contextlib.closing(native), contextlib.closing(Reader(pipe.out)) as reader:
        sent = {source: [] for source in received}
        results = []

        def take():
            topic, message, parts = reader.receive()
            source = topic.decode()
            received[source].append((message, parts))

        for number in range(count):
            for source in sources:
                frame = savant_frame(source, number)
                sent[source].append((frame.json, content_of(source, number)))
                results.append(writer.send_message(source, frame.to_message(), content_of(source, number)))
            message = native_attached_frame("native", sequence_number=number)
            sent["native"].append((message, [content_of("native", number)]))
            native.send("native", message, content_of("native", number))
            for _ in range(4):
                take()
    writer.shutdown()
    assert all(isinstance(result.get(), savant_zmq.WriterResultSuccess) for result in results)
    assert received["native"] == sent["native"]
    for source in sources:
        messages = [load_message_from_bytes(message) for message, _ in received[source]]
        assert [(message.as_video_frame().json, parts[0]) for message, (_, parts) in zip(messages, received[source])] == sent[source]


def test_a_native_client(bridge, redis, kafka):
    """Every kind and content of proto/README.md; keys that nobody knows come out as they went in."""
    pipe = bridge(redis=redis)
    attributes = {"objects": [{"label": "car", "box": [1, 2, 3, 4]}], "note": "an umlaut: ä"}
    frame_id = str(uuid.uuid4())

    def batch(first, second):
        def frame(batch_id, content):
            return {"batch_id": batch_id, "source_id": f"cam-{batch_id}", "uuid": f"{frame_id[:-1]}{batch_id}", "content": content}
        return msgpack.packb({"framebridge": 1, "kind": "video_frame_batch", "frames": [frame(1, first), frame(2, second)], "later": 2.5})

    attached, none = {"kind": "attached"}, {"kind": "none"}
    cases = [  # sent, its parts; received, its parts
        (native_attached_frame("cam", attributes=attributes, from_the_future={"a": [1, None, b"x"]}), [b"one"], None, [b"one"]),
        (native_attached_frame("cam"), [b"in ", b"two parts"], None, [b"in two parts"]),
        (native_frame("cam", none, uuid=frame_id), [], None, []),
        (native_frame("cam", {"kind": "inline", "bytes": b"inside"}, uuid=frame_id), [], native_frame("cam", attached, uuid=frame_id), [b"inside"]),
        (native_frame("cam", {"kind": "foreign", "method": "s3", "location": "s3://a/b"}), [], None, []),
        (msgpack.packb({"framebridge": 1, "kind": "user_data", "source_id": "cam", "attributes": attributes}), [], None, []),
        (msgpack.packb({"framebridge": 1, "kind": "something new", "source_id": "cam", "x": [1, 2]}), [], None, []),
        (batch(attached, {"kind": "inline", "bytes": b"second"}), [b"first"], batch(attached, attached), [b"first", b"second"]),
        (native_end_of_stream("cam"), [], None, []),
    ]
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        for sent, parts, expected, expected_parts in cases:
            writer.send("cam", sent, *parts)
            assert reader.receive() == (b"cam", expected or sent, expected_parts)
        writer.wait_for_ack()
