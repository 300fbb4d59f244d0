"""Messages beyond the golden ones: of a protocol version to come, with fields that nobody knows yet at every level, and
batches of every content. They come out byte for byte as they were, but for the contents' place."""

import contextlib

import pytest

import clients
from clients import Reader, Writer
from conftest import topic_records
from test_golden import FOREIGN_FRAME, VERSIONS, Expected, golden_messages


def unknown_fields(first):
    """Of all wire types."""
    return (clients._varint(first << 3) + clients._varint(2**63 + 5) + clients._varint(first + 1 << 3 | 1) + b"8 bytes!"
            + clients._field(first + 2, b"unknown \xff\x00 bytes") + clients._varint(first + 3 << 3 | 5) + b"4 by")


def of_the_future(message):
    """With another version, a system id, labels, two traces' contexts and unknown fields, in the message and its frames."""
    def frame(payload):
        return unknown_fields(500) + payload + unknown_fields(600)

    def batch_entry(payload):
        return b"".join(clients._field(2, frame(value)) if number == 2 else raw
                        for number, raw, value in clients._fields(payload))

    def field(number, raw, payload):
        if number == 1:
            return clients._field(1, b"99.0.0-beta")
        if number == 5:
            return clients._field(5, frame(payload))
        if number == 6:
            return clients._field(6, b"".join(clients._field(1, batch_entry(value)) for _, _, value in
                                              clients._fields(payload)) + unknown_fields(700))
        return raw

    context = b"".join(clients._field(3, clients._field(1, key) + clients._field(2, b"value of " + key))
                       for key in (b"uber-trace-id", b"baggage"))
    return (unknown_fields(2000) + clients._field(2, b"a label") + context + clients._field(20, b"system-7")
            + b"".join(field(*entry) for entry in clients._fields(message)) + unknown_fields(3000))


@pytest.mark.parametrize("mode", ["kafka only", "store", "deduplicated"])
@pytest.mark.parametrize("version", VERSIONS)
def test_no_version_is_refused_and_no_field_is_touched(version, mode, bridge, redis, kafka):
    store = None if mode == "kafka only" else redis
    expected = [Expected(facts, of_the_future(message), store) for facts, message in golden_messages(version)
                if facts["kind"] != "shutdown"]
    assert len(expected) >= 16
    redis.command("SET", "savant:frames:abc", FOREIGN_FRAME)
    pipe = bridge(redis=store, sink={"deduplicate": mode == "deduplicated" or None, "references": "any"},
                  source={"store_alias": f"localhost:6379:0={redis.address}", "store_allow": redis.address})
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        for message in expected:
            writer.send(message.topic, message.message, *message.parts)
        for message in expected:
            assert reader.receive() == (message.topic, message.result, message.result_parts)
    records = [record.value() for record in topic_records(kafka, pipe.topic)]
    if mode != "deduplicated":
        assert records == [message.record for message in expected]
    assert len(records) == len(expected)


def test_a_batch_of_every_content(bridge, redis, kafka):
    """Attached, inside, none, in a store, at a place that is not ours; the ids negative, and not in their order."""
    template = next(message for facts, message in golden_messages(VERSIONS[0]) if facts["kind"] == "video_frame_batch")
    template = clients._batch_frame(template, 0)
    redis.command("SET", "savant:frames:abc", FOREIGN_FRAME)
    none = clients._varint(19 << 3 | 2) + b"\x00"
    elsewhere = clients.savant_external("s3", "s3://bucket/key")
    contents = {9: clients.SAVANT_ATTACHED, -3: clients.SAVANT_ATTACHED, 2: clients.savant_internal(b"inside"), 5: none,
                4: clients.savant_external("redis", f"{redis.address}/savant:frames:abc"), 7: elsewhere}

    def frame(key, content):
        """Each has its own uuid."""
        made = b"".join(clients._field(3, f"01a2068e-fb8d-7fe2-b477-1eb12dd222{key % 256:02x}".encode()) if number == 3 else raw
                        for number, raw, _ in clients._fields(template))
        return clients._frame_with_content(made, content)

    def batch(contents):
        return clients._field(1, b"0.3.0") + clients._field(6, b"".join(
            clients._field(1, clients._varint(1 << 3) + clients._varint(key % 2**64)
                           + clients._field(2, frame(key, content)))
            for key, content in contents.items()))

    pipe = bridge(redis=redis)
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        # One part for each attached frame, by ascending id.
        writer.send("batch", batch(contents), b"of -3", b"of 9")
        attached = dict.fromkeys((9, -3, 2, 4), clients.SAVANT_ATTACHED)
        # All its frames are of one source, whose id it travels under.
        assert reader.receive() == (b"cam-a", batch({**contents, **attached}), [b"of -3", b"inside", FOREIGN_FRAME, b"of 9"])
