"""video-stream-source and real cameras: GStreamer's RTSP server, ffmpeg as a server of HTTP and SRT."""

import http.server
import os
import queue
import socket
import threading
import time
import urllib.error
import urllib.request

import msgpack
import pytest

from clients import Reader
from harness.cameras import FfmpegCamera, RtspCamera
from harness.processes import free_ports, wait_until

TIMES = {"connect_timeout": 3, "stall_timeout": 3, "max_reconnect_delay": 1}


class Pipeline:
    """What the adapter's frames come to: it reads while it is there, and acknowledges."""

    def __init__(self, folder):
        self.endpoint = f"ipc://{folder}/pipeline.ipc"
        self._messages = queue.Queue()
        self._gone = threading.Event()
        self.come()

    def come(self):
        self._gone.clear()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def go_away(self):
        self._gone.set()
        self._thread.join()

    def _read(self):
        reader = Reader(self.endpoint)
        while not self._gone.is_set():
            if reader.socket.poll(100):
                self._messages.put(reader.receive())
        reader.close()

    def receive(self, timeout=30.0):
        """A message's head, with the frame's bytes as `frame`."""
        topic, message, parts = self.receive_parts(timeout)
        assert topic == b"cam-1"
        return {**msgpack.unpackb(message), "frame": b"".join(parts)}

    def receive_parts(self, timeout=30.0):
        try:
            return self._messages.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no message within {timeout:g} s") from None

    def frames(self, count, timeout=30.0):
        """The next frames; ends of stream between them are an error."""
        messages = [self.receive(timeout) for _ in range(count)]
        assert [message["kind"] for message in messages] == ["video_frame"] * count
        return messages

    def until_end_of_stream(self, timeout=30.0):
        messages = []
        while not messages or messages[-1]["kind"] != "end_of_stream":
            messages.append(self.receive(timeout))
        return messages


@pytest.fixture
def pipeline(tmp_path):
    made = Pipeline(tmp_path)
    yield made
    made.go_away()


@pytest.fixture
def camera(tmp_path):
    """camera(RtspCamera, size=...): a camera that is gone at the end of the test."""
    made = []

    def start(kind, *arguments, **options):
        made.append(kind(tmp_path, *arguments, **options))
        return made[-1].start()

    yield start
    for process in made:
        process.kill()


@pytest.fixture
def source(adapter, pipeline):
    """source(url, ...): the adapter; it is stopped while its pipeline is still there."""
    started = []

    def start(url, **options):
        started.append(adapter("video-stream-source", **{
            "url": url, "source_id": "cam-1", "zmq_endpoint": f"dealer+connect:{pipeline.endpoint}", **TIMES, **options}))
        return started[-1]

    yield start
    for process in started:
        if process.running:
            process.stop()


