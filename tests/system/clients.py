"""ZeroMQ peers of the adapters, written with pyzmq and msgpack alone, and an independent reading of savant's
protobuf messages, to know what the adapters have to make of them."""

import uuid

import msgpack
import zmq


class Writer:
    """A DEALER that sends [topic, message, part...] to a router+bind reader."""

    def __init__(self, endpoint, timeout=60.0):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndtimeo = int(timeout * 1000)
        self.socket.connect(endpoint)

    def send(self, topic, message, *parts):
        topic = topic.encode() if isinstance(topic, str) else topic
        self.socket.send_multipart([topic, message, *parts])

    def wait_for_ack(self, timeout=60.0):
        assert self.socket.poll(timeout * 1000), f"no acknowledgement within {timeout:g} s"
        parts = self.socket.recv_multipart()
        assert parts == [b"OK"], f"a strange acknowledgement: {parts}"

    def close(self):
        self.socket.close()


class Reader:
    """A ROUTER that is bound for dealer+connect writers; it acknowledges whatever it gets, as only end of stream needs it."""

    def __init__(self, endpoint):
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(endpoint)

    def receive(self, timeout=60.0):
        """(topic, message, [part...]), or an AssertionError."""
        assert self.socket.poll(timeout * 1000), f"no message within {timeout:g} s"
        peer, topic, message, *parts = self.socket.recv_multipart()
        self.socket.send_multipart([peer, b"OK"])
        return topic, message, parts

    def close(self):
        self.socket.close()


# The native format, from proto/README.md.

def native_frame(source_id, content, sequence_number=0, **more):
    return msgpack.packb({
        "framebridge": 1, "kind": "video_frame", "source_id": source_id, "sequence_number": sequence_number,
        "uuid": str(uuid.uuid4()), "width": 16, "height": 16, "codec": "raw", "keyframe": True, "time_base": [1, 25],
        "pts": sequence_number, "content": content, **more})


def native_attached_frame(source_id, **more):
    return native_frame(source_id, {"kind": "attached"}, **more)


def native_end_of_stream(source_id, sequence_number=0):
    return msgpack.packb({"framebridge": 1, "kind": "end_of_stream", "source_id": source_id,
                          "sequence_number": sequence_number})


# savant's protobuf.

def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data):
    """(number, raw bytes of the whole field, payload if it is length-delimited) of each top-level field."""
    at = 0
    while at < len(data):
        begin = at
        tag, at = _read_varint(data, at)
        payload = None
        match tag & 7:
            case 0:
                _, at = _read_varint(data, at)
            case 1:
                at += 8
            case 2:
                size, at = _read_varint(data, at)
                payload = data[at:at + size]
                at += size
            case 5:
                at += 4
            case wire_type:
                raise ValueError(f"wire type {wire_type}")
        yield tag >> 3, data[begin:at], payload


def _field(number, payload):
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def savant_internal(content):
    return _field(17, content)


def savant_external(method, location=None):
    return _field(18, _field(1, method.encode()) + (b"" if location is None else _field(2, location.encode())))


SAVANT_ATTACHED = savant_external("zeromq")


def _frame_with_content(frame, content):
    return b"".join(content if number in (17, 18, 19) else raw for number, raw, _ in _fields(frame))


def savant_with_content(message, content):
    """A video frame's message, its content field replaced by `content` (a whole field)."""
    return b"".join(_field(5, _frame_with_content(payload, content)) if number == 5 else raw
                    for number, raw, payload in _fields(message))


def savant_batch_with_contents(message, contents):
    """A batch's message; `contents` maps batch ids to content fields."""
    def entry(payload):
        key = next((_read_varint(raw, 1)[0] for number, raw, _ in _fields(payload) if number == 1), 0)
        return _field(1, b"".join(_field(2, _frame_with_content(value, contents[key])) if number == 2 else raw
                                  for number, raw, value in _fields(payload)))
    return b"".join(_field(6, b"".join(entry(value) if inner == 1 else field for inner, field, value in _fields(payload)))
                    if number == 6 else raw for number, raw, payload in _fields(message))


def savant_inline_bytes(message):
    """The content of a video frame's message that has it inside."""
    frame = next(payload for number, _, payload in _fields(message) if number == 5)
    return next(payload for number, _, payload in _fields(frame) if number == 17)


def _batch_frame(message, batch_id):
    batch = next(payload for number, _, payload in _fields(message) if number == 6)
    for number, _, payload in _fields(batch):
        key = next((_read_varint(raw, 1)[0] for inner, raw, _ in _fields(payload) if inner == 1), 0)
        if number == 1 and key == batch_id:
            return next(value for inner, _, value in _fields(payload) if inner == 2)
    raise KeyError(batch_id)


def savant_batch_inline_bytes(message, batch_id):
    return next(payload for number, _, payload in _fields(_batch_frame(message, batch_id)) if number == 17)


def savant_batch_uuid(message, batch_id):
    return next(payload for number, _, payload in _fields(_batch_frame(message, batch_id)) if number == 3).decode()
