"""video-file-source and video-file-sink beside each other: metadata files, Savant's settings, folders, exit codes."""

import http.server
import json
import os
import re
import threading
import time

import msgpack
import pytest
import zmq

import clients
from conftest import BIKES
from harness import video
from harness.processes import wait_until


def jpegs(folder, frames=10):
    video.make_clip(folder / "picture%03d.jpg", "-q:v", "5", size="64x48", rate="25", frames=frames)
    return [path.read_bytes() for path in sorted(folder.glob("picture*.jpg"))]


@pytest.fixture
def endpoint(tmp_path):
    return f"ipc://{tmp_path}/video.ipc"


@pytest.fixture
def sink(adapter, endpoint, tmp_path):
    """sink(output_dir="out", ...): a video-file-sink that listens."""
    def start(output_dir=None, exit_after_eos=1, **options):
        process = adapter("video-file-sink", zmq_endpoint=f"router+bind:{endpoint}", output_dir=output_dir or tmp_path / "out",
                          exit_after_eos=exit_after_eos, **options)
        process.wait_for_log("receiving at")
        return process
    return start


@pytest.fixture
def play(adapter, endpoint):
    """play(source="cam=clip.mp4", ...): runs a video-file-source to its end."""
    def run(code=0, environment=None, **options):
        process = adapter("video-file-source", environment=environment, zmq_endpoint=f"dealer+connect:{endpoint}", **options)
        assert process.wait(120) == code, process.log[-4000:]
        return process
    return run


def received(adapter, tmp_path, **options):
    """What a video-file-source sends until its first end of stream: [(message, bytes)]."""
    reader = clients.Reader(f"ipc://{tmp_path}/played.ipc")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/played.ipc", **options)
    messages = []
    try:
        while True:
            _, message, parts = reader.receive()
            if not parts:
                break
            messages.append((message, b"".join(parts)))
        source.finish()
    finally:
        reader.close()
    return messages


def native_end(source_id, number):
    return msgpack.packb({"framebridge": 1, "kind": "end_of_stream", "source_id": source_id, "sequence_number": number})


def record(endpoint, messages, end):
    writer = clients.Writer(endpoint)
    for message, *parts in messages:
        writer.send("cam", message, *parts)
    writer.send("cam", end)
    writer.wait_for_ack()
    writer.close()


def native_frames(pictures, **more):
    return [(clients.native_frame("cam", {"kind": "attached"}, number + 1, codec="jpeg", framerate="25/1", width=64, height=48,
                                  **{key: value(number) for key, value in more.items()}), picture)
            for number, picture in enumerate(pictures)]


def test_native_metadata_makes_the_round_trip(sink, adapter, endpoint, tmp_path):
    def objects(number):
        return [{"id": 1, "label": "person", "box": [number, 2, 30, 40], "confidence": 0.75}] if number % 2 else []
    frames = native_frames(jpegs(tmp_path), objects=objects, attributes=lambda number: {"place": f"gate {number}"},
                           acme_raw=lambda number: bytes([number, 255]))
    process = sink(metadata="always")
    record(endpoint, frames, native_end("cam", 11))
    process.finish()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cam_0001.json", "cam_0001.mp4"]
    lines = [json.loads(line) for line in (tmp_path / "out" / "cam_0001.json").read_text().splitlines()]
    assert [line["sequence_number"] for line in lines] == list(range(1, 11))
    assert [line["content"]["size"] for line in lines] == [len(picture) for _, picture in frames]

    played = received(adapter, tmp_path, source=f"again={tmp_path}/out/cam_0001.mp4", read_metadata=True)
    assert [content for _, content in played] == [picture for _, picture in frames]
    for number, (message, _) in enumerate(played):
        frame, original = msgpack.unpackb(message), msgpack.unpackb(frames[number][0])
        assert frame["source_id"] == "again" and frame["uuid"] != original["uuid"]
        assert frame.get("objects", []) == original["objects"]
        assert frame["attributes"]["place"] == f"gate {number}" and frame["acme_raw"] == bytes([number, 255])


