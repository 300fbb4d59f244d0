"""What an operator's tools are served: metrics that promtool accepts, health, status."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest

from conftest import BIKES


def page(adapter, path):
    """The status and text of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{adapter.metrics_port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as reply:
        return reply.code, reply.read().decode()


@pytest.fixture
def chain(adapter, bridge, redis, tmp_path):
    """All four adapters, with a video going round until the test ends."""
    line = bridge(redis)
    sink = adapter("video-file-sink", zmq_endpoint=f"router+bind:{line.out}", output_dir=tmp_path / "out")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:{line.into}", source=f"cam-1={BIKES}", loop=True,
                     realtime=True)
    sink.wait_for_metric("framebridge_video_sink_frames_total", 25)
    yield {"kafka-redis-sink": line.sink, "kafka-redis-source": line.source, "video-file-sink": sink,
           "video-file-source": source}
    source.stop()  # First, as long as there is somebody who takes what it has sent.


def test_every_adapter_serves_metrics_that_promtool_accepts(chain):
    for name, each in chain.items():
        status, text = page(each, "/metrics")
        assert status == 200
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
        assert checked.returncode == 0, f"{name}:\n{checked.stdout}{checked.stderr}"
        assert each.metric("framebridge_build_info", adapter=name) == 1
        assert each.metric("framebridge_up", part="adapter") == 1
        assert each.metric("process_resident_memory_bytes") > 1 << 20


def test_health_status_and_pages(chain, redis):
    for name, each in chain.items():
        for path in ("/livez", "/readyz", "/health"):
            assert page(each, path) == (200, "ok\n"), f"{name} {path}"
        status = json.loads(page(each, "/status")[1])
        assert (status["adapter"], status["ready"], status["live"]) == (name, True, True)
        assert all(part["state"] == "works" for part in status["parts"])
        code, html = page(each, "/")
        assert code == 200 and f"<h1>{name}</h1>" in html
    store = f"store {redis.host}:{redis.port}:0"
    names = [part["name"] for part in json.loads(page(chain["kafka-redis-sink"], "/status")[1])["parts"]]
    assert names == ["Kafka", "adapter", store]
