"""savant_rs' Shutdown message: passed on, obeyed or ignored by either adapter, if its auth is the right one."""

import pytest
from savant_rs.primitives import Shutdown

import savant_peers
from savant_peers import SavantReader, SavantWriter, closing, wait_until

AUTH = "the-secret"


def shutdown(auth=AUTH):
    return Shutdown(auth).to_message()


@pytest.fixture
def pipe(bridge, tmp_path):
    """pipe(sink options, source options): the adapters, and savant_rs on both ends."""
    peers = []

    def start(sink, source):
        adapters = bridge(sink=sink, source=source)
        peers.extend([SavantReader(f"router+bind:{adapters.out}"), SavantWriter(f"dealer+connect:{adapters.into}")])
        return adapters, *peers
    yield start
    for peer in peers:
        peer.close()


FORWARD = {"on_shutdown": "forward", "shutdown_auth": AUTH}


def kinds(reader, count):
    return ["shutdown" if message.is_shutdown() else "end" if message.is_end_of_stream() else "frame"
            for _, message, _ in reader.wait_for(count)]


@pytest.mark.parametrize("sink,source", [
    ({}, FORWARD), ({"on_shutdown": "ignore"}, FORWARD), (FORWARD, {}), (FORWARD, {"on_shutdown": "ignore"}),
    ({**FORWARD, "shutdown_auth": "another"}, FORWARD), (FORWARD, {**FORWARD, "shutdown_auth": "another"}),
    ({"on_shutdown": "stop", "shutdown_auth": "another"}, FORWARD), (FORWARD, {"on_shutdown": "stop", "shutdown_auth": "another"}),
], ids=["sink default", "sink ignores", "source default", "source ignores", "sink: another auth", "source: another auth",
        "sink would stop: another auth", "source would stop: another auth"])
def test_it_goes_no_further(sink, source, pipe):
    adapters, reader, writer = pipe(sink, source)
    writer.send("cam-1", savant_peers.frame("cam-1", 0).to_message(), b"a frame")
    writer.send("cam-1", shutdown())
    assert type(writer.end("cam-1")).__name__ == "WriterResultAck"
    assert kinds(reader, 2) == ["frame", "end"]
    assert adapters.sink.running and adapters.source.running
    assert AUTH not in adapters.sink.log + adapters.source.log


@pytest.mark.parametrize("auth", [AUTH, None], ids=["auth", "any auth"])
def test_it_is_passed_on(auth, pipe):
    options = {"on_shutdown": "forward", "shutdown_auth": auth}
    adapters, reader, writer = pipe(options, options)
    writer.send("cam-1", shutdown())
    assert type(writer.end("cam-1")).__name__ == "WriterResultAck"
    assert kinds(reader, 2) == ["shutdown", "end"]
    assert reader.messages[0][1].as_shutdown().auth == AUTH
    assert adapters.sink.running and adapters.source.running


def test_the_sink_stops_when_all_before_it_is_in_kafka(pipe):
    adapters, reader, writer = pipe({"on_shutdown": "stop", "shutdown_auth": AUTH}, {})
    for number in range(50):
        writer.send("cam-1", savant_peers.frame("cam-1", number).to_message(), b"a frame")
    writer.send("cam-1", shutdown("wrong"))
    writer.send("cam-1", shutdown())
    adapters.sink.finish()
    assert kinds(reader, 50) == ["frame"] * 50
    assert adapters.source.running


def test_the_source_stops_when_all_before_it_has_left(pipe):
    adapters, reader, writer = pipe(FORWARD, {"on_shutdown": "stop", "shutdown_auth": AUTH})
    for number in range(50):
        writer.send("cam-1", savant_peers.frame("cam-1", number).to_message(), b"a frame")
    writer.send("cam-1", shutdown())
    adapters.source.finish()
    assert kinds(reader, 50) == ["frame"] * 50
    # Its Shutdown is done with: a source that is started again goes on behind it.
    writer.send("cam-1", savant_peers.frame("cam-1", 50).to_message(), b"a frame")
    assert type(writer.end("cam-1")).__name__ == "WriterResultAck"
    adapters.source.start()
    wait_until(lambda: any(message.is_end_of_stream() for _, message, _ in reader.messages), "the end of stream")
    numbers = [message.as_video_frame().pts // 3003 for _, message, _ in reader.messages if message.is_video_frame()]
    assert numbers[-1] == 50
    assert adapters.source.running
