"""The same bytes are stored once, whichever source sends them and however often; every message is delivered."""

import pytest

from conftest import BIKES, topic_records
from harness import video

FRAMES = 250


def sha256_keys(redis):
    return [key for key in redis.command("KEYS", "*") if len(key.rpartition(b":")[2]) == 64]


@pytest.mark.parametrize("format", ["native", "savant"])
def test_two_sources_of_the_same_file(format, bridge, send_videos, redis, tmp_path):
    pipe = bridge(redis=redis, sink={"deduplicate": True})
    files = send_videos(pipe, {"left": BIKES, "right": BIKES}, tmp_path / "out", files=2, format=format)
    assert [file.name for file in files] == ["left_0001.mp4", "right_0001.mp4"]
    for file in files:
        video.assert_same_video(BIKES, file)
    assert len(sha256_keys(redis)) == redis.command("DBSIZE") == FRAMES
    assert pipe.sink.metric("framebridge_sink_messages_delivered_total") == 2 * (FRAMES + 1)
    assert pipe.sink.metric("framebridge_sink_frames_stored_total") == FRAMES
    assert pipe.sink.metric("framebridge_sink_frames_deduplicated_total") == FRAMES


def test_a_looped_file(bridge, send_videos, redis, kafka, tmp_path):
    pipe = bridge(redis=redis, sink={"deduplicate": True})
    files = send_videos(pipe, {"cam": BIKES}, tmp_path / "out", files=3, loop_count=3)
    assert [file.name for file in files] == ["cam_0001.mp4", "cam_0002.mp4", "cam_0003.mp4"]
    for file in files:
        video.assert_same_video(BIKES, file)
    assert redis.command("DBSIZE") == FRAMES
    assert len(topic_records(kafka, pipe.topic)) == 3 * (FRAMES + 1)


def test_two_sinks_and_a_hit_renews_the_ttl(bridge, send_videos, redis, adapter, kafka, tmp_path):
    first = bridge(redis=redis, sink={"deduplicate": True, "redis_ttl_seconds": 1000})
    send_videos(first, {"cam": BIKES}, tmp_path / "first", files=1)
    keys = sha256_keys(redis)
    assert all(0 < redis.command("TTL", key) <= 1000 for key in keys)
    first.sink.stop()
    second = adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{first.into}", kafka_brokers=kafka.brokers,
                     kafka_topic=first.topic, redis_host=redis.host, redis_port=redis.port, redis_ttl_seconds=5000, deduplicate=True)
    send_videos(first, {"cam": BIKES}, tmp_path / "second", files=1)
    assert second.metric("framebridge_sink_frames_deduplicated_total") == FRAMES
    assert sorted(sha256_keys(redis)) == sorted(keys)
    assert all(4000 < redis.command("TTL", key) <= 5000 for key in keys)


def test_without_deduplication_each_frame_has_its_key(bridge, send_videos, redis, tmp_path):
    pipe = bridge(redis=redis)
    send_videos(pipe, {"cam": BIKES}, tmp_path / "out", files=2, loop_count=2)
    assert redis.command("DBSIZE") == 2 * FRAMES
    assert all(key.startswith(b"savant:frames:") for key in redis.command("KEYS", "*"))
