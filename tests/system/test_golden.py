"""Each message that the real savant_rs serialized goes through both adapters and comes out byte for byte as it was,
but for the place of the content; and what lies in Kafka and in the store is exactly what Savant's own adapters expect."""

import contextlib
import json
from pathlib import Path

import pytest

import clients
from clients import Reader, Writer
from conftest import topic_records

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
VERSIONS = sorted(folder.name for folder in GOLDEN.glob("savant_rs-*"))


def golden_messages(version):
    for facts in json.loads((GOLDEN / version / "manifest.json").read_text())["messages"]:
        yield facts, (GOLDEN / version / facts["file"]).read_bytes()


def payload_of(facts):
    return f"the bytes of {facts['file']}".encode() * 100


class Expected:
    """What a message has to become: in Kafka, and behind the source."""

    def __init__(self, facts, message, redis):
        self.topic = facts.get("source_id", "of no source").encode()
        self.message = message
        self.parts = []           # what is sent with it
        self.record = message     # in Kafka
        self.result = message     # out of the source
        self.result_parts = []
        self.stored = {}          # in the store
        if facts["kind"] == "video_frame":
            self._video_frame(facts, redis)
        elif facts["kind"] == "video_frame_batch":
            self._batch(facts, redis)

    def _place(self, content, key, redis):
        """The content field in Kafka."""
        if not redis:
            return clients.savant_internal(content)
        self.stored[f"savant:frames:{key}"] = content
        return clients.savant_external("redis", f"{redis.address}/savant:frames:{key}")

    def _video_frame(self, facts, redis):
        if facts.get("method") == "zeromq":
            content = payload_of(facts)
            self.parts = [content]
        elif facts["content"] == "internal":
            content = clients.savant_inline_bytes(self.message)
        elif facts.get("method") == "redis":
            # A reference that somebody else wrote: passed on by the sink, fetched by the source.
            self.stored[facts["location"].partition("/")[2]] = FOREIGN_FRAME
            self.result = clients.savant_with_content(self.message, clients.SAVANT_ATTACHED)
            self.result_parts = [FOREIGN_FRAME]
            return
        else:
            return
        self.record = clients.savant_with_content(self.message, self._place(content, facts["uuid"], redis))
        self.result = clients.savant_with_content(self.message, clients.SAVANT_ATTACHED)
        self.result_parts = [content]

    def _batch(self, facts, redis):
        attached, inline = payload_of(facts), clients.savant_batch_inline_bytes(self.message, 7)
        self.parts = [attached]
        keys = {0: clients.savant_batch_uuid(self.message, 0), 7: clients.savant_batch_uuid(self.message, 7)}
        self.record = clients.savant_batch_with_contents(
            self.message, {0: self._place(attached, keys[0], redis), 7: self._place(inline, keys[7], redis)})
        self.result = clients.savant_batch_with_contents(
            self.message, {0: clients.SAVANT_ATTACHED, 7: clients.SAVANT_ATTACHED})
        self.result_parts = [attached, inline]


FOREIGN_FRAME = b"a frame that another sink has stored"


@pytest.mark.parametrize("mode", ["kafka only", "store"])
@pytest.mark.parametrize("version", VERSIONS)
def test_all_but_the_contents_place_stays(version, mode, bridge, redis, kafka):
    store = redis if mode == "store" else None
    expected = [Expected(facts, message, store) for facts, message in golden_messages(version) if facts["kind"] != "shutdown"]
    assert len(expected) >= 16
    redis.command("SET", "savant:frames:abc", FOREIGN_FRAME)
    pipe = bridge(redis=store, sink={"references": "any"}, source={"store_alias": f"localhost:6379:0={redis.address}",
                                       "store_allow": redis.address})
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        for message in expected:
            writer.send(message.topic, message.message, *message.parts)
        for message in expected:
            assert reader.receive() == (message.topic, message.result, message.result_parts)
    records = topic_records(kafka, pipe.topic)
    assert [record.value() for record in records] == [message.record for message in expected]
    assert [dict(record.headers() or [])["framebridge-format"] for record in records] == [b"savant"] * len(expected)
    for message in expected:
        for key, content in message.stored.items():
            assert redis.command("GET", key) == content, key
            if key != "savant:frames:abc":
                assert 3500 < redis.command("TTL", key) <= 3600


@pytest.mark.parametrize("version", VERSIONS)
def test_a_shutdown_is_dropped_by_default_as_by_savants_adapters(version, bridge, kafka):
    messages = {facts["kind"]: message for facts, message in golden_messages(version)}
    pipe = bridge()
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam-1", messages["shutdown"])
        writer.send("cam-1", messages["end_of_stream"])
        writer.wait_for_ack()
        assert reader.receive() == (b"cam-1", messages["end_of_stream"], [])
    assert [record.value() for record in topic_records(kafka, pipe.topic)] == [messages["end_of_stream"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_shutdown_is_forwarded_on_demand(version, bridge):
    messages = {facts["kind"]: message for facts, message in golden_messages(version)}
    forward = {"on_shutdown": "forward", "shutdown_auth": "secret"}
    pipe = bridge(sink=forward, source=forward)
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam-1", messages["shutdown"])
        assert reader.receive() == (b"cam-1", messages["shutdown"], [])


def test_a_shutdown_with_another_auth_stops_nothing(bridge):
    messages = {facts["kind"]: message for facts, message in golden_messages(VERSIONS[0])}
    pipe = bridge(sink={"on_shutdown": "stop", "shutdown_auth": "another"})
    with contextlib.closing(Writer(pipe.into)) as writer, contextlib.closing(Reader(pipe.out)) as reader:
        writer.send("cam-1", messages["shutdown"])
        writer.send("cam-1", messages["end_of_stream"])
        assert reader.receive() == (b"cam-1", messages["end_of_stream"], [])


def test_a_shutdown_with_the_right_auth_stops_the_sink(bridge):
    messages = {facts["kind"]: message for facts, message in golden_messages(VERSIONS[0])}
    pipe = bridge(sink={"on_shutdown": "stop", "shutdown_auth": "secret"})
    with contextlib.closing(Writer(pipe.into)) as writer:
        writer.send("cam-1", messages["shutdown"])
        pipe.sink.finish()