def test_savant_metadata_makes_the_round_trip(sink, adapter, endpoint, tmp_path):
    from savant_rs.match_query import MatchQuery
    from savant_rs.primitives import (Attribute, AttributeValue, EndOfStream, IdCollisionResolutionPolicy, VideoFrame,
                                      VideoFrameContent, VideoObject)
    from savant_rs.primitives.geometry import Point, RBBox
    from savant_rs.utils.serialization import Message, load_message_from_bytes, save_message_to_bytes

    def persistent(namespace, name, *values):
        return Attribute(namespace=namespace, name=name, values=list(values), hint="a hint", is_persistent=True)

    def make_frame(number):
        frame = VideoFrame(source_id="cam", framerate="25/1", width=64, height=48, codec="jpeg", keyframe=True, pts=number,
                           content=VideoFrameContent.external("zeromq", None), time_base=(1, 25), duration=1)
        frame.set_attribute(persistent(
            "place", "gate", AttributeValue.string("north", confidence=0.5), AttributeValue.integer(number),
            AttributeValue.float(0.25), AttributeValue.boolean(True), AttributeValue.bytes([2], bytes([number, 255])),
            AttributeValue.integers([1, 2]), AttributeValue.floats([1.0, 2.5]), AttributeValue.strings(["a", "b"]),
            AttributeValue.booleans([True, False]), AttributeValue.bbox(RBBox(1.5, 2.5, 3.0, 4.0, None)),
            AttributeValue.point(Point(1.0, 2.0))))
        frame.add_object(VideoObject(id=3, namespace="detector", label="person", confidence=0.75, track_id=9,
                                     detection_box=RBBox(10.1, 20.3, 7.7, 9.9, 15.5), track_box=RBBox(1, 2, 3, 4, None),
                                     attributes=[persistent("reid", "name", AttributeValue.string(f"n{number}"))]),
                         IdCollisionResolutionPolicy.Error)
        frame.add_object(VideoObject(id=4, namespace="detector", label="face", confidence=None, track_id=None, track_box=None,
                                     detection_box=RBBox(5, 6, 1, 1, None), attributes=[]), IdCollisionResolutionPolicy.Error)
        frame.set_parent_by_id(4, 3)
        return frame

    def facts(frame):
        def values(attribute):
            return [(str(value.value_type), value.confidence, value.json) for value in attribute.values]

        def attributes(owner):
            return {(space, name): (values(owner.get_attribute(space, name)), owner.get_attribute(space, name).hint)
                    for space, name in owner.attributes if space not in ("framebridge", "default")}

        def box(each):
            return each and (each.xc, each.yc, each.width, each.height, each.angle)
        objects = {each.id: (each.namespace, each.label, each.confidence, each.track_id, box(each.detection_box),
                             box(each.track_box), attributes(each)) for each in frame.access_objects(MatchQuery.idle())}
        children = {each.id: [child.id for child in frame.get_children(each.id)]
                    for each in frame.access_objects(MatchQuery.idle())}
        return attributes(frame), objects, children, frame.creation_timestamp_ns

    pictures = jpegs(tmp_path, frames=4)
    originals = [make_frame(number) for number in range(4)]
    process = sink(metadata="always")
    record(endpoint, [(bytes(save_message_to_bytes(Message.video_frame(frame))), picture)
                      for frame, picture in zip(originals, pictures)],
           bytes(save_message_to_bytes(Message.end_of_stream(EndOfStream("cam")))))
    process.finish()
    played = received(adapter, tmp_path, source=f"again={tmp_path}/out/cam_0001.mp4", read_metadata=True, format="savant")
    assert [content for _, content in played] == pictures
    for original, (message, _) in zip(originals, played):
        frame = load_message_from_bytes(message).as_video_frame()
        assert facts(frame) == facts(original)
        assert frame.source_id == "again" and frame.uuid != original.uuid


def test_missing_frames_are_told_with_their_seconds(sink, endpoint, tmp_path):
    frames = native_frames(jpegs(tmp_path, frames=20))
    without_bytes = [(message,) if number == 15 else (message, picture) for number, (message, picture) in enumerate(frames)]
    process = sink(metadata="always")
    writer = clients.Writer(endpoint)
    for number, (message, *parts) in enumerate(without_bytes):
        if number not in (5, 6, 7):
            writer.send("cam", message, *parts)
    writer.send("cam", native_end("cam", 21))
    process.finish()
    writer.close()
    lines = [json.loads(line) for line in (tmp_path / "out" / "cam_0001.json").read_text().splitlines()]
    gaps = [line for line in lines if line["kind"] == "missing"]
    assert [(gap["frames"], round(gap["from"], 2), round(gap["to"], 2)) for gap in gaps] == [(3, 0.16, 0.32), (1, 0.56, 0.64)]
    assert len(lines) == 16 + 2
    last = process.log.splitlines()[-1]
    assert "4 frames are missing: cam_0001.mp4 at 0.16-0.32 s, 0.56-0.64 s" in last


# Savant's settings.

def test_a_location_as_of_savants_sinks(sink, play, tmp_path):
    location = tmp_path / "out" / "%source_id" / "%src_filename"
    process = sink(output_dir=location, container="mov", chunk_frames=100, exit_after_eos=1)
    play(source=f"cam={BIKES}")
    process.finish()
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    chunks = sorted({name.split("/")[2] for name in names})
    assert names == [f"cam/bikes/{chunk}/{name}" for chunk in chunks for name in ("metadata.json", "video.mov")]
    assert chunks[0] == "00000000" and len(chunks) > 1
    frames = sum(len((tmp_path / "out/cam/bikes" / chunk / "metadata.json").read_text().splitlines()) for chunk in chunks)
    assert frames == 250


