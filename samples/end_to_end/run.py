"""Sends a video through all four adapters, a real Kafka and a real Redis, and proves that it comes out the same."""

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "system"))

from harness import video  # noqa: E402
from harness.adapters import Adapter  # noqa: E402
from harness.servers import Kafka, Redis, Unavailable  # noqa: E402

SOURCE_ID = "clip"
CONTAINERS = ("mp4", "mov", "mkv", "ts", "avi")


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--clip", type=Path, default=Path(__file__).with_name("bikes.mp4"), metavar="FILE",
                        help="the video to send (default: %(default)s)")
    parser.add_argument("--format", choices=("native", "savant"), default="native",
                        help="the messages' format (default: %(default)s)")
    parser.add_argument("--no-store", action="store_true", help="frames travel inside the Kafka messages, without Redis")
    parser.add_argument("--no-deduplicate", action="store_true", help="store each frame, also if its bytes are there already")
    parser.add_argument("--times", type=int, default=2, metavar="N",
                        help="how often the clip is sent, each time as a stream of its own (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=PROJECT / "build" / "end_to_end", metavar="DIR",
                        help="where the received files go (default: %(default)s)")
    arguments = parser.parse_args()
    if not arguments.clip.is_file():
        parser.error(f"--clip: there is no file {arguments.clip}")
    if arguments.times < 1:
        parser.error("--times: at least 1")
    return arguments


def show_progress(expected, sink, source, video_sink):
    """Prints how far both halves are, until the last end of stream is in a file."""
    terminal = sys.stdout.isatty()
    last = None
    def tick():
        nonlocal last
        with contextlib.suppress(OSError):  # an adapter that is starting or stopping
            line = (f"  {sink.metric('framebridge_sink_messages_delivered_total'):.0f} of {expected} messages in Kafka, "
                    f"{source.metric('framebridge_source_messages_sent_total'):.0f} out of it")
            if line != last:
                print(f"\r{line}" if terminal else line, end="" if terminal else "\n", flush=True)
                last = line
        for process in (sink, source):
            assert process.running, f"{process.name} ended with exit code {process.child.returncode}:\n{process.log}"
        return not video_sink.running
    video_sink.wait_until(tick, "the end of the stream", timeout=3600)
    if terminal:
        print()


def transfer(arguments, folder, output):
    """Runs the adapters once; returns the seconds it took and the sink's log."""
    container = arguments.clip.suffix[1:].lower()
    expected = (len(video.packets(arguments.clip)) + 1) * arguments.times
    into, out = f"ipc://{folder}/in.ipc", f"ipc://{folder}/out.ipc"
    with contextlib.ExitStack() as stack:
        print("Starting Kafka" + ("" if arguments.no_store else " and Redis"), flush=True)
        kafka = stack.enter_context(Kafka())
        store = {}
        if not arguments.no_store:
            redis = stack.enter_context(Redis())
            store = {"redis_host": redis.host, "redis_port": redis.port, "redis_ttl_seconds": "auto",
                     "deduplicate": not arguments.no_deduplicate}
        common = {"kafka_brokers": kafka.brokers, "kafka_topic": "end-to-end", "kafka_create_topic": True}

        def start(program, **options):
            adapter = Adapter(program, folder, **options)
            stack.callback(adapter.kill)
            return adapter.start()

        video_sink = start("video-file-sink", zmq_endpoint=f"router+bind:{out}", output_dir=output,
                           container=container if container in CONTAINERS else "mkv", exit_after_eos=arguments.times)
        sink = start("kafka-redis-sink", zmq_endpoint=f"router+bind:{into}", **store, **common)
        source = start("kafka-redis-source", zmq_endpoint=f"dealer+connect:{out}", kafka_group_id="end-to-end",
                       kafka_auto_offset_reset="earliest", **common)
        print(f"Sending {arguments.clip}" + (f" {arguments.times} times" if arguments.times > 1 else ""), flush=True)
        begin = time.monotonic()
        video_source = start("video-file-source", zmq_endpoint=f"dealer+connect:{into}", format=arguments.format,
                             source=f"{SOURCE_ID}={arguments.clip.resolve()}", loop_count=arguments.times)
        show_progress(expected, sink, source, video_sink)
        seconds = time.monotonic() - begin
        for adapter in (video_sink, video_source):
            adapter.finish()
        for adapter in (source, sink):
            adapter.stop()
        return seconds, sink.log


def compare(clip, files):
    """Prints whether each file is the clip's video; returns whether all are."""
    equal = True
    for file in files:
        bases = {Fraction(video.stream(path)["time_base"]) for path in (clip, file)}
        # Where the container's unit of time is another one, times are as exact as the coarser unit.
        found = video.differences(clip, file, tick=max(bases) if len(bases) > 1 else Fraction(0))
        equal = equal and not found
        print(f"  {file.name}: " + ("the same pictures (framemd5), pts, dts and keyframes, packet by packet"
                                    if not found else "DIFFERS: " + "; ".join(found)))
    return equal


def main():
    arguments = parse_arguments()
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob(f"{SOURCE_ID}_*"):
        old.unlink()
    folder = Path(tempfile.mkdtemp(prefix="framebridge-sample-"))
    try:
        seconds, log = transfer(arguments, folder, output)
    except (AssertionError, Unavailable, FileNotFoundError) as problem:
        print(f"\nFailed: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    files = sorted(output.glob(f"{SOURCE_ID}_*"))
    print(f"Comparing with {arguments.clip}", flush=True)
    equal = len(files) == arguments.times and compare(arguments.clip, files)
    if len(files) != arguments.times:
        print(f"  {arguments.times} streams were sent, but {len(files)} files came out")
    summary = re.findall(r"delivered \d+ messages \((\d+) frames, (\d+) bytes, (\d+) deduplicated\)", log)
    frames, size, hits = map(int, summary[-1]) if summary else (0, 0, 0)
    print("\n".join([
        "Summary",
        f"  frames        {frames} ({arguments.format} format, " + ("inside Kafka's messages)" if arguments.no_store else "bytes in Redis)"),
        f"  bytes         {size}",
        f"  frames/s      {frames / seconds:.0f} (start of the processes included)",
        f"  deduplicated  {hits} frames whose bytes were in the store already",
        f"  output        {output}",
        "  result        " + ("input and output are the same video" if equal else "input and output DIFFER"),
    ]))
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
