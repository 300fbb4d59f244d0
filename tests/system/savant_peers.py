"""Peers of the adapters made of the real savant_rs: its readers and writers, messages as its pipelines make them, and
what Savant's own kafka-redis adapters do on the wire."""

import contextlib
import threading
import time
from collections import defaultdict

import redis as redis_client
# savant_rs makes its submodules when it is loaded: they can be imported by their full names only.
from savant_rs.primitives import (AttributeValue, EndOfStream, VideoFrame, VideoFrameContent, VideoFrameTranscodingMethod,
                                  VideoFrameTransformation)
from savant_rs.primitives.geometry import RBBox
from savant_rs.utils.serialization import (Message, clear_source_seq_id, load_message_from_bytes,
                                           save_message_to_bytes)
from savant_rs.zmq import (BlockingReader, BlockingWriter, NonBlockingReader, NonBlockingWriter, ReaderConfigBuilder,
                           ReaderResultMessage, ReaderResultTimeout, TopicPrefixSpec, WriterConfigBuilder)
from confluent_kafka import Consumer, Producer, TopicPartition

import clients
from harness.processes import wait_until

PROBE = "probe"


class SavantWriter:
    """A blocking or non-blocking writer with one way to send: send() returns the writer's result, as it is."""

    def __init__(self, endpoint, blocking=True, ack_timeout=30_000, retries=3, hwm=1000):
        config = WriterConfigBuilder(endpoint)
        config.with_receive_timeout(ack_timeout)
        config.with_receive_retries(retries)
        config.with_send_timeout(30_000)
        config.with_send_hwm(hwm)
        self._blocking = blocking
        self._writer = BlockingWriter(config.build()) if blocking else NonBlockingWriter(config.build(), 100)
        self._writer.start()

    def send(self, topic, message, content=b""):
        result = self._writer.send_message(topic, message, content)
        return result if self._blocking else result.get()

    def end(self, source_id):
        """End of stream, after which a source's sequence ids begin anew, as Savant's client has it."""
        result = self.send(source_id, EndOfStream(source_id).to_message())
        clear_source_seq_id(source_id)
        return result

    def close(self):
        self._writer.shutdown()


class SavantReader:
    """A blocking or non-blocking reader that collects what it receives in a thread: (topic, message, content)."""

    def __init__(self, endpoint, blocking=True, prefix=None, permissions=None):
        config = ReaderConfigBuilder(endpoint)
        config.with_receive_timeout(200)
        config.with_receive_hwm(1000)
        if prefix:
            config.with_topic_prefix_spec(prefix)
        if permissions is not None:
            config.with_fix_ipc_permissions(permissions)
        self.messages = []
        self.others = []  # results that are no messages
        self.probes = 0
        self._blocking = blocking
        self._reader = BlockingReader(config.build()) if blocking else NonBlockingReader(config.build(), 1000)
        self._reader.start()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        while not self._stopped.is_set():
            result = self._reader.receive() if self._blocking else self._reader.try_receive()
            if result is None:
                time.sleep(0.002)  # the non-blocking reader has nothing to wait on
            elif isinstance(result, ReaderResultMessage):
                topic = bytes(result.topic).decode()
                if topic.endswith(PROBE):
                    self.probes += 1
                    continue
                content = b"".join(bytes(result.data(part)) for part in range(result.data_len()))
                self.messages.append((topic, result.message, content))
            elif not isinstance(result, ReaderResultTimeout):
                self.others.append(result)

    def wait_for(self, count, timeout=60.0):
        wait_until(lambda: len(self.messages) >= count, f"{count} messages at the reader", timeout)
        return self.messages

    def close(self):
        """Stops receiving; what arrives later stays in the socket, or is lost with it."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._thread.join()
            self._reader.shutdown()


def probe(writer, arrived, topic=PROBE, timeout=60.0):
    """Sends messages that mean nothing until `arrived()`: then a PUB's subscriber, or a peer that came back, is there."""
    def try_again():
        if not arrived():
            writer.send(topic, Message.unknown("probe"))
        return arrived()
    wait_until(try_again, "a message passing", timeout, interval=0.1)


TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def traced(message):
    """The message within a trace, as a pipeline with telemetry sends it: field 3 is a map of the trace's context."""
    context = b"".join(clients._field(3, clients._field(1, key.encode()) + clients._field(2, value.encode()))
                       for key, value in TRACE.items())
    return load_message_from_bytes(save_message_to_bytes(message) + context)


