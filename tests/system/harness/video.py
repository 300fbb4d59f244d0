"""Clips and their comparison, by ffmpeg and ffprobe."""

import json
import subprocess
from fractions import Fraction


def _run(*command):
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed on {command[-1]}: {result.stderr.strip()[-2000:]}")
    return result.stdout


def make_clip(path, *encoding, size="320x240", rate="30000/1001", frames=60):
    """A moving test picture at `path`, encoded by ffmpeg's output options `encoding`."""
    _run("ffmpeg", "-y", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}", "-frames:v", frames,
         *encoding, path)
    return path


def stream(path):
    """ffprobe's facts of the first video stream."""
    facts = json.loads(_run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json", path))
    return facts["streams"][0]


def packets(path):
    """(pts, dts, keyframe) of each packet of the first video stream, times in seconds, exact."""
    facts = json.loads(_run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                            "stream=time_base:packet=pts,dts,flags", "-of", "json", path))
    base = Fraction(facts["streams"][0]["time_base"])
    return [(packet["pts"] * base if "pts" in packet else None, packet["dts"] * base if "dts" in packet else None,
             "K" in packet["flags"]) for packet in facts["packets"]]


def frame_hashes(path):
    """The MD5 of each decoded picture of the first video stream, in their order of display."""
    lines = _run("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    return [line.split(",")[-1].strip() for line in lines.splitlines() if not line.startswith("#")]


def differences(original, copy, tick=Fraction(0)):
    """What is not equal in two files' video, as lines of text; empty if it is the same. `tick` is the coarsest
    unit of time of both containers: times may differ by less than it. Where the original's container has no dts
    (Matroska, ahead of B-frames), the copy's may need one."""
    found = []
    before, after = frame_hashes(original), frame_hashes(copy)
    if len(before) != len(after):
        found.append(f"{len(before)} pictures became {len(after)}")
    changed = [index for index, pair in enumerate(zip(before, after)) if pair[0] != pair[1]]
    if changed:
        found.append(f"{len(changed)} pictures differ, the first is number {changed[0]}")
    before, after = packets(original), packets(copy)
    if len(before) != len(after):
        found.append(f"{len(before)} packets became {len(after)}")
    for index, (old, new) in enumerate(zip(before, after)):
        for name, a, b in zip(("pts", "dts", "keyframe"), old, new):
            same = a == b or (name == "dts" and a is None)
            if not same and not (name != "keyframe" and None not in (a, b) and abs(a - b) < tick):
                found.append(f"packet {index}: {name} {a} became {b}")
    return found[:10]


def assert_same_video(original, copy, tick=Fraction(0)):
    found = differences(original, copy, tick)
    assert not found, f"{copy} is not the video of {original}:\n" + "\n".join(found)
