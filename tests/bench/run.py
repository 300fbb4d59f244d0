"""Measures the adapters beside a loop that only moves the bytes: README.md says what and how."""

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "system"))

from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

import looking_back  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402
from contestants import Bare, FrameBridge, Savant  # noqa: E402
from harness.processes import Process, wait_until  # noqa: E402
from harness.servers import Kafka, Redis  # noqa: E402

SECTIONS = ("throughput", "deduplication", "latency", "load", "looking-back", "micro")
MIB = 1 << 20
FEW_CONTENTS = 16


class Servers:
    """A broker, a Redis, and topics that come and go."""

    def __init__(self, stack):
        self.kafka = stack.enter_context(Kafka(config={"log.segment.delete.delay.ms": 1000,
                                                       "log.retention.check.interval.ms": 5000}))
        self.redis = stack.enter_context(Redis())
        self.admin = AdminClient({"bootstrap.servers": self.kafka.brokers, "log_level": 0})
        self.numbers = itertools.count(1)

    @contextlib.contextmanager
    def topic(self, partitions=1):
        name = f"bench-{next(self.numbers)}"
        new = NewTopic(name, partitions, config={"max.message.bytes": str(64 * MIB)})
        self.admin.create_topics([new])[name].result(timeout=60)
        try:
            yield name
        finally:
            self.admin.delete_topics([name])[name].result(timeout=60)
            self.redis.command("FLUSHALL")

    def wait_for_records(self, topic, count, timeout=600):
        consumer = Consumer({"bootstrap.servers": self.kafka.brokers, "group.id": "the-benchmark"})
        try:
            wait_until(lambda: consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=60)[1] >= count,
                       f"{count} records in {topic}", timeout)
        finally:
            consumer.close()

    def received_bytes(self):
        """What Redis has read from its clients so far."""
        info = self.redis.command("INFO", "stats").decode()
        return int(info.split("total_net_input_bytes:")[1].split()[0])


