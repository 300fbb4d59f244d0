"""video-file-source and video-file-sink beside each other: metadata files, Savant's settings, folders, exit codes."""

import http.server
import json
import subprocess
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
