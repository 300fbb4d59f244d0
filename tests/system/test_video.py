"""Videos go through all four adapters and come out the same: decoded pictures, times and keyframes of each packet."""

import subprocess
from fractions import Fraction

import pytest

from conftest import BIKES
from harness import video

MILLISECOND = Fraction(1, 1000)  # Matroska's unit of time

MODES = {
    "kafka only": (False, {}),
    "store": (True, {}),
    "deduplicated": (True, {"deduplicate": True}),
    "xxh3": (True, {"deduplicate": True, "hash": "xxh3-128"}),
}


@pytest.mark.parametrize("format", ["native", "savant"])
@pytest.mark.parametrize("mode", MODES)
def test_a_real_clip_with_b_frames(mode, format, bridge, send_videos, redis, tmp_path):
    with_store, options = MODES[mode]
    pipe = bridge(redis=redis if with_store else None, sink=options)
    files = send_videos(pipe, {"bikes": BIKES}, tmp_path / "out", files=1, format=format)
    assert [file.name for file in files] == ["bikes_0001.mp4"]
    video.assert_same_video(BIKES, files[0])
    assert pipe.sink.metric("framebridge_sink_messages_delivered_total") == 251
    assert redis.command("DBSIZE") == (250 if with_store else 0)


H264 = ("-c:v", "libx264", "-preset", "ultrafast")

CLIPS = {
    # name: (input's name, encoding, rate, container out, unit of time of either container)
    "h264 without b-frames": ("a.mp4", (*H264, "-bf", "0"), "25", "mp4", 0),
    "h264 with b-frames at 30000/1001": ("a.mp4", ("-c:v", "libx264", "-bf", "3", "-g", "15"), "30000/1001", "mp4", 0),
    "h264 with an odd time base": ("a.mp4", ("-c:v", "libx264", "-bf", "2", "-video_track_timescale", "12347"), "17/3", "mp4", 0),
    "h264 with a variable frame rate": (
        "a.mp4", ("-c:v", "libx264", "-bf", "2", "-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-fps_mode", "vfr"), "50", "mp4", 0),
    "h264 in ts": ("a.ts", ("-c:v", "libx264", "-bf", "2"), "25", "ts", 0),
    "h264 in mkv": ("a.mkv", ("-c:v", "libx264", "-bf", "2"), "25", "mkv", 0),
    "h264 from mkv to mp4": ("a.mkv", ("-c:v", "libx264", "-bf", "2"), "24000/1001", "mp4", MILLISECOND),
    "hevc in mp4": ("a.mp4", ("-c:v", "libx265", "-x265-params", "log-level=error:bframes=3:pools=1"), "25", "mp4", 0),
    "hevc in mkv": ("a.mkv", ("-c:v", "libx265", "-x265-params", "log-level=error:pools=1"), "30", "mkv", 0),
    "mjpeg in mkv": ("a.mkv", ("-c:v", "mjpeg", "-q:v", "5"), "10", "mkv", 0),
    "mjpeg in avi": ("a.avi", ("-c:v", "mjpeg", "-q:v", "5"), "15", "avi", 0),
    "vp9 in mkv": ("a.mkv", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), "25", "mkv", 0),
    "vp9 in mp4": ("a.mp4", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"), "25", "mp4", 0),
}


@pytest.mark.parametrize("format", ["native", "savant"])
@pytest.mark.parametrize("clip", CLIPS)
def test_codecs_containers_and_time_bases(clip, format, bridge, send_videos, redis, tmp_path):
    name, encoding, rate, container, tick = CLIPS[clip]
    original = video.make_clip(tmp_path / name, *encoding, rate=rate)
    pipe = bridge(redis=redis)
    files = send_videos(pipe, {"cam": original}, tmp_path / "out", files=1, format=format, container=container)
    assert [file.name for file in files] == [f"cam_0001.{container}"]
    video.assert_same_video(original, files[0], tick)


@pytest.mark.parametrize("format", ["native", "savant"])
def test_sound_is_passed_over(format, bridge, send_videos, redis, tmp_path):
    original = tmp_path / "sound.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-f", "lavfi", "-i", "sine",
                    "-t", "2", "-c:v", "libx264", "-bf", "2", "-c:a", "aac", original], check=True, stdin=subprocess.DEVNULL)
    pipe = bridge(redis=redis)
    files = send_videos(pipe, {"cam": original}, tmp_path / "out", files=1, format=format)
    video.assert_same_video(original, files[0])
