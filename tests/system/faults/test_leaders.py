"""A cluster of three, replication 3, min.insync.replicas 2: its leaders are killed and frozen in turn."""

import pytest
from confluent_kafka.admin import AdminClient

from conftest import create_topic
from faults.conftest import hold
from harness.processes import wait_until
from harness.servers import Kafka


@pytest.fixture(scope="module")
def kafka():
    with Kafka(nodes=3) as cluster:
        yield cluster


def partitions(kafka, topic):
    return AdminClient({"bootstrap.servers": kafka.brokers}).list_topics(topic, timeout=60).topics[topic].partitions


def leader(kafka, topic, partition):
    def found():
        known = partitions(kafka, topic).get(partition)
        return known and known.leader > 0 and known.leader
    return wait_until(found, "a leader", 60)


def wait_in_sync(kafka, topic):
    wait_until(lambda: all(len(each.isrs) == 3 for each in partitions(kafka, topic).values()), "all replicas in sync", 90)


def test_leaders_killed_in_turn(line, plan, kafka, redis):
    topic = create_topic(kafka, 3)
    it = line(topic=topic, redis=redis, receive="rep", ack_timeout=5.0)
    for turn in range(plan.choose(2, 6)):
        it.flow(plan.rng.randint(20, 200))
        node = leader(kafka, topic, turn % 3)
        kafka.kill(node)
        it.acknowledge(100)
        it.flow(100)
        kafka.start(node)
        # Two of three have to be there all the time.
        wait_in_sync(kafka, topic)
    it.check(of_sent=True)


def test_leader_frozen(line, plan, kafka, redis):
    topic = create_topic(kafka, 3)
    it = line(topic=topic, redis=redis, receive="rep", ack_timeout=5.0)
    it.flow(plan.rng.randint(20, 200))
    node = leader(kafka, topic, 0)
    kafka.freeze(node)
    try:
        hold(plan.freeze, it.sink, it.source)
    finally:
        kafka.thaw(node)
    it.acknowledge(100)
    it.flow(100)
    it.check(of_sent=True, note=f"{plan.freeze:g} s frozen")