def frame(source_id, number, content=None, encoded=False):
    """A frame as a detector's pipeline sends it: objects with a hierarchy, attributes, transformations."""
    made = VideoFrame(
        source_id=source_id, framerate="30000/1001", width=1280, height=720,
        content=content or VideoFrameContent.external("zeromq", None),
        transcoding_method=VideoFrameTranscodingMethod.Encoded if encoded else VideoFrameTranscodingMethod.Copy,
        codec="h264", keyframe=number % 30 == 0, time_base=(1, 90000), pts=number * 3003, dts=number * 3003,
        duration=3003)
    made.add_transformation(VideoFrameTransformation.initial_size(1920, 1080))
    made.add_transformation(VideoFrameTransformation.scale(1280, 720))
    made.set_persistent_attribute("pipeline", "place", False, "the lobby",
                                  [AttributeValue.string("north", 0.5), AttributeValue.integer(number)])
    person = made.create_object("detector", "person", parent_id=None, confidence=0.75,
                                detection_box=RBBox(100.0 + number % 50, 50.0, 20.0, 40.0, None))
    person.set_persistent_attribute("age", "years", False, None, [AttributeValue.float(41.5, 0.25)])
    made.create_object("detector", "face", parent_id=person.id, confidence=0.5,
                       detection_box=RBBox(100.0, 40.0, 5.0, 5.0, 30.0), track_id=number,
                       track_box=RBBox(101.0, 41.0, 5.0, 5.0, None))
    return made


class TheirSink:
    """What Savant's kafka_redis sink does: frames and ends of stream from ZeroMQ become new messages in Kafka, the
    content a key in Redis named by the frame's uuid, or internal. Other kinds end it."""

    def __init__(self, endpoint, brokers, topic, redis=None, ttl=60, prefix="savant:frames", deduplicate=False):
        self.stored = self.touched = 0
        self._redis = redis and redis_client.Redis(host=redis.host, port=redis.port, db=0)
        self._place = redis and redis.address
        self._ttl, self._prefix, self._deduplicate = ttl, prefix, deduplicate
        self._topic = topic
        self._producer = Producer({"bootstrap.servers": brokers})
        self._reader = SavantReader(endpoint)

    def run(self, messages):
        """Until so many messages are in Kafka."""
        for topic, message, content in self._reader.wait_for(messages)[:messages]:
            if message.is_video_frame():
                made = message.as_video_frame()
                made.content = self._store(made, content or made.content.get_data())
                out = made.to_message()
            else:
                out = message.as_end_of_stream().to_message()
            self._producer.produce(self._topic, key=topic.encode(), value=save_message_to_bytes(out))
        assert self._producer.flush(60) == 0, "Kafka did not confirm in time"

    def _store(self, made, content):
        if not self._redis:
            return VideoFrameContent.internal(content)
        key = f"{self._prefix}:{made.uuid}"
        known = (self._deduplicate and made.transcoding_method != VideoFrameTranscodingMethod.Encoded
                 and self._redis.expire(key, self._ttl))
        if known:
            self.touched += 1
        else:
            self._redis.set(key, content, ex=self._ttl)
            self.stored += 1
        return VideoFrameContent.external("redis", f"{self._place}/{key}")

    def close(self):
        self._reader.close()


class TheirSource:
    """What Savant's kafka_redis source does: frames and ends of stream from Kafka go to ZeroMQ, the content fetched
    from where their location says or out of the message. What it cannot send it leaves out."""

    def __init__(self, endpoint, brokers, topic, group=None):
        self.left_out = []
        self._stores = {}
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": group or f"theirs-{topic}",
                                   "auto.offset.reset": "earliest", "enable.auto.offset.store": False,
                                   "partition.assignment.strategy": "roundrobin"})
        self._consumer.subscribe([topic])
        self._writer = SavantWriter(endpoint, blocking=False)

    def run(self, messages, timeout=60.0):
        """Until so many records were taken from Kafka."""
        deadline = time.monotonic() + timeout
        while messages:
            record = self._consumer.poll(1)
            assert time.monotonic() < deadline, f"{messages} records are still missing"
            if record is None:
                continue
            assert record.error() is None, record.error()
            self._send(load_message_from_bytes(record.value()))
            # The message's own offset, not the next one: after a restart it is sent again.
            self._consumer.store_offsets(offsets=[TopicPartition(record.topic(), record.partition(), record.offset())])
            messages -= 1

    def _send(self, message):
        if message.is_end_of_stream():
            self._writer.end(message.as_end_of_stream().source_id)
        elif message.is_video_frame():
            made = message.as_video_frame()
            content = self._content(made.content)
            if content is None:
                self.left_out.append(made)
                return
            made.content = VideoFrameContent.external("zeromq", None)
            self._writer.send(made.source_id, made.to_message(), content)
        else:
            self.left_out.append(message)

    def _content(self, content):
        if content.is_internal():
            return content.get_data()
        if not content.is_external() or content.get_method() != "redis":
            return None
        place, key = content.get_location().split("/", 1)
        if place not in self._stores:
            host, port, db = place.split(":")
            self._stores[place] = redis_client.Redis(host=host, port=int(port), db=int(db))
        return self._stores[place].get(key)

    def close(self):
        self._writer.close()
        self._consumer.close()


def by_source(messages):
    """{source id: [(message, content)...]} in the order received."""
    sorted_by_source = defaultdict(list)
    for topic, message, content in messages:
        sorted_by_source[topic].append((message, content))
    return dict(sorted_by_source)


@contextlib.contextmanager
def closing(*peers):
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()
