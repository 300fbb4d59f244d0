"""Counts what became of frames: lost, repeated, corrupt, reordered, dangling.

Every message carries, in keys of its own that the adapters hand on: an id, its number in its source, how often its
writer had to begin again, and the SHA-256 of its frame."""

import hashlib
import random
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

import msgpack
import redis as redis_client

from conftest import topic_records


@dataclass(frozen=True)
class Item:
    """A message as sent."""
    id: str
    source_id: str
    number: int
    message: bytes
    content: bytes | None  # None: an end of stream
    attempt: int = 0

    @property
    def parts(self):
        return [self.source_id.encode(), self.message] + ([] if self.content is None else [self.content])


class Items:
    """A source's messages, one after the other, from a seed."""

    def __init__(self, source_id, seed, sizes=(200, 30_000)):
        self.source_id = source_id
        self._rng = random.Random(f"{seed}/{source_id}")
        self._pool = self._rng.randbytes(2 * sizes[1])
        self._sizes = sizes
        self._next = 0

    def frame(self):
        size = self._rng.randint(*self._sizes)
        start = self._rng.randrange(len(self._pool) - size + 1)
        identity = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        # No two frames are the same.
        content = identity.encode() + self._pool[start:start + size]
        return self._item("video_frame", identity, content, uuid=identity, codec="raw", time_base=[1, 25], pts=self._next,
                          content={"kind": "attached"})

    def end_of_stream(self):
        return self._item("end_of_stream", f"{self.source_id}/end/{self._next}", None)

    def _item(self, kind, identity, frame, **keys):
        number = self._next
        self._next += 1
        message = msgpack.packb({
            "framebridge": 1, "kind": kind, "source_id": self.source_id, "sequence_number": number,
            "fault": {"id": identity, "number": number, "attempt": 0, "hash": hashlib.sha256(frame or b"").hexdigest()},
            **keys})
        return Item(identity, self.source_id, number, message, frame)

    def again(self, item, attempt):
        """The same message, marked as one of its writer's later attempts."""
        message = msgpack.unpackb(item.message)
        message["fault"]["attempt"] = attempt
        return Item(item.id, item.source_id, item.number, msgpack.packb(message), item.content, attempt)


@dataclass
class Findings:
    sent: int = 0
    acknowledged: int = 0
    received: int = 0
    lost: list = field(default_factory=list)  # acknowledged, but not received
    lost_unacknowledged: int = 0
    repeated: int = 0
    corrupt: list = field(default_factory=list)
    reordered: list = field(default_factory=list)

    def __str__(self):
        return (f"sent {self.sent}, acknowledged {self.acknowledged}, received {self.received}, lost {len(self.lost)} "
                f"(and {self.lost_unacknowledged} not acknowledged), repeated {self.repeated}, corrupt {len(self.corrupt)}, "
                f"reordered {len(self.reordered)}")


class Journal:
    """What writers sent and had acknowledged, and what readers received. All threads write into it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sent = {}
        self._acknowledged = set()
        self._arrivals = []  # (id, source, number, attempt)
        self._arrived = set()
        self._corrupt = []

    def sent(self, item):
        with self._lock:
            self._sent.setdefault(item.id, (item.source_id, item.number, hashlib.sha256(item.content or b"").hexdigest()))

    def acknowledged(self, items):
        with self._lock:
            self._acknowledged.update(item.id for item in items)

    def forgive(self, ids):
        """They are lost for a reason that is not ours: the store lost its data."""
        with self._lock:
            self._acknowledged.difference_update(ids)

    def received(self, topic, message, contents):
        try:
            fields = msgpack.unpackb(message)
            mark = fields["fault"]
            digest = hashlib.sha256(b"".join(contents)).hexdigest()
            with self._lock:
                expected = self._sent.get(mark["id"])
                if expected != (fields["source_id"], mark["number"], digest) or topic != fields["source_id"].encode():
                    self._corrupt.append(mark["id"])
                    return
                self._arrivals.append((mark["id"], fields["source_id"], mark["number"], mark["attempt"]))
                self._arrived.add(mark["id"])
        except Exception as error:  # whatever a broken message makes msgpack do
            with self._lock:
                self._corrupt.append(f"{error!r}: {message[:40]!r}")

    @property
    def acknowledged_count(self):
        return len(self._acknowledged)

    @property
    def received_count(self):
        return len(self._arrivals)

    @property
    def sent_count(self):
        return len(self._sent)

    def missing(self, of_sent=False):
        with self._lock:
            return (self._sent.keys() if of_sent else self._acknowledged) - self._arrived

    def findings(self, of_sent=False):
        """`of_sent`: nothing that was sent may be lost, acknowledged or not."""
        with self._lock:
            found = Findings(len(self._sent), len(self._acknowledged), len(self._arrivals), corrupt=list(self._corrupt))
            expected = self._sent.keys() if of_sent else self._acknowledged
            found.lost = sorted(f"{self._sent[i][0]} #{self._sent[i][1]}" for i in expected - self._arrived)
            found.lost_unacknowledged = len(self._sent.keys() - self._arrived) - len(found.lost)
            seen, last = set(), defaultdict(lambda: -1)
            for identity, source, number, attempt in self._arrivals:
                if (identity, attempt) in seen:
                    continue
                seen.add((identity, attempt))
                if number < last[source, attempt]:
                    found.reordered.append(f"{source} #{number} after #{last[source, attempt]}")
                last[source, attempt] = max(last[source, attempt], number)
            found.repeated = len(self._arrivals) - len(self._arrived)
            return found


def references(kafka, topic):
    """(record, fields) of each record of the topic that refers to a frame in the store."""
    for record in topic_records(kafka, topic):
        fields = msgpack.unpackb(record.value())
        if fields.get("content", {}).get("kind") == "reference":
            yield record, fields


def dangling_references(kafka, topic, store, since_ms=0):
    """Ids of the frames whose reference, written at `since_ms` or later, leads to nothing or to other bytes."""
    client = redis_client.Redis(store.host, store.port)
    found = []
    batch = []

    def check():
        for fields, content in zip(batch, client.mget([fields["content"]["key"] for fields in batch])):
            if content is None or hashlib.sha256(content).hexdigest() != fields["fault"]["hash"]:
                found.append(fields["fault"]["id"])
        batch.clear()

    for record, fields in references(kafka, topic):
        if record.timestamp()[1] < since_ms:
            continue
        batch.append(fields)
        if len(batch) == 100:
            check()
    if batch:
        check()
    client.close()
    return found
