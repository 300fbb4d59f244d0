"""At an OK, Kafka has the message and the store has its frame, with most of its TTL ahead."""

import contextlib

import clients
from clients import Writer
from harness.processes import wait_until

FRAMES = 20
TTL = 6


def test_kafka_away_longer_than_the_ttl(adapter, kafka, redis, topic, tmp_path):
    into = f"ipc://{tmp_path}/in.ipc"
    sink = adapter("kafka-redis-sink", zmq_endpoint=f"router+bind:{into}", kafka_brokers=kafka.brokers, kafka_topic=topic,
                   redis_host=redis.host, redis_port=redis.port, redis_ttl_seconds=TTL, ttl_policy="off")
    with contextlib.closing(Writer(into)) as writer:
        writer.send("cam", clients.native_end_of_stream("cam"))
        writer.wait_for_ack(120)  # The sink is there.
        kafka.freeze()
        try:
            for number in range(FRAMES):
                writer.send("cam", clients.native_attached_frame("cam", sequence_number=number), f"frame {number}".encode())
            writer.send("cam", clients.native_end_of_stream("cam", FRAMES))
            wait_until(lambda: redis.command("DBSIZE") == FRAMES, "all frames being stored", 60)
            wait_until(lambda: redis.command("DBSIZE") == 0, "all frames being expired", 60)
        finally:
            kafka.thaw()
        writer.wait_for_ack(120)
        keys = redis.command("KEYS", "*")
        left = [redis.command("PTTL", key) for key in keys]
    assert len(keys) == FRAMES
    # A second for this test's own slowness.
    assert min(left) > TTL * 1000 * 2 / 3 - 1000, left
    assert sink.metric("framebridge_sink_frames_stored_again_total") >= FRAMES
    assert sink.metric("framebridge_sink_messages_delivered_total") == FRAMES + 2
