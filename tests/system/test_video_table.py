"""The table in adapters/video_file_sink/README.md: which codec from which container is kept how, as measured here. To write it
anew: FRAMEBRIDGE_WRITE_TABLE=1 python -m pytest -m long tests/system/test_video_table.py"""

import functools
import os
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from harness import video

README = Path(__file__).parents[2] / "adapters" / "video_file_sink" / "README.md"
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "12")
COLOUR = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv")
# codec: (encoder's options, the containers it comes from)
CODECS = {
    "H.264, B-frames": ((*X264, "-bf", "3"), ("mp4", "mov", "mkv", "ts", "avi", "flv")),
    "H.264, open GOP": ((*X264, "-bf", "2", "-x264-params", "open-gop=1"), ("mp4", "mkv", "ts")),
    "H.264, interlaced": ((*X264, "-flags", "+ilme+ildct", "-x264-params", "interlaced=1"), ("mp4", "mkv", "ts")),
    "H.264, intra refresh": ((*X264, "-x264-params", "intra-refresh=1"), ("mp4", "mkv", "ts")),
    "HEVC": (("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:bframes=2:keyint=12:pools=1"),
             ("mp4", "mov", "mkv", "ts")),
    "AV1": (("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-g", "12"), ("mp4", "mkv", "webm")),
    "VP8": (("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "12"), ("mkv", "webm")),
    "VP9": (("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "12"), ("mp4", "mkv", "webm")),
    "MJPEG": (("-c:v", "mjpeg", "-q:v", "5"), ("mp4", "mov", "mkv", "avi")),
    "PNG": (("-c:v", "png"), ("mov", "mkv", "avi")),
    "MPEG-2": (("-c:v", "mpeg2video", "-bf", "2", "-g", "12"), ("mp4", "mkv", "ts")),
    "MPEG-4": (("-c:v", "mpeg4", "-bf", "2", "-g", "12"), ("mp4", "mkv", "avi")),
    "ProRes": (("-c:v", "prores_ks"), ("mov", "mkv")),
    "FFV1": (("-c:v", "ffv1"), ("mkv", "avi")),
    "raw": (("-c:v", "rawvideo", "-pix_fmt", "uyvy422"), ("avi", "mkv", "mov")),
}
TICKS = {"mkv": Fraction(1, 1000), "webm": Fraction(1, 1000), "flv": Fraction(1, 1000), "ts": Fraction(1, 90000)}
HEAD = ["| codec | from | to | pictures | pts | dts | keyframes | rotation | aspect | colour | hidden frames |",
        "|---|---|---|---|---|---|---|---|---|---|---|"]


# Each file is asked several times.
packets, stream, frame_hashes = (functools.cache(ask) for ask in (video.packets, video.stream, video.frame_hashes))


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


def rotated(clip, target):
    """The clip with a rotation, by this ffmpeg or an older one; None if its container has no place for it."""
    if clip.suffix not in (".mp4", ".mov"):
        return None
    for before, after in ((("-display_rotation", "90"), ()), ((), ("-metadata:s:v:0", "rotate=90"))):
        try:
            ffmpeg(*before, "-i", clip, "-c", "copy", *after, target)
        except subprocess.CalledProcessError:
            continue
        if rotation(target):
            return target
    return None


def rotation(path):
    return next((data["rotation"] for data in video.stream(path).get("side_data_list", []) if "rotation" in data), 0)


def times(path, index):
    found = [packet[index] for packet in packets(path)]
    return [None if time is None or found[0] is None else time - found[0] for time in found]


def kept_times(before, after, index, tick):
    old, new = times(before, index), times(after, index)
    if len(old) != len(new):
        return "no"
    pairs = [(a, b) for a, b in zip(old, new) if a is not None]
    if not pairs or index == 1 and len(pairs) < len(old):
        return "made"
    if all(a == b for a, b in pairs):
        return "yes"
    if any(b is None for _, b in pairs):
        return "no"
    return "rounded" if max(abs(a - b) for a, b in pairs) <= tick else "no"


def kept(before, after, *fields):
    old, new = stream(before), stream(after)
    stated = [field for field in fields if old.get(field) not in (None, "unknown", "N/A", "0:1")]
    if not stated:
        return "–"
    return "yes" if all(old[field] == new.get(field) for field in stated) else "no"


def table(clips, cut, out):
    """The table's lines, in Markdown."""
    lines = list(HEAD)
    for (codec, container), clip in clips.items():
        (copy,) = out.glob(f"{clip.stem}_0001.*")
        tick = max(TICKS.get(container, 0), TICKS.get(copy.suffix[1:], 0))
        hidden = "–"
        if (codec, container) in cut:
            original = cut[codec, container]
            (shorter,) = out.glob(f"{original.stem}_0001.*")
            hidden = "yes" if frame_hashes(original) == frame_hashes(shorter) else "no"
        cells = [codec, container, copy.suffix[1:],
                 "yes" if frame_hashes(clip) == frame_hashes(copy) else "no",
                 kept_times(clip, copy, 0, tick), kept_times(clip, copy, 1, tick),
                 "yes" if [key for *_, key in packets(clip)] == [key for *_, key in packets(copy)] else "no",
                 "–" if not rotation(clip) else "yes" if rotation(clip) == rotation(copy) else "no",
                 kept(clip, copy, "sample_aspect_ratio"),
                 kept(clip, copy, "color_space", "color_primaries", "color_transfer", "color_range"), hidden]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


@pytest.mark.long
def test_the_table_says_what_is_kept(adapter, tmp_path):
    clips, cut = {}, {}
    (tmp_path / "in").mkdir()
    for number, (codec, (encoding, containers)) in enumerate(CODECS.items()):
        for container in containers:
            clip = tmp_path / "in" / f"{number:02}-{container}.{container}"
            video.make_clip(clip, "-vf", "setsar=4/3", *encoding, *COLOUR, size="160x120", rate="25", frames=36)
            turned = rotated(clip, tmp_path / f"rotated.{container}")
            if turned:
                turned.rename(clip)
            clips[codec, container] = clip
            if container in ("mp4", "mov") and codec.startswith(("H.264, B", "HEVC", "MPEG-4")):
                cut[codec, container] = tmp_path / "in" / f"{number:02}-{container}-cut.{container}"
                ffmpeg("-ss", "0.7", "-i", clip, "-c", "copy", cut[codec, container])
    sink = adapter("video-file-sink", zmq_endpoint=f"router+bind:ipc://{tmp_path}/table.ipc", output_dir=tmp_path / "out",
                   exit_after_eos=len(clips) + len(cut))
    sink.wait_for_log("receiving at")
    source = adapter("video-file-source", zmq_endpoint=f"dealer+connect:ipc://{tmp_path}/table.ipc",
                     source=f"{{stem}}={tmp_path}/in")
    source.finish(600)
    sink.finish(600)

    lines = table(clips, cut, tmp_path / "out")
    page = README.read_text()
    part = re.compile(r"(<!-- kept -->\n).*?(<!-- /kept -->)", re.DOTALL)
    fresh = part.sub(lambda match: match[1] + "\n".join(lines) + "\n" + match[2], page)
    if os.environ.get("FRAMEBRIDGE_WRITE_TABLE"):
        README.write_text(fresh)
    # Pictures are compared as players show them: one whose rotation is lost is another one.
    pictures = [line for line in lines[2:] if (line.split(" | ")[3] != "yes" and line.split(" | ")[7] != "no")
                or line.split(" | ")[4] == "no"]
    assert not pictures, "pictures or their times are not kept:\n" + "\n".join(pictures)
    assert fresh == page, "the table in the README is not what was measured:\n" + "\n".join(lines)
