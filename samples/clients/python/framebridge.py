"""FrameBridge's native messages, from proto/README.md alone: what a reader makes of a message, and how to write one."""

import uuid

import msgpack


class Refused(Exception):
    """The message cannot be used: by its own fault."""


def message(kind, source_id, **keys):
    """The first two keys are fixed; a dict keeps the order in which it is written."""
    return msgpack.packb({"framebridge": 1, "kind": kind, "source_id": source_id, **keys})


def frame(source_id, **keys):
    return message("video_frame", source_id, **{"uuid": str(uuid.uuid4()), "content": {"kind": "attached"}, **keys})


def read(parts):
    """[topic, message, part...] -> a dict: kind, source_id, frames, unclaimed. Raises Refused."""
    if not parts or not parts[0]:
        raise Refused("the topic is empty")
    if len(parts) < 2:
        raise Refused("the message has a single part")
    pairs = _unpack(parts[1])
    if not pairs or pairs[0][0] != "framebridge":
        raise Refused("the first key is not `framebridge`")
    if isinstance(pairs[0][1], bool) or not isinstance(pairs[0][1], int):
        raise Refused("the version is not an integer")
    if pairs[0][1] != 1:
        raise Refused(f"unknown version {pairs[0][1]}")
    if len(pairs) < 2 or pairs[1][0] != "kind" or not isinstance(pairs[1][1], str):
        raise Refused("the second key is not `kind`")
    if not all(isinstance(key, str) for key, _ in pairs):
        raise Refused("a key is not a string")
    fields = dict(pairs)
    kind = fields["kind"] if fields["kind"] in KINDS else "unknown"
    frames = FRAMES.get(kind, lambda _: [])(fields)
    source = fields.get("source_id")
    source = source if isinstance(source, str) else ""
    if kind in ("user_data", "end_of_stream") and not source:
        raise Refused("`source_id` is missing")
    if kind == "video_frame_batch" and not source and len({each["source_id"] for each in frames}) == 1:
        source = frames[0]["source_id"]
    found = {"kind": kind, "source_id": "" if kind == "shutdown" else source, "frames": frames}
    found["unclaimed"] = _give_parts(kind, frames, parts[2:])
    for each in [found, *frames]:  # bytes that are not UTF-8 are allowed, and passed on as they are
        each["source_id"] = each["source_id"].encode(errors="surrogateescape").decode(errors="backslashreplace")
    return found


def _unpack(body):
    try:
        return msgpack.unpackb(body, object_pairs_hook=_Pairs, strict_map_key=False, unicode_errors="surrogateescape")
    except Exception as error:  # whatever a broken message makes msgpack do
        raise Refused(f"not one msgpack value: {error}") from None


class _Pairs(list):
    """A map's entries in their order: a dict would hide it."""


def _map(value, what):
    if not isinstance(value, _Pairs):
        raise Refused(f"{what} is not a map")
    return dict(value)


def _text(fields, key):
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise Refused(f"`{key}` is missing or not a text")
    return value


def _frame(fields):
    found = {"source_id": _text(fields, "source_id"), "uuid": _text(fields, "uuid")}
    if len(found["uuid"].encode(errors="surrogateescape")) > 255:
        raise Refused("`uuid` is too long")
    content = _map(fields.get("content"), "`content`")
    kind = _text(content, "kind")
    found["content"] = kind if kind in ("none", "inline", "attached", "reference") else "foreign"
    if kind == "inline" and not isinstance(content.get("bytes"), bytes):
        raise Refused("an inline content has no `bytes`")
    if kind == "inline":
        found["bytes"] = content["bytes"].hex()
    if kind == "reference":
        _text(content, "store"), _text(content, "key")
    return found


def _batch(fields):
    frames = fields.get("frames")
    if not isinstance(frames, list) or isinstance(frames, _Pairs):
        raise Refused("`frames` is not an array")
    if len(frames) > 65_536:
        raise Refused("too many frames")
    found = []
    for each in frames:
        each = _map(each, "a frame")
        number = each.get("batch_id")
        if isinstance(number, bool) or not isinstance(number, int):
            raise Refused("`batch_id` is not an integer")
        found.append({"batch_id": number, **_frame(each)})
    if len({each["batch_id"] for each in found}) < len(found):
        raise Refused("two frames have one `batch_id`")
    return sorted(found, key=lambda each: each["batch_id"])


def _give_parts(kind, frames, parts):
    attached = [each for each in frames if each["content"] == "attached"]
    if len(parts) < len(attached):
        raise Refused(f"{len(attached)} attached frames, {len(parts)} parts")
    if kind == "video_frame" and attached:
        attached[0]["bytes"] = b"".join(parts).hex()
        parts = []
    for each in attached if kind == "video_frame_batch" else []:
        each["bytes"], parts = parts[0].hex(), parts[1:]
    unclaimed = sum(1 for part in parts if part)
    known = kind != "unknown" and not any(each["content"] == "foreign" for each in frames)
    if unclaimed and (attached or known):
        raise Refused(f"no frame claims {unclaimed} parts")
    return unclaimed


KINDS = ("video_frame", "video_frame_batch", "video_frame_update", "user_data", "end_of_stream", "shutdown", "unknown")
FRAMES = {"video_frame": lambda fields: [_frame(fields)], "video_frame_batch": _batch}
