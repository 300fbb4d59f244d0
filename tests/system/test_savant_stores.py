"""Which stores a source fetches from: what a location names, through --store-alias, only those of --store-allow; and how
it logs in to them. Messages in Kafka are as Savant's sink writes them."""

import contextlib
import select
import socket

import pytest
from confluent_kafka import Producer
from savant_rs.primitives import VideoFrameContent

import savant_peers
from conftest import topic_records
from harness.servers import Redis
from savant_peers import SavantReader, SavantWriter, closing, save_message_to_bytes

CONTENT = b"a frame's bytes" * 50


class Listener:
    """Where no adapter may connect."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}:0"
        return self

    def saw_a_connection(self):
        return bool(select.select([self.socket], [], [], 0)[0])

    def __exit__(self, *_):
        self.socket.close()


def put_into_kafka(kafka, topic, locations, source_id="cam-1"):
    """A frame for each location, and an end of stream."""
    producer = Producer({"bootstrap.servers": kafka.brokers})
    messages = [savant_peers.frame(source_id, number, VideoFrameContent.external("redis", location)).to_message()
                for number, location in enumerate(locations)]
    messages.append(savant_peers.EndOfStream(source_id).to_message())
    for message in messages:
        producer.produce(topic, key=source_id.encode(), value=save_message_to_bytes(message))
    assert producer.flush(60) == 0


@pytest.fixture
def source(adapter, kafka, topic, tmp_path):
    """source(locations, ...): what reaches Savant's reader: {number: content}, and the adapter."""
    with contextlib.ExitStack() as stack:
        def run(locations, frames, environment=None, **options):
            put_into_kafka(kafka, topic, locations)
            (reader,) = stack.enter_context(closing(SavantReader(f"router+bind:ipc://{tmp_path}/out.ipc")))
            process = adapter("kafka-redis-source", environment=environment, zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/out.ipc",
                              kafka_brokers=kafka.brokers, kafka_topic=topic, kafka_group_id=topic,
                              kafka_auto_offset_reset="earliest", **options)
            *messages, (_, end, _) = reader.wait_for(frames + 1)
            assert end.is_end_of_stream() and len(messages) == frames
            return {message.as_video_frame().pts // 3003: content for _, message, content in messages}, process
        yield run


@pytest.fixture
def stored(redis):
    redis.command("SET", "savant:frames:1", CONTENT)
    return f"{redis.address}/savant:frames:1"


def test_any_location_is_followed_by_default_and_said_so_once(source, stored):
    frames, process = source([stored, stored], 2)
    assert frames == {0: CONTENT, 1: CONTENT}
    assert process.log.count("--store-allow") == 1


def test_only_allowed_stores_are_connected_to(source, stored, redis):
    with Listener() as listener:
        frames, process = source([f"{listener.address}/savant:frames:1", stored, f"{listener.address}/any"], 1,
                                 store_allow=redis.address)
        assert frames == {1: CONTENT}
        assert process.metric("framebridge_source_dropped_total") == 2
        assert process.metric("framebridge_source_stores_refused_total") == 2
        assert not listener.saw_a_connection()


@pytest.mark.parametrize("prefix, there", [("savant", 1), ("savant:frames:", 1), ("sav", 0), ("savant:frames:12", 0)])
def test_of_an_allowed_store_only_the_allowed_keys(prefix, there, source, stored, redis):
    frames, process = source([stored], there, store_allow=f"{redis.address}/{prefix}")
    assert len(frames) == there
    assert process.metric("framebridge_source_stores_refused_total") == 1 - there


def test_a_login_goes_to_named_stores_only(source, redis):
    """Neither allowed nor aliased: not even connected to, as it would be without a password."""
    redis.command("SET", "savant:frames:1", CONTENT)
    with Listener() as listener:
        frames, process = source([f"{listener.address}/savant:frames:1"], 0, environment={"REDIS_PASSWORD": PASSWORD})
        assert not frames
        assert process.metric("framebridge_source_dropped_total") == 1
        assert "no frame is fetched from a store" in process.log and "--store-allow" in process.log
        assert "a password is set" in process.log and PASSWORD not in process.log
        assert not listener.saw_a_connection()


def test_aliases_rewrite_what_locations_name(source, redis):
    redis.command("SET", "savant:frames:1", CONTENT)
    frames, process = source(["keydb:6379:0/savant:frames:1"], 1, store_alias=f"keydb:6379:0={redis.address}")
    assert frames == {0: CONTENT}
    assert "keydb" not in process.log.replace("--store-alias=keydb", "")


def test_an_alias_alone_allows_nothing_else(source, redis):
    redis.command("SET", "savant:frames:1", CONTENT)
    with Listener() as listener:
        frames, process = source([f"{listener.address}/savant:frames:1", "keydb:6379:0/savant:frames:1"], 1,
                                 environment={"FRAMEBRIDGE_STORE_ALIAS": f"keydb:6379:0={redis.address}"})
        assert frames == {1: CONTENT}
        assert process.metric("framebridge_source_dropped_total") == 1
        assert not listener.saw_a_connection()


def test_locations_that_are_not_one(source, stored):
    frames, process = source(["nonsense", "host:port:db/key", "/", stored], 1)
    assert frames == {3: CONTENT}
    # Such a message cannot be used, whatever happens: dead-letter topic, or dropped as here.
    assert process.metric("framebridge_source_dropped_total") == 3


PASSWORD = "pass:word/with=signs"


@pytest.fixture
def secured(tmp_path):
    """A Redis of an ACL user, that also listens at a unix socket."""
    users = tmp_path / "users.acl"
    users.write_text(f"user default on nopass ~* &* +@all\nuser frames on >{PASSWORD} ~savant:* &* +@all\n")
    with Redis(arguments=["--aclfile", users, "--unixsocket", tmp_path / "redis.sock", "--unixsocketperm", "777"]) as server:
        yield server


@pytest.mark.parametrize("by_socket", [False, True], ids=["tcp", "unix socket"])
def test_logins_are_options_and_never_in_a_location(by_socket, adapter, kafka, topic, secured, source, tmp_path):
    # From here on nobody gets in without the ACL user's password.
    secured.command("ACL", "SETUSER", "default", "off")
    login = {"REDIS_USERNAME": "frames", "REDIS_PASSWORD": PASSWORD}
    if by_socket:
        login["REDIS_UNIX_SOCKET"] = str(tmp_path / "redis.sock")
    sink = adapter("kafka-redis-sink", environment=login, zmq_endpoint=f"router+bind:ipc://{tmp_path}/in.ipc",
                   kafka_brokers=kafka.brokers, kafka_topic=topic, redis_host="127.0.0.1", redis_port=secured.port)
    with closing(SavantWriter(f"dealer+connect:ipc://{tmp_path}/in.ipc")) as (writer,):
        writer.send("cam-1", savant_peers.frame("cam-1", 0).to_message(), CONTENT)
        assert type(writer.end("cam-1")).__name__ == "WriterResultAck"
    (record, _) = topic_records(kafka, topic)
    frame = savant_peers.load_message_from_bytes(record.value()).as_video_frame()
    assert frame.content.get_location() == f"127.0.0.1:{secured.port}:0/savant:frames:{frame.uuid}"
    assert PASSWORD.encode() not in record.value()
    process = adapter("kafka-redis-source", environment=login, zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/their.ipc",
                      kafka_brokers=kafka.brokers, kafka_topic=topic, kafka_group_id=topic,
                      kafka_auto_offset_reset="earliest", store_allow=f"127.0.0.1:{secured.port}:0")
    with closing(SavantReader(f"router+bind:ipc://{tmp_path}/their.ipc")) as (reader,):
        (_, message, content), _ = reader.wait_for(2)
        assert content == CONTENT and message.as_video_frame().uuid == frame.uuid
    for log in (sink.log, process.log):
        assert PASSWORD not in log