class Bench:
    def __init__(self, arguments, servers, folder):
        self.arguments = arguments
        self.servers = servers
        self.folder = Path(folder)
        self.programs = Path(os.environ["FRAMEBRIDGE_BENCH_DIR"])
        self.numbers = itertools.count(1)

    @contextlib.contextmanager
    def started(self, process):
        process.start()
        try:
            yield process
            assert process.running, f"{process.name} has ended by itself, exit code {process.child.returncode}:\n{process.log[-4000:]}"
        finally:
            process.kill()

    def endpoint(self):
        return f"ipc://{self.folder}/{next(self.numbers)}.ipc"

    def program(self, name, **options):
        """A generator or drain; its result is the JSON that it prints."""
        words = [word for key, value in options.items() if value is not False
                 for word in ([f"--{key.replace('_', '-')}"] + ([] if value is True else [value]))]
        return Process(name, [self.programs / name, *words], self.folder / f"{name}-{next(self.numbers)}.log")

    def result_of(self, process, adapter, timeout=600):
        """Of a program that ends by itself, as long as the adapter runs."""
        adapter.wait_until(lambda: not process.running, f"the end of {process.name}", timeout)
        code = process.wait()
        assert code == 0, f"{process.name} ended with exit code {code}:\n{process.log}"
        return json.loads(process.log)

    def frames_of(self, size, budget):
        return max(100, min(self.arguments.most_frames, budget * MIB // size))

    def warm_up(self, contestant):
        """The broker's JVM compiles its code while it works at first: that shall not be at one contestant's cost."""
        with self.servers.topic() as topic:
            self.pass_through_sink(contestant, topic, size=5_000, frames=60_000, store=True)

    def idle_cost(self, contestant):
        """CPU seconds that a source needs to start, from an empty topic: not to be counted per frame."""
        with self.servers.topic() as topic, \
                self.started(contestant.source(self.folder, self.endpoint(), self.servers, topic)) as source:
            measure.wait_until_idle(source)
            return measure.cpu_seconds(source.child.pid)

    def pass_through_sink(self, contestant, topic, size, frames, store, **generator_options):
        deduplicate = generator_options.pop("deduplicate", False)
        endpoint = self.endpoint()
        with self.started(contestant.sink(self.folder, endpoint, self.servers, topic, store, deduplicate)) as sink:
            measure.wait_until_idle(sink)
            cpu = measure.cpu_seconds(sink.child.pid)
            received = self.servers.received_bytes()
            generator = self.program("bench-generator", endpoint=endpoint, frames=frames, size=size,
                                     format=contestant.message_format, **generator_options).start()
            start = self.result_of(generator, sink)["start"]
            self.servers.wait_for_records(topic, frames)
            if store:
                contents = generator_options.get("contents", frames)
                wait_until(lambda: self.servers.redis.command("DBSIZE") >= contents, f"{contents} frames in Redis")
            seconds = time.monotonic() - start
            return {"cpu_us": (measure.cpu_seconds(sink.child.pid) - cpu) / frames * 1e6,
                    "frames_per_second": frames / seconds,
                    "store_bytes_per_frame": (self.servers.received_bytes() - received) / frames,
                    "peak_memory": measure.peak_memory(sink.child.pid)}

    def pass_through_source(self, contestant, topic, frames, store, idle):
        endpoint = self.endpoint()
        with self.started(contestant.source(self.folder, endpoint, self.servers, topic, store)) as source:
            measure.wait_until_idle(source)
            drain = self.program("bench-drain", endpoint=endpoint, frames=frames).start()
            result = self.result_of(drain, source)
            return {"cpu_us": (measure.cpu_seconds(source.child.pid) - idle) / frames * 1e6,
                    "frames_per_second": result["frames_per_second"],
                    "peak_memory": measure.peak_memory(source.child.pid)}

    def throughput(self, contestants):
        """Sink and source at full speed, one contestant after the other in every round."""
        rows = []
        idle = {contestant.name: self.idle_cost(contestant) for contestant in contestants}
        for store, size in itertools.product((True, False), self.arguments.sizes):
            budget = self.arguments.budget_mb if store else self.arguments.budget_mb // 2
            frames = self.frames_of(size, budget)
            rounds = []
            for number in range(self.arguments.rounds):
                results = {}
                # Neither is always the one behind the other.
                for contestant in contestants if number % 2 == 0 else contestants[::-1]:
                    if not store and contestant.name == "savant":
                        continue  # it stops at start-up without a store
                    with self.servers.topic() as topic:
                        results[contestant.name] = {
                            "sink": self.pass_through_sink(contestant, topic, size, frames, store),
                            "source": self.pass_through_source(contestant, topic, frames, store,
                                                               idle[contestant.name])}
                rounds.append(results)
            for adapter in ("sink", "source"):
                row = {"adapter": adapter, "store": store, "size": size, "frames": frames, "results": {
                    name: _median([results[name][adapter] for results in rounds]) for name in rounds[0]}}
                row["ratio"] = _ratios(rounds, adapter)
                rows.append(row)
                report.print_throughput(row)
        return rows

    def deduplication(self, bare, ours):
        """The sink with --deduplicate: all contents new; one content again and again; a few in turn."""
        rows = []
        for size in self.arguments.sizes:
            frames = self.frames_of(size, self.arguments.budget_mb)
            rounds = []
            for _ in range(self.arguments.rounds):
                results = {}
                for name, contestant, options in (("bare", bare, {}), ("plain", ours, {}),
                                                  ("new", ours, {"deduplicate": True}),
                                                  ("stored", ours, {"deduplicate": True, "contents": 1}),
                                                  ("few", ours, {"deduplicate": True, "contents": FEW_CONTENTS})):
                    with self.servers.topic() as topic:
                        results[name] = {"sink": self.pass_through_sink(contestant, topic, size, frames, True, **options)}
                rounds.append(results)
            speed = measure.openssl_sha256(size)
            row = {"size": size, "frames": frames, "openssl_hash_us": size / speed * 1e6 if speed else None,
                   "results": {name: _median([results[name]["sink"] for results in rounds]) for name in rounds[0]}}
            rows.append(row)
            report.print_deduplication(row)
        return rows

    def chain(self, contestant, rate, seconds, **generator_options):
        """Frames at a rate through sink, Kafka, Redis and source, with default settings."""
        into, out = self.endpoint(), self.endpoint()
        frames = int(rate * seconds)
        with self.servers.topic(partitions=generator_options.pop("partitions", 1)) as topic, \
                self.started(contestant.sink(self.folder, into, self.servers, topic)) as sink, \
                self.started(contestant.source(self.folder, out, self.servers, topic)) as source:
            drain = self.program("bench-drain", endpoint=out, frames=frames, skipped=min(frames // 10, int(rate))).start()
            measure.wait_until_idle(sink)
            measure.wait_until_idle(source)
            generator = self.program("bench-generator", endpoint=into, frames=frames, rate=rate,
                                     format=contestant.message_format, **generator_options).start()
            sampler = measure.Sampler({
                "kafka": self.servers.kafka.nodes[0].child.pid, "redis": self.servers.redis.process.child.pid,
                "sink": sink.child.pid, "source": source.child.pid, "generator": generator.child.pid,
                "drain": drain.child.pid})
            # Both end with the last frame; what they used is read before.
            enough = time.monotonic() + seconds - 1
            wait_until(lambda: time.monotonic() > enough or not generator.running, "the last second", seconds + 60)
            shares = sampler.stop()
            result = self.result_of(drain, source)
            result["cpu_shares"] = shares
            result["memory"] = {name: sampler.memory[name] for name in ("sink", "source")}
            return result


def _median(results):
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def _ratios(rounds, adapter):
    """Ours to bare, round by round, as both of a round met the same machine; the median."""
    def ratio(key):
        return statistics.median(results["framebridge"][adapter][key] / results["bare"][adapter][key] for results in rounds)
    return {"cpu_us": ratio("cpu_us"), "frames_per_second": ratio("frames_per_second")}


def micro(programs):
    output = subprocess.run([programs / "bench-micro", "--benchmark_format=json", "--benchmark_min_time=0.2"],
                            capture_output=True, text=True, check=True).stdout
    keep = ("name", "cpu_time", "time_unit", "bytes", "bytes_per_second")
    return [{key: run[key] for key in keep if key in run} for run in json.loads(output)["benchmarks"]]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000, 200_000, 1_000_000], metavar="BYTES",
                        help="of a frame (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="the medians' base (default: %(default)s)")
    parser.add_argument("--budget-mb", type=int, default=1000, metavar="MIB",
                        help="frames of so many bytes in all are sent in a pass; Redis holds them (default: %(default)s)")
    parser.add_argument("--most-frames", type=int, default=60_000, metavar="N", help="in a pass (default: %(default)s)")
    parser.add_argument("--most-records", type=int, default=2_000_000, metavar="N",
                        help="that kafka-redis-inspect sources reads (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections (default: all)")
    parser.add_argument("--latency-seconds", type=int, default=30, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--load-seconds", type=int, default=60, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--load-sources", type=int, default=100, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--format", choices=("native", "savant"), default="native",
                        help="the messages' format for our adapters (default: %(default)s)")
    parser.add_argument("--sink-options", nargs="+", default=[], metavar="OPTION=VALUE",
                        help="of our sink, to compare settings: kafka-linger-ms=5")
    parser.add_argument("--source-options", nargs="+", default=[], metavar="OPTION=VALUE", help="of our source")
    parser.add_argument("--savant-checkout", metavar="DIR", help="compare with Savant's Python adapters in this checkout")
    parser.add_argument("--savant-python", metavar="FILE", default=sys.executable,
                        help="a Python with the packages that they need (default: this one)")
    parser.add_argument("--output", type=Path, default=PROJECT / "build" / "bench-results", metavar="DIR",
                        help="where results.json and results.png go (default: %(default)s)")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    bare, ours = Bare(Path(os.environ["FRAMEBRIDGE_BENCH_DIR"])), FrameBridge(
        arguments.format, arguments.sink_options, arguments.source_options)
    contestants = [bare, ours]
    if arguments.savant_checkout:
        savant = Savant(arguments.savant_checkout, arguments.savant_python)
        if problem := savant.problem():
            print(f"Without Savant's adapters: {problem}", file=sys.stderr)
        else:
            contestants.append(savant)

    results = {"machine": measure.machine(PROJECT), "format": arguments.format}
    report.print_machine(results["machine"])
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="framebridge-bench-"))
        bench = Bench(arguments, Servers(stack), folder)
        if {"throughput", "deduplication"} & set(arguments.only):
            bench.warm_up(bare)
        if "throughput" in arguments.only:
            report.print_throughput_head()
            results["throughput"] = bench.throughput(contestants)
        if "deduplication" in arguments.only:
            report.print_deduplication_head()
            results["deduplication"] = bench.deduplication(bare, ours)
        if "latency" in arguments.only:
            results["latency"] = bench.chain(ours, rate=30, seconds=arguments.latency_seconds, size=50_000)
            report.print_latency(results["latency"])
        if "load" in arguments.only:
            rate = 30 * arguments.load_sources
            results["load"] = {"rate": rate, "sources": arguments.load_sources,
                               **bench.chain(ours, rate, arguments.load_seconds, size=20_000,
                                             sources=arguments.load_sources, partitions=4)}
            report.print_load(results["load"])
        if "looking-back" in arguments.only:
            results["looking_back"] = {
                "sources": looking_back.sources(bench, arguments.most_records),
                "check": looking_back.check(bench, ours, arguments.most_frames),
                "replay": [looking_back.replay(bench, ours, size) for size in arguments.sizes]}
            report.print_looking_back(results["looking_back"])
        if "micro" in arguments.only:
            results["micro"] = micro(bench.programs)
            report.print_micro(results["micro"])
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    report.plot(results, arguments.output / "results.png")
    print(f"\nWritten: {arguments.output}/results.json, results.png")


if __name__ == "__main__":
    main()