def test_savants_location_without_chunks(sink, play, tmp_path):
    process = sink(output_dir=tmp_path / "%source_id-%src_filename", exit_after_eos=2)
    play(environment={"SOURCE_ID": "cam", "LOCATION": str(BIKES)}, loop_count=2)
    process.finish()
    folder = tmp_path / "cam-bikes"
    assert sorted(path.name for path in folder.iterdir()) == ["metadata.json", "metadata_0002.json", "video.mp4", "video_0002.mp4"]
    video.assert_same_video(BIKES, folder / "video.mp4")


@pytest.fixture
def web(tmp_path):
    """Serves a folder by HTTP."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_location_by_http_and_no_credentials_in_messages(web, adapter, tmp_path):
    folder, url = web
    video.make_clip(folder / "clip.ts", "-c:v", "libx264", "-preset", "ultrafast", frames=10)
    messages = received(adapter, tmp_path, environment={"SOURCE_ID": "cam", "LOCATION": url.replace("//", "//me:secret@") + "/clip.ts?token=1"})
    assert len(messages) == 10
    assert {msgpack.unpackb(message)["attributes"]["location"] for message, _ in messages} == {url + "/clip.ts"}
    process = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/nobody.ipc", source=f"cam={url}/none.mp4")
    assert process.wait(60) == 65


def test_images_are_one_stream_by_a_framerate(adapter, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    pictures = jpegs(folder, frames=5)
    paths = sorted(folder.glob("*.jpg"))
    for age, path in enumerate(paths):
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    by_name = received(adapter, tmp_path, source=f"cam={folder}", framerate="10")
    assert [content for _, content in by_name] == pictures
    frames = [msgpack.unpackb(message) for message, _ in by_name]
    assert [frame["pts"] for frame in frames] == [0, 1, 2, 3, 4]
    assert {(tuple(frame["time_base"]), frame["framerate"], frame["duration"]) for frame in frames} == {((1, 10), "10/1", 1)}
    by_time = received(adapter, tmp_path, environment={"LOCATION": f"{folder}/*.jpg", "SOURCE_ID": "cam", "FRAMERATE": "30/1",
                                                       "SORT_BY_TIME": "True"})
    assert [content for _, content in by_time] == pictures[::-1]


def test_without_a_framerate_each_image_is_a_stream(sink, play, tmp_path):
    (tmp_path / "images").mkdir()
    jpegs(tmp_path / "images", frames=3)
    process = sink(exit_after_eos=3)
    play(source=f"cam={tmp_path}/images")
    process.finish()
    assert len(list((tmp_path / "out").iterdir())) == 3


# Watched folders.

def sent_files(ledger):
    return [json.loads(line)["file"] for line in ledger.read_text().splitlines()] if ledger.exists() else []


def test_a_watched_folder_is_sent_once_also_across_restarts(sink, adapter, endpoint, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    clip = video.make_clip(tmp_path / "clip.mp4", "-c:v", "libx264", "-preset", "ultrafast", frames=10)
    process = sink(exit_after_eos=0)
    options = {"zmq_endpoint": f"dealer+connect:{endpoint}", "source": f"cam-{{stem}}={folder}/*.mp4", "watch": True,
               "watch_settle": 0.3}
    (folder / "before.mp4").write_bytes(clip.read_bytes())
    (folder / "notes.txt").write_text("no video, and not asked for")
    source = adapter("video-file-source", **options)
    ledger = folder / ".framebridge-sent"
    wait_until(lambda: sent_files(ledger) == ["before.mp4"], "the first file", 30)
    # One that is written slowly is not sent before it is complete.
    with open(folder / "slow.mp4", "wb") as slow:
        slow.write(clip.read_bytes()[:2000])
        slow.flush()
        (folder / ".renamed").write_bytes(clip.read_bytes())
        (folder / ".renamed").rename(folder / "renamed.mp4")
        wait_until(lambda: "renamed.mp4" in sent_files(ledger), "the file that was moved in", 30)
        assert "slow.mp4" not in sent_files(ledger)
        slow.write(clip.read_bytes()[2000:])
    wait_until(lambda: "slow.mp4" in sent_files(ledger), "the file that was written slowly", 30)
    source.stop()
    source = adapter("video-file-source", **options)
    (folder / "after.mp4").write_bytes(clip.read_bytes())
    wait_until(lambda: "after.mp4" in sent_files(ledger), "the file of after the restart", 30)
    source.stop()
    process.stop()
    names = ["after", "before", "renamed", "slow"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"cam-{name}_0001.mp4" for name in names]
    for name in names:
        video.assert_same_video(clip, tmp_path / "out" / f"cam-{name}_0001.mp4")


def test_a_watched_file_is_moved_when_it_is_acknowledged(sink, adapter, endpoint, tmp_path):
    folder, done = tmp_path / "in", tmp_path / "done"
    folder.mkdir()
    done.mkdir()
    clip = video.make_clip(folder / "clip.mp4", "-c:v", "libx264", "-preset", "ultrafast", frames=10)
    (folder / "broken.mp4").write_text("no video at all")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:{endpoint}", source=f"cam={folder}", watch=True,
                     watch_settle=0.1, watch_move_to=done)
    wait_until(lambda: sent_files(folder / ".framebridge-sent") == ["broken.mp4"], "the broken file", 30)
    assert clip.exists(), "nobody has acknowledged it"
    process = sink(exit_after_eos=1)
    process.finish()
    wait_until(lambda: (done / "clip.mp4").exists(), "the file that was moved", 30)
    source.stop()
    assert not clip.exists() and (folder / "broken.mp4").exists()
    second = adapter("video-file-source", zmq_endpoint=f"dealer+connect:{endpoint}", source=f"cam={folder}", watch=True,
                     watch_move_to=tmp_path / "nowhere")
    assert second.wait(30) == 78 and "is not a folder" in second.log


# Exit codes.

def test_an_end_of_stream_that_is_not_acknowledged(adapter, tmp_path):
    reader = zmq.Context.instance().socket(zmq.ROUTER)
    reader.linger = 0
    reader.bind(f"ipc://{tmp_path}/silent.ipc")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/silent.ipc", source=f"cam={BIKES}",
                     zmq_ack_timeout=0.5, zmq_send_hwm=1000)
    assert source.wait(60) == 75
    assert "1 ends of stream were not acknowledged" in source.log.splitlines()[-1]
    reader.close()


def test_an_end_of_stream_that_is_refused(adapter, tmp_path):
    reader = zmq.Context.instance().socket(zmq.ROUTER)
    reader.linger = 0
    reader.bind(f"ipc://{tmp_path}/refusing.ipc")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/refusing.ipc", source=f"cam={BIKES}")
    while True:
        assert reader.poll(60_000), "no message"
        peer, _, message, *parts = reader.recv_multipart()
        if not parts:
            break
    reader.send_multipart([peer, b"REFUSED", msgpack.packb({"reason": "the disk is full", "source_id": "cam",
                                                                   "messages": 250, "kept": 0, "refused": 250})])
    assert source.wait(60) == 65
    assert "cam: the peer refused what was sent: the disk is full" in source.log
    assert "the peer refused 1 times" in source.log.splitlines()[-1]
    reader.close()


def test_a_stop_with_the_peer_away_takes_no_longer_than_told(adapter, tmp_path):
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/nobody.ipc", source=f"cam={BIKES}",
                     shutdown_timeout=1, zmq_send_hwm=5)
    source.wait_for_log("h264 640x272")
    begin = time.monotonic()
    assert source.terminate(30) == 75
    assert time.monotonic() - begin < 4


def test_what_cannot_be_written_is_refused_with_the_reason(sink, adapter, endpoint, tmp_path):
    """A file stands where the source's folder is to be made."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "cam").write_text("in the way")
    process = sink(name_template="{source_id}/{number}.{extension}")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:{endpoint}", source=f"cam={BIKES}")
    assert source.wait(60) == 65
    assert re.search("cam: the peer refused what was sent: .*cannot be made", source.log)
    assert process.wait(60) == 74
    assert "its end of stream is not acknowledged: " in process.log


def test_a_change_of_size_ends_the_stream_where_told(sink, play, tmp_path):
    parts = [video.make_clip(tmp_path / f"part{number}.ts", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0",
                             size=size, rate="25", frames=10) for number, size in enumerate(("320x240", "160x120"))]
    clip = tmp_path / "clip.ts"
    clip.write_bytes(b"".join(part.read_bytes() for part in parts))
    process = sink(exit_after_eos=2)
    source = play(source=f"cam={clip}", end_of_stream_on_change=True)
    process.finish()
    assert "sent 20 frames" in source.log and "2 streams" in source.log
    files = sorted((tmp_path / "out").iterdir())
    assert [video.stream(file)["width"] for file in files] == [320, 160]


def test_raw_pictures_keep_their_pixel_format(sink, play, tmp_path):
    clip = video.make_clip(tmp_path / "raw.avi", "-c:v", "rawvideo", "-pix_fmt", "uyvy422", size="64x48", rate="25", frames=10)
    process = sink()
    play(source=f"cam={clip}")
    process.finish()
    assert video.frame_hashes(tmp_path / "out" / "cam_0001.mkv") == video.frame_hashes(clip)