def answer(source, page):
    """(status, text) of one of its pages."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{source.metrics_port}{page}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""  # not listening yet


def wait_for_reason(source, words, timeout=10.0):
    """Its health says that, in one sentence, and it is not ready."""
    wait_until(lambda: words in answer(source, "/health")[1], f"health saying {words!r}; it says: {answer(source, '/health')}", timeout)
    status, text = answer(source, "/readyz")
    assert status == 503 and len([line for line in text.splitlines() if "cam-1" in line]) == 1


def wait_until_ready(source, timeout=20.0):
    wait_until(lambda: answer(source, "/readyz")[0] == 200, "the source being ready", timeout)


def assert_one_stream(frames, size=(320, 240)):
    """In order, from a keyframe on, at the pace of 25 frames/s."""
    assert frames[0]["keyframe"]
    assert [frame["sequence_number"] for frame in frames] == list(range(1, len(frames) + 1))
    times = [frame.get("dts", frame["pts"]) for frame in frames]
    assert times == sorted(set(times))
    assert all((frame["width"], frame["height"]) == size for frame in frames)
    numerator, denominator = frames[0]["time_base"]
    assert (times[-1] - times[0]) * numerator / denominator == pytest.approx((len(frames) - 1) / 25, rel=0.25)


def test_an_http_ts_camera_goes_away_and_comes_back(camera, source, pipeline):
    server = camera(FfmpegCamera)
    process = source(server.url)
    first = pipeline.frames(30)
    assert_one_stream(first)
    assert all(frame["frame"].startswith(b"\0\0") for frame in first)
    wait_until_ready(process)
    now = time.time_ns()
    assert abs(now - first[-1]["creation_time_ns"]) < 5e9

    server.kill()
    rest = pipeline.until_end_of_stream()
    assert rest[-1]["sequence_number"] == rest[-2]["sequence_number"] + 1 if len(rest) > 1 else 31
    wait_for_reason(process, "Connection refused")
    assert process.metric("framebridge_stream_source_camera_up") == 0

    server.restart(size=(640, 360))
    second = pipeline.frames(20)
    assert_one_stream(second, size=(640, 360))
    assert second[0]["pts"] > first[-1]["pts"]
    wait_until_ready(process)
    assert process.metric("framebridge_stream_source_camera_up") == 1
    assert process.metric("framebridge_stream_source_reconnects_total") >= 1
    process.stop()


def test_an_rtsp_camera(camera, source, pipeline):
    server = camera(RtspCamera)
    process = source(server.url)
    assert_one_stream(pipeline.frames(30))
    process.stop()
    messages = pipeline.until_end_of_stream()
    assert messages[-1]["kind"] == "end_of_stream"
    assert process.metric is not None and "stopped: sent" in process.log


@pytest.mark.long
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_an_rtsp_camera_killed_restarted_with_another_size_and_frozen(transport, camera, source, pipeline):
    server = camera(RtspCamera)
    process = source(server.url, rtsp_transport=transport)
    assert_one_stream(pipeline.frames(25))
    server.restart(size=(640, 480))
    pipeline.until_end_of_stream()
    assert_one_stream(pipeline.frames(25), size=(640, 480))
    server.freeze()
    frozen = time.monotonic()
    wait_for_reason(process, "--stall-timeout")
    assert time.monotonic() - frozen < 10
    pipeline.until_end_of_stream()
    assert process.metric("framebridge_stream_source_stalls_total") == 1
    server.thaw()
    assert_one_stream(pipeline.frames(25), size=(640, 480))
    wait_until_ready(process)
    process.stop()


@pytest.mark.long
def test_b_frames_from_rtsp(camera, source, pipeline):
    server = camera(RtspCamera, b_frames=2)
    source(server.url)
    frames = pipeline.frames(40)
    assert frames[0]["keyframe"]
    times = [frame["pts"] for frame in frames]
    assert times != sorted(times) and len(set(times)) == len(times)
    decoding = [frame["dts"] for frame in frames if "dts" in frame]
    assert decoding == sorted(decoding)
    assert all(frame["dts"] <= frame["pts"] for frame in frames if "dts" in frame)


@pytest.mark.long
@pytest.mark.parametrize("protocol, format", [("http", "flv"), ("http", "mpjpeg"), ("srt", "mpegts")])
def test_other_cameras_killed_and_restarted(protocol, format, camera, source, pipeline):
    server = camera(FfmpegCamera, protocol, format)
    process = source(server.url)
    assert_one_stream(pipeline.frames(25))
    wait_until_ready(process)
    server.kill()
    pipeline.until_end_of_stream()
    server.restart(size=(480, 270))
    assert_one_stream(pipeline.frames(25), size=(480, 270))
    process.stop()


@pytest.mark.long
@pytest.mark.parametrize("protocol, format", [("http", "mpegts"), ("http", "flv"), ("http", "mpjpeg"), ("srt", "mpegts")])
def test_a_frozen_server_is_noticed(protocol, format, camera, source, pipeline):
    server = camera(FfmpegCamera, protocol, format)
    process = source(server.url)
    pipeline.frames(10)
    wait_until_ready(process)
    server.freeze()
    wait_until(lambda: answer(process, "/readyz")[0] == 503, "not ready", 10)
    pipeline.until_end_of_stream()
    server.restart()
    assert_one_stream(pipeline.frames(10))


@pytest.mark.long
@pytest.mark.parametrize("password", ["s3cret:/@word", ""])
def test_a_password_is_used_and_never_shown(password, camera, source, pipeline, tmp_path):
    right = "s3cret:/@word"
    server = camera(RtspCamera, credentials=("viewer", right))
    secret = tmp_path / "password"
    secret.write_text((password or "wr0ng-one") + "\n")
    process = source(server.url, username="viewer", password_file=secret, log_level="trace")
    if password:
        assert_one_stream(pipeline.frames(10))
    else:
        wait_for_reason(process, "401 Unauthorized")
    pages = "".join(answer(process, page)[1] for page in ("/health", "/status", "/metrics", "/"))
    for text in (right, "wr0ng-one", "s3cret"):
        assert text not in process.log and text not in pages
    process.stop()


@pytest.mark.long
def test_a_password_in_the_address_is_never_shown(source, pipeline):
    (port,) = free_ports()
    process = source(None, environment={"RTSP_URI": f"http://viewer:s3cret@127.0.0.1:{port}/live?token=t0ken"}, log_level="trace")
    wait_for_reason(process, "Connection refused")
    pages = "".join(answer(process, page)[1] for page in ("/health", "/status", "/metrics", "/"))
    for text in ("s3cret", "t0ken"):
        assert text not in process.log and text not in pages


class Listener:
    """Accepts connections, answers each with `bytes` (b"" for silence), and counts them."""

    def __init__(self, reply=b"", repeat=1):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.reply, self.repeat, self.connections = reply, repeat, []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        try:
            connection.recv(4096)
            for _ in range(self.repeat):
                connection.sendall(self.reply)
            if self.reply:
                connection.close()
        except OSError:
            pass

    def close(self):
        self.socket.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def listener():
    made = []

    def listen(*arguments, **options):
        made.append(Listener(*arguments, **options))
        return made[-1]

    yield listen
    for server in made:
        server.close()


@pytest.mark.long
@pytest.mark.parametrize("scheme, reply", [
    ("http", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"),
    ("rtsp", "RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:{port}/\r\n\r\n"),
])
def test_a_redirection_is_not_followed(scheme, reply, source, listener):
    elsewhere = listener()
    server = listener(reply.format(port=elsewhere.port).encode())
    process = source(f"{scheme}://127.0.0.1:{server.port}/live")
    wait_for_reason(process, "sends to another address")
    assert len(server.connections) >= 1 and elsewhere.connections == []


@pytest.mark.long
def test_a_playlist_opens_nothing(source, listener):
    elsewhere = listener()
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:{elsewhere.port}/a.ts\n".encode()
    server = listener(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: %d\r\n\r\n" % len(playlist)
                      + playlist)
    process = source(f"http://127.0.0.1:{server.port}/live.m3u8")
    wait_until(lambda: len(server.connections) >= 2, "another attempt")
    assert elsewhere.connections == [] and process.running


@pytest.mark.long
@pytest.mark.parametrize("reply", [b"", b"garbage", os.urandom(1 << 16), b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(1 << 16),
                                   b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n--b\r\n"
                                   b"Content-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n" + b"x" * (1 << 20),
                                   b"HTTP/1.1 200 OK\r\n\r\nFLV\1\1\0\0\0\11\0\0\0\0\t\xff\xff\xff" + os.urandom(1 << 16),
                                   b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 2000000000\r\n\r\n" + b"v=0\r\n" * 1000],
                         ids=["silence", "words", "noise", "noise as http", "huge jpeg", "broken flv", "huge rtsp answer"])
@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_what_a_hostile_server_sends_only_means_another_attempt(scheme, reply, source, listener):
    server = listener(reply, repeat=32)
    process = source(f"{scheme}://127.0.0.1:{server.port}/live", max_frame_bytes="8MiB")
    wait_for_reason(process, "cam-1")
    wait_until(lambda: len(server.connections) >= 3, "a third attempt", 40)
    assert process.running
    assert process.metric("process_resident_memory_bytes") < 200e6
    process.stop()


@pytest.mark.long
@pytest.mark.parametrize("when_slow", ["drop", "block"])
def test_a_pipeline_that_is_slow(when_slow, camera, source, pipeline, adapter, tmp_path):
    server = camera(FfmpegCamera)
    pipeline.go_away()
    process = source(server.url, slow_pipeline=when_slow, queue_size=20, zmq_send_hwm=5)
    process.wait_for_metric("framebridge_stream_source_received_frames_total", 26)
    if when_slow == "drop":
        process.wait_for_metric("framebridge_stream_source_dropped_frames_total", 50)
    else:
        wait_until(lambda: "takes no messages" in answer(process, "/health")[1], "health naming the pipeline", 15)
    assert process.metric("framebridge_stream_source_waiting_frames") == 20
    pipeline.come()
    frames = pipeline.frames(60)
    assert frames[0]["keyframe"]
    for before, after in zip(frames, frames[1:]):
        if after["pts"] - before["pts"] != frames[1]["pts"] - frames[0]["pts"]:
            assert after["keyframe"]
    if when_slow == "block":
        assert process.metric("framebridge_stream_source_dropped_frames_total") == 0
    process.stop()


@pytest.mark.long
def test_absolute_times(camera, source, pipeline):
    server = camera(FfmpegCamera)
    source(server.url, pts="absolute")
    frame = pipeline.frames(20)[-1]
    numerator, denominator = frame["time_base"]
    assert frame["pts"] * numerator / denominator == pytest.approx(time.time(), abs=5)
    assert frame["creation_time_ns"] / 1e9 == pytest.approx(time.time(), abs=5)


@pytest.mark.long
def test_savants_messages(camera, source, pipeline):
    server = camera(RtspCamera)
    source(server.url, format="savant")
    topic, _, parts = pipeline.receive_parts()
    assert topic == b"cam-1" and len(parts) == 1


@pytest.mark.long
@pytest.mark.parametrize("camera_is", ["silent", "away"])
def test_sigterm_ends_it_while_camera_and_pipeline_are_away(camera_is, source, listener, pipeline):
    pipeline.go_away()
    url = f"rtsp://127.0.0.1:{listener().port}/live" if camera_is == "silent" else "rtsp://192.0.2.1/live"
    process = source(url, connect_timeout=60, shutdown_timeout=4)
    process.wait_for_log("sending at")
    begin = time.monotonic()
    assert process.terminate(30) == 0
    assert time.monotonic() - begin < 5


@pytest.mark.long
def test_a_device_that_is_not_there(source):
    process = source("/dev/video-none")
    wait_for_reason(process, "/dev/video-none")
    process.stop()


@pytest.mark.long
def test_wrong_settings_are_said_all_at_once(adapter):
    process = adapter("video-stream-source", url="ftp://viewer:s3cret@camera/live", source_id="cam-1", password="s3cret",
                      zmq_endpoint="dealer+connect:ipc:///tmp/none.ipc")
    assert process.wait() == 78
    assert "--url" in process.log and "--password" in process.log and "s3cret" not in process.log


# http.server is the server of nothing here: a camera that answers 404.
class NotFound(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.mark.long
def test_a_wrong_path_is_said(source):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), NotFound) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        process = source(f"http://127.0.0.1:{server.server_address[1]}/nowhere")
        wait_for_reason(process, "404 Not Found")
        server.shutdown()
