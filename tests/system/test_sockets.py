"""Every ZeroMQ socket pair on both sides of the Kafka adapters carries a video whole, bound on either end, by ipc and
tcp, in both formats and with and without a store."""

import itertools

import pytest

from conftest import BIKES
from harness import video
from harness.processes import free_ports

READER_OF = {"pub": "sub", "dealer": "router", "req": "rep"}
PAIRS = list(itertools.product(READER_OF, ("reader binds", "writer binds"), ("ipc", "tcp")))


def endpoints(writer, binding, transport, folder, name):
    """The two ends of one connection."""
    address = f"ipc://{folder}/{name}" if transport == "ipc" else f"tcp://127.0.0.1:{free_ports()[0]}"
    bound, connected = ("bind", "connect") if binding == "writer binds" else ("connect", "bind")
    return f"{writer}+{bound}:{address}", f"{READER_OF[writer]}+{connected}:{address}"


@pytest.mark.parametrize("writer,binding,transport", PAIRS)
def test_a_video_passes(writer, binding, transport, bridge, send_videos, redis, adapter, tmp_path):
    # PUB drops what its high water mark does not hold, and what it sends before a subscriber is there.
    patience = {"zmq_send_hwm": 1000, "start_delay": 3} if writer == "pub" else {}
    hwm = 1000 if writer == "pub" else 50
    number = PAIRS.index((writer, binding, transport))
    video_out, sink_in = endpoints(writer, binding, transport, tmp_path, "in.ipc")
    source_out, video_in = endpoints(writer, binding, transport, tmp_path, "out.ipc")
    pipe = bridge(redis=redis if number % 2 else None,
                  sink={"zmq_endpoint": sink_in, "zmq_receive_hwm": hwm},
                  source={"zmq_endpoint": source_out, "zmq_send_hwm": hwm})
    files = send_videos(pipe, {"bikes": BIKES}, tmp_path / "out", files=1, into=video_out, out=video_in,
                        format="native" if number % 3 else "savant", **patience)
    video.assert_same_video(BIKES, files[0])
