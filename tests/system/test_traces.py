"""A trace of one message: its context passes on, and both adapters log its times under the same id."""

import contextlib
import json

import clients
import msgpack
from clients import Reader, Writer
from harness.processes import wait_until

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CONTEXT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01", "tracestate": "a=b"}


def lines_of(adapter):
    return [json.loads(line) for line in adapter.log.splitlines() if line.startswith("{")]


def test_a_sampled_message_is_followed_through_both_adapters(bridge, redis):
    options = {"trace_sample": 1, "log_format": "json"}
    line = bridge(redis, sink=options, source=options)
    with contextlib.closing(Reader(line.out)) as reader, contextlib.closing(Writer(line.into)) as writer:
        writer.send("cam", clients.native_attached_frame("cam", trace_context=CONTEXT), b"bytes")
        writer.send("cam", clients.native_attached_frame("cam"), b"without a trace")
        _, message, parts = reader.receive()
        assert parts == [b"bytes"]
        assert msgpack.unpackb(message)["trace_context"] == CONTEXT
        reader.receive()

        def traced(adapter):
            return [entry for entry in lines_of(adapter) if "trace_id" in entry]

        at_sink = wait_until(lambda: traced(line.sink), "the sink's line")
        at_source = wait_until(lambda: traced(line.source), "the source's line")
    assert len(at_sink) == len(at_source) == 1, "the other message has no trace"
    for entry in at_sink + at_source:
        assert (entry["trace_id"], entry["source_id"], entry["level"]) == (TRACE_ID, "cam", "info")
    assert at_sink[0]["store_ms"] > 0 and at_sink[0]["produce_ms"] > 0
    assert (at_source[0]["partition"], at_source[0]["offset"]) == (0, 0)
    assert at_source[0]["fetch_ms"] > 0 and at_source[0]["send_ms"] >= 0


def test_what_is_dropped_is_logged_with_its_fields(bridge):
    line = bridge(sink={"log_format": "json"})
    with contextlib.closing(Writer(line.into)) as writer:
        writer.send("cam", b"no message")
        entry = wait_until(lambda: [entry for entry in lines_of(line.sink) if entry.get("fault")], "the sink's line")[0]
    assert (entry["source_id"], entry["fault"]) == ("cam", "invalid")
    assert entry["reason"].startswith("neither a native message")
