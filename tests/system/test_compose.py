"""docker/compose.yaml on a Docker Engine: a video's whole way through its containers, each of which crashes, stops and pauses.

Takes the images that docker/local_images.sh makes, or those of FRAMEBRIDGE_COMPOSE_ENV (a file of compose's variables; `registry`:
those that compose.yaml names). docker/test.sh runs it where there is no engine yet."""

import hashlib
import json
import os
import subprocess
import time
import urllib.request

import pytest
from conftest import BIKES
from harness import video
from harness.compose import COMPOSE_FILE, PROJECT, Compose, compose_command, revision, run
from harness.processes import wait_until

pytestmark = [pytest.mark.long,
              pytest.mark.skipif(compose_command() is None, reason="there is no Docker Engine that answers, with compose")]

CAMERAS = ("cam-1", "cam-2")
SINK, SOURCES, PLAYER, WRITER = "kafka-redis-sink", ("kafka-redis-source", "kafka-redis-source-2"), "video-file-source", "video-file-sink"
ADAPTERS = (SINK, *SOURCES, PLAYER, WRITER)


@pytest.fixture(scope="module")
def env_file(tmp_path_factory):
    """A file of compose's variables, with the images made."""
    path = tmp_path_factory.mktemp("compose") / "env"
    wanted = os.environ.get("FRAMEBRIDGE_COMPOSE_ENV")
    path.write_text("" if wanted == "registry" else open(wanted).read() if wanted else run(PROJECT / "docker" / "local_images.sh"))
    images = [f"framebridge:{target}" for target in ("slim", "all")]
    labels = [run("docker", "image", "inspect", "--format", '{{index .Config.Labels "org.opencontainers.image.revision"}}', image,
                  check=False).strip() for image in images]
    if labels != [revision()] * 2:
        Compose(path.parent, path)("build")
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A short clip where compose.yaml looks for one, so that rounds are short."""
    folder = tmp_path_factory.mktemp("videos")
    folder.chmod(0o755)
    return video.make_clip(folder / "bikes.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25", rate="25", frames=75)


_verdicts = {}


def is_whole(file, original):
    """Equal pictures, times and keyframes; files of equal bytes are compared once."""
    key = (hashlib.sha256(file.read_bytes()).digest(), original)
    if key not in _verdicts:
        _verdicts[key] = not video.differences(original, file)
    return _verdicts[key]


def wait_for_rounds(compose, count, timeout=300):
    """Until so many more files of each camera are complete; returns the newest ones."""
    wanted = {camera: len(compose.files(camera)) + count for camera in CAMERAS}
    wait_until(lambda: all(len(compose.files(camera)) >= number for camera, number in wanted.items()),
               f"{count} more rounds of each camera", timeout, interval=0.5)
    return [compose.files(camera)[-1] for camera in CAMERAS]


def leftovers(project):
    """What Docker still has of a project."""
    label = f"label=com.docker.compose.project={project}"
    return {kind: run("docker", *words, "--filter", label, "--quiet").split()
            for kind, words in {"containers": ["ps", "--all"], "volumes": ["volume", "ls"], "networks": ["network", "ls"]}.items()}


def test_images(env_file):
    for target in ("slim", "all"):
        image = f"framebridge:{target}"
        (facts,) = json.loads(run("docker", "image", "inspect", image))
        config = facts["Config"]
        print(f"{image}: {facts['Size'] / 1e6:.0f} MB")
        assert config["User"] == "10001:10001"
        assert config["Healthcheck"]["Test"] == ["CMD", "kafka-redis-sink", "--check-health"]
        assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
        assert config["Labels"]["org.opencontainers.image.revision"] == revision()

        def inside(*command, image=image):
            return run("docker", "run", "--rm", "--read-only", "--cap-drop=ALL", "--network=none", image, *command)
        assert revision() in inside("kafka-redis-sink", "--version")
        assert inside("cat", "/usr/share/doc/framebridge/LICENSE") == (PROJECT / "LICENSE").read_text()
        assert inside("id", "-u").strip() == "10001"
        programs = set(inside("ls", "/usr/local/bin").split())
        assert programs == {SINK, "kafka-redis-source"} | ({PLAYER, WRITER, "video-stream-source", "kafka-redis-inspect"} if target == "all" else set())
        packages = inside("dpkg-query", "--show", "--showformat", "${Package}\n")
        assert ("libavcodec" in packages) == (target == "all")


def test_a_second_build_compiles_nothing(env_file, tmp_path):
    """Not even after a run that has left files in the output folder."""
    output = PROJECT / "output" / "left-by-a-run"
    def layers():
        return run("docker", "image", "inspect", "--format", "{{.RootFS.Layers}}", "framebridge:slim", "framebridge:all")
    before = layers()
    made = not output.parent.exists()
    output.parent.mkdir(exist_ok=True)
    output.write_text("")
    start = time.monotonic()
    try:
        Compose(tmp_path, env_file)("build")
    finally:
        output.unlink()
        if made:
            output.parent.rmdir()
    assert time.monotonic() - start < 120
    assert layers() == before


def test_the_demo_carries_its_clip(env_file, tmp_path):
    """With the bundled clip, by two sources of one group; `down` leaves nothing."""
    volumes = run("docker", "volume", "ls", "--quiet")
    with Compose(tmp_path, env_file) as compose:
        start = time.monotonic()
        compose.up()
        wait_until(lambda: compose.metric(WRITER, "framebridge_video_sink_frames_total"), "the first frame", 180)
        print(f"first frame {time.monotonic() - start:.1f} s after up")
        for file in wait_for_rounds(compose, 1):
            video.assert_same_video(BIKES, file)
        assert all(compose.metric(source, "framebridge_up", part="Kafka") == 1 for source in SOURCES)
        # Both sources have their share of the four partitions.
        assert all(compose.metric(source, "framebridge_source_lag_records") is not None for source in SOURCES)
        with urllib.request.urlopen(compose.wall + "/events", timeout=10) as reply:
            shown = reply.read().decode()
        assert all(f'"id":"{camera}"' in shown for camera in CAMERAS), shown
        for adapter in ADAPTERS:
            facts = compose.inspect(adapter)
            assert facts["Config"]["User"] == "10001:10001"
            assert facts["HostConfig"]["ReadonlyRootfs"] and facts["HostConfig"]["CapDrop"] == ["ALL"]
            assert facts["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5}
            assert facts["RestartCount"] == 0, compose.log(adapter)
        for service in (*ADAPTERS, "kafka", "keydb"):
            wait_until(lambda service=service: compose.state(service)["Health"]["Status"] == "healthy", f"{service} being healthy", 60)
        compose("down")
        assert leftovers(compose.project) == {"containers": [], "volumes": [], "networks": []}
    assert run("docker", "volume", "ls", "--quiet") == volumes


@pytest.fixture(scope="module")
def demo(env_file, clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    with Compose(folder, env_file, VIDEO_DIR=clip.parent, LOOP_COUNT=100_000) as compose:
        compose.up()
        wait_for_rounds(compose, 1)
        compose.wait_for_ready(*ADAPTERS)
        compose.begun = time.time()
        yield compose


def crash_and_wait(compose, service):
    before = compose.inspect(service)["RestartCount"]
    compose.crash(service)
    wait_until(lambda: compose.inspect(service)["RestartCount"] > before and compose.state(service)["Running"],
               f"Docker starting {service} again", 60)


def wait_for_complaint(compose, service, part, timeout=30):
    """Until /readyz of a service names a part; then its gauge must be 0. Prints how long that took."""
    start = time.monotonic()
    def complains():
        status, text = compose.page(service, "/readyz")
        return status == 503 and part.lower() in text.lower() and text
    text = wait_until(complains, f"{service} saying that {part} is away", timeout, interval=0.2)
    print(f"{service} after {time.monotonic() - start:.1f} s: {text.strip()}")
    gauge = {"Kafka": "Kafka", "store": "store store:6379:0", "pipeline": "pipeline"}[part]
    assert compose.metric(service, "framebridge_up", part=gauge) == 0
    return text


# What is away -> the adapters that have to say so, with the part they name, and those that must not complain.
EXPECTED = {
    "kafka": ([(SINK, "Kafka"), (SOURCES[0], "Kafka"), (SOURCES[1], "Kafka")], [WRITER]),
    "keydb": ([(SINK, "store")], [WRITER]),
    SINK: ([], [*SOURCES, WRITER]),
    SOURCES[0]: ([], [SINK, PLAYER, WRITER]),
    SOURCES[1]: ([], [SINK, PLAYER, WRITER]),
    PLAYER: ([], [SINK, *SOURCES, WRITER]),
    WRITER: ([], [SINK, PLAYER]),
}
# Stopped, a peer's connection ends, and its queue is full soon; paused, the kernel's buffers take frames for long.
STOPPED = {SINK: [(PLAYER, "pipeline")]}
# Where no frame may be missing, whatever was in flight. A store that is started anew is empty; a DEALER that is killed, or whose
# peer ends, loses what is on its way (README: what is guaranteed).
LOSSLESS = {("kafka", "crash"), ("kafka", "stop"), ("kafka", "pause"), ("keydb", "pause"), (SINK, "pause"), (PLAYER, "pause"),
            (WRITER, "pause"), *((source, action) for source in SOURCES for action in ("crash", "stop", "pause"))}


def complain(compose, service, action):
    says, silent = EXPECTED[service]
    for adapter, part in says + (STOPPED.get(service, []) if action == "stop" else []):
        text = wait_for_complaint(compose, adapter, part)
        others = {"Kafka", "store", "pipeline"} - {part}
        assert adapter == PLAYER or not any(line.startswith(other) for line in text.splitlines() for other in others), text
    for adapter in silent:
        status, text = compose.page(adapter, "/readyz")
        assert status == 200, f"{adapter} complains while {service} is away: {text}"
    if not says:
        assert compose.page(service, "/livez")[0] == 0


@pytest.mark.parametrize("action", ["crash", "stop", "pause"])
@pytest.mark.parametrize("service", EXPECTED)
def test_video_survives(demo, clip, service, action):
    known = {camera: len(demo.files(camera)) for camera in CAMERAS}
    start = time.monotonic()
    if action == "crash":
        crash_and_wait(demo, service)
    elif action == "stop":
        demo("stop", "--timeout", "20", service)
        complain(demo, service, action)
        demo("start", service)
    else:
        demo("pause", service)
        complain(demo, service, action)
        demo("unpause", service)
    demo.wait_for_ready(*ADAPTERS)
    # The first of these may have begun before all was well again.
    newest = wait_for_rounds(demo, 3)
    print(f"{service}, {action}: video again within {time.monotonic() - start:.1f} s")
    for file in newest:
        assert is_whole(file, clip), video.differences(clip, file)
    since = [file for camera in CAMERAS for file in demo.files(camera)[known[camera]:]]
    damaged = [file.name for file in since if not is_whole(file, clip)]
    print(f"{len(since)} files, not whole: {damaged}")
    if (service, action) in LOSSLESS:
        assert not damaged


def test_a_wrong_setting_is_not_tried_for_ever(env_file, tmp_path):
    with Compose(tmp_path, env_file, REPLICATION_FACTOR="three") as compose:
        compose.up(SINK)
        def given_up():
            facts = compose.inspect(SINK)
            return facts["RestartCount"] == 5 and facts["State"]["Status"] == "exited" and facts
        facts = wait_until(given_up, "Docker giving up", 60)
        assert facts["State"]["ExitCode"] == 78
        assert "KAFKA_CREATE_TOPIC_REPLICATION_FACTOR" in compose.log(SINK)


def test_more_sources_by_scale(env_file, clip, tmp_path):
    with Compose(tmp_path, env_file, "kafka-only", VIDEO_DIR=clip.parent, LOOP_COUNT=100_000) as compose:
        compose.up("--scale", "kafka-redis-source=2")
        assert len(compose.containers("kafka-redis-source")) == 2
        for file in wait_for_rounds(compose, 2):
            video.assert_same_video(clip, file)


@pytest.mark.parametrize("profile, variables", [("redis", {}), ("cluster", {"REPLICATION_FACTOR": 3})], ids=["redis", "cluster"])
def test_other_profiles(env_file, clip, tmp_path, profile, variables):
    with Compose(tmp_path, env_file, profile, VIDEO_DIR=clip.parent, LOOP_COUNT=100_000, **variables) as compose:
        compose.up()
        wait_for_rounds(compose, 2)
        for camera in ("cam-1", "cam-2", "cam-3", "cam-4")[:4 if profile == "cluster" else 2]:
            wait_until(lambda camera=camera: compose.files(camera), f"a file of {camera}", 120)
            video.assert_same_video(clip, compose.files(camera)[-1])


def test_prometheus_asks_every_adapter(env_file, clip, tmp_path):
    """Grafana has no stand-in: without a registry of images it stays out."""
    with Compose(tmp_path, env_file, "keydb", "observe", VIDEO_DIR=clip.parent, LOOP_COUNT=100_000) as compose:
        compose.up(*(service for service in compose("config", "--services").split() if service != "grafana"))
        def query(expression):
            with urllib.request.urlopen(f"{compose.prometheus}/api/v1/query?query={expression}", timeout=10) as reply:
                return json.load(reply)["data"]["result"]
        def all_up():
            try:
                return len(query("up==1")) == len(ADAPTERS)
            except OSError:
                return False
        wait_until(all_up, "Prometheus reaching all adapters", 120, interval=1)
        with urllib.request.urlopen(f"{compose.prometheus}/api/v1/rules", timeout=10) as reply:
            assert json.load(reply)["data"]["groups"], "the alert rules are not read"


def test_nothing_has_to_be_set(tmp_path):
    """compose.yaml without a variable: the bundled clip, and output/ in the project."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    for words in (["config", "--quiet"], ["down"]):
        result = subprocess.run([*compose_command(), "-f", str(COMPOSE_FILE), "-p", f"framebridge-empty-{os.getpid()}", *words],
                                env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0 and "variable is not set" not in result.stderr, result.stderr
    text = run(*compose_command(), "-f", COMPOSE_FILE, "config", environment=environment)
    assert str(BIKES.parent) in text and str(PROJECT / "output") in text
