"""The store is killed, emptied, frozen, full, or cut off in the middle of a frame; Redis, KeyDB and Valkey."""

import contextlib
import time

import pytest

from faults.checker import dangling_references
from faults.conftest import MIB, hold
from faults.cutting_proxy import CuttingProxy
from harness.processes import wait_until
from harness.servers import KeyDB, Redis, Unavailable, Valkey


@contextlib.contextmanager
def _store(kind, **options):
    try:
        with kind(**options) as server:
            yield server
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture(params=[Redis, KeyDB, pytest.param(Valkey, marks=pytest.mark.long)], ids=["redis", "keydb", "valkey"])
def store_kind(request):
    return request.param


@pytest.fixture
def deduplicate(plan, store_kind):
    """In turns, from seed to seed."""
    return (plan.seed + (store_kind is KeyDB)) % 2 == 0 or None


def test_restarted_with_its_data(line, plan, store_kind, deduplicate):
    with _store(store_kind, persistent=True, arguments=["--appendfsync", "always"]) as store:
        it = line(redis=store, ack_timeout=3.0, sink={"deduplicate": deduplicate})
        for _ in range(plan.choose(2, 10)):
            it.flow(plan.rng.randint(20, 200))
            store.restart()
            it.acknowledge(50)
        it.check(of_sent=True)


def test_restarted_empty(line, plan, store_kind, deduplicate):
    """What had been in the store is gone; what is referred to afterwards is not."""
    with _store(store_kind) as store:
        it = line(redis=store, ack_timeout=3.0, sink={"deduplicate": deduplicate})
        restarted_ms = 0
        for _ in range(plan.choose(2, 10)):
            it.flow(plan.rng.randint(20, 200))
            store.kill()
            hold(plan.rng.uniform(0.1, 1.0), it.sink, it.source)
            restarted_ms = int(time.time() * 1000)
            store.restart(empty=True)
            it.acknowledge(50)
        it.finish_writers()
        it.quiet()
        gone = dangling_references(it.kafka, it.topic, store)
        # Records that were produced before the last restart refer to frames that went with the store.
        written_after = dangling_references(it.kafka, it.topic, store, restarted_ms)
        missing = it.source.metric("framebridge_source_frames_missing_total")
        went_with_it = it.journal.missing(of_sent=True) & set(gone)
        it.journal.forgive(went_with_it)
        it.check(dangling_since_ms=restarted_ms,
                 note=f"{len(went_with_it)} frames went with the store before they were read, {missing:.0f} counted as missing")
        assert not written_after
        assert missing >= len(went_with_it)


def test_frozen(line, plan, store_kind, deduplicate):
    with _store(store_kind) as store:
        it = line(redis=store, ack_timeout=5.0, sink={"deduplicate": deduplicate})
        it.flow(plan.rng.randint(20, 200))
        store.freeze()
        try:
            # Longer than --redis-timeout, which is 2 s here: connections are given up and opened again.
            hold(plan.freeze, it.sink, it.source)
        finally:
            store.thaw()
        it.acknowledge(100)
        it.flow(100)
        it.check(of_sent=True, note=f"{plan.freeze:g} s frozen")


def test_full(line, plan, store_kind, deduplicate):
    """It takes nothing more, until there is room again; no reference is written meanwhile."""
    with _store(store_kind, arguments=["--maxmemory-policy", "noeviction"]) as store:
        used = int(dict(entry.split(b":", 1) for entry in store.command("INFO", "memory").split(b"\r\n")
                        if b":" in entry)[b"used_memory"])
        store.command("CONFIG", "SET", "maxmemory", used + 8 * MIB)
        it = line(redis=store, ack_timeout=3.0, sink={"deduplicate": deduplicate})
        it.sink.wait_for_log(r"maxmemory|full|OOM", 60)
        hold(plan.choose(2.0, 30.0), it.sink, it.source)
        store.command("CONFIG", "SET", "maxmemory", 0)
        it.acknowledge(100)
        it.flow(100)
        it.check(of_sent=True)


def test_cut_mid_payload(line, plan, store_kind, deduplicate):
    """The sink's connections end within a frame, again and again."""
    with _store(store_kind) as store, contextlib.closing(CuttingProxy(store.port)) as proxy:
        it = line(redis=store, ack_timeout=3.0, sizes=(20_000, 100_000), store_address=(store.host, proxy.port),
                  sink={"deduplicate": deduplicate},
                  source={"store_alias": f"127.0.0.1:{proxy.port}:0={store.address}"})
        proxy.cut_after = lambda: plan.rng.randint(1, 400_000)
        proxy.cut_all()
        cuts = plan.choose(10, 100)
        wait_until(lambda: proxy.cuts >= cuts, f"{cuts} cuts", 120)
        proxy.cut_after = None
        it.acknowledge(50)
        it.check(of_sent=True, note=f"{proxy.cuts} cuts")


def test_cut_on_the_way_out(line, plan, store_kind, deduplicate):
    """The source's connections end within a frame."""
    with _store(store_kind) as store, contextlib.closing(CuttingProxy(store.port)) as proxy:
        it = line(redis=store, sizes=(20_000, 100_000), sink={"deduplicate": deduplicate},
                  source={"store_alias": f"{store.address}=127.0.0.1:{proxy.port}:0"})
        for _ in range(plan.choose(5, 50)):
            it.flow(plan.rng.randint(1, 30))
            proxy.cut_all()
        it.flow(50)
        it.check(of_sent=True)
