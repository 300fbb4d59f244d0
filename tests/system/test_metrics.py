"""What an operator's tools are served: metrics that promtool accepts, health, status."""

import json
import re
import subprocess
import urllib.parse
import urllib.error
import urllib.request

import pytest

from conftest import BIKES
from harness.processes import Process, free_ports, wait_until

OBSERVE = BIKES.parents[2] / "docker" / "observe"


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
    line = bridge(redis, sink={"metrics_sources": 2}, source={"metrics_sources": 2})
    sink = adapter("video-file-sink", zmq_endpoint=f"router+bind:{line.out}", output_dir=tmp_path / "out")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:{line.into}", source=f"cam-1={BIKES}", loop=True,
                     realtime=True)
    sink.wait_for_metric("framebridge_video_sink_frames_total", 25)
    adapters = {"kafka-redis-sink": line.sink, "kafka-redis-source": line.source, "video-file-sink": sink,
                "video-file-source": source}
    wait_until(lambda: all(page(each, "/readyz")[0] == 200 for each in adapters.values()), "all adapters are ready")
    yield adapters
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


def described(text):
    """A row of the table of docker/observe/README.md for each metric of a page: name, type, labels, help."""
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        labels = {label for inner in re.findall(rf"^{name}(?:_bucket)?\{{(.*)\}} ", text, re.MULTILINE)
                  for label in re.findall(r'(\w+)="', inner)} - {"le"}
        yield f"| `{name}` | {kind} | {', '.join(sorted(labels))} | {helps[name]} |"


def test_the_table_of_metrics_says_what_is_served(chain):
    chain["kafka-redis-source"].wait_for_metric("framebridge_source_ttl_margin_seconds", 1)
    chain["kafka-redis-source"].wait_for_metric("framebridge_source_lag", 0)
    served = {row for each in chain.values() for row in described(page(each, "/metrics")[1]) if "framebridge" in row}
    rows = set(re.findall(r"^\| `framebridge.*$", (OBSERVE / "README.md").read_text(), re.MULTILINE))
    missing = sorted(served - rows)
    assert not missing, "these rows are missing:\n" + "\n".join(missing)
    # Errors are counted from the first one on.
    gone = sorted(row for row in rows - served if "_errors_total" not in row)
    assert not gone, "these rows are not true:\n" + "\n".join(gone)


def queries():
    """What docker/observe's alert rules and dashboard ask Prometheus."""
    rules = re.findall(r"expr: (>\s+(?:\s{10}.*\n)+|.*)", (OBSERVE / "rules.yml").read_text())
    dashboard = json.loads((OBSERVE / "grafana" / "dashboards" / "framebridge.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [rule.removeprefix(">").strip() for rule in rules] + [each.replace("$instance", ".*").replace("$source_id", ".*") for each in panels]


def test_the_alert_rules_fire_when_they_are_to():
    tested = subprocess.run(["promtool", "test", "rules", "rules_test.yml"], cwd=OBSERVE, text=True, capture_output=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_rules_and_dashboard_ask_for_what_is_served(chain, tmp_path):
    """By a real Prometheus that scrapes the adapters: each metric that a query names is there, and each query is valid."""
    chain["kafka-redis-source"].wait_for_metric("framebridge_source_messages_sent_total", 1)
    (port,) = free_ports()
    targets = [f"127.0.0.1:{each.metrics_port}" for each in chain.values()]
    config = tmp_path / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [
        {"job_name": "framebridge", "static_configs": [{"targets": targets}]}]}))
    prometheus = Process("prometheus", ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                                        f"--web.listen-address=127.0.0.1:{port}"], tmp_path / "prometheus.log", None)

    def ask(query):
        words = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{words}", timeout=10) as reply:
            return json.load(reply)["data"]["result"]

    def scraped():
        try:
            return len(ask('up{job="framebridge"} == 1')) == len(targets)
        except OSError:
            return False

    prometheus.start()
    try:
        prometheus.wait_until(scraped, "Prometheus scraping all adapters", 60)
        names = set()
        for query in queries():
            ask(query)
            names |= set(re.findall(r"\b(?:framebridge|process)_\w+", query))
        assert len(names) > 10
        missing = [name for name in sorted(names) if not ask(name)]
        assert not missing, f"no adapter serves {missing}"
    finally:
        prometheus.kill()
