"""The results as tables and as a plot."""


def _size(size):
    return f"{size // 1000} kB" if size < 1_000_000 else f"{size / 1e6:g} MB"


def print_machine(facts):
    print("\n".join(f"{name:13} {value}" for name, value in facts.items()), flush=True)


def print_throughput_head():
    print("\nAt full speed: CPU of the process per frame, frames per second; ratios are ours to the bare loop's\n"
          f"{'':7} {'':11} {'frame':>7} {'bare':>10} {'ours':>10} {'ratio':>6}   {'bare':>9} {'ours':>9} {'ratio':>6}"
          f"   {'ours at most':>12}", flush=True)


def print_throughput(row):
    bare, ours, ratio = row["results"]["bare"], row["results"]["framebridge"], row["ratio"]
    print(f"{row['adapter']:7} {'with store' if row['store'] else 'Kafka only':11} {_size(row['size']):>7} "
          f"{bare['cpu_us']:7.1f} µs {ours['cpu_us']:7.1f} µs {ratio['cpu_us']:6.2f}   "
          f"{bare['frames_per_second']:7.0f}/s {ours['frames_per_second']:7.0f}/s {ratio['frames_per_second']:6.2f}   "
          f"{ours['peak_memory'] / 2**20:8.0f} MiB", flush=True)
    if savant := row["results"].get("savant"):
        print(f"{'':27} Savant's: {savant['cpu_us']:.1f} µs, {savant['frames_per_second']:.0f}/s", flush=True)


def print_deduplication_head():
    print("\nThe sink with --deduplicate, CPU per frame; 'added': by new content to the same without deduplication;\n"
          "'stored': one content again and again; 'few': 16 contents in turn\n"
          f"{'frame':>7} {'bare':>9} {'plain':>9} {'new':>9} {'added':>9} {'openssl':>9} {'stored':>9} {'few':>9}"
          f" {'bytes to the store (stored)':>28}", flush=True)


def print_deduplication(row):
    cpu = {name: result["cpu_us"] for name, result in row["results"].items()}
    print(f"{_size(row['size']):>7} {cpu['bare']:6.1f} µs {cpu['plain']:6.1f} µs {cpu['new']:6.1f} µs "
          f"{cpu['new'] - cpu['plain']:6.1f} µs {row['openssl_hash_us'] or 0:6.1f} µs {cpu['stored']:6.1f} µs "
          f"{cpu['few']:6.1f} µs "
          f"{row['results']['stored']['store_bytes_per_frame']:22.0f} B/frame", flush=True)


def print_latency(result):
    print(f"\nZeroMQ to ZeroMQ through Kafka and Redis, 50 kB, 30 frames/s: p50 {result['p50_ms']:.2f} ms, "
          f"p99 {result['p99_ms']:.2f} ms, longest {result['max_ms']:.2f} ms", flush=True)


def _growth(samples):
    """Bytes between the means of the middle and the last third."""
    third = len(samples) // 3
    if third == 0:
        return 0
    return (sum(samples[-third:]) - sum(samples[third:2 * third])) / third


def print_load(result):
    held = result["frames_per_second"] >= 0.98 * result["rate"] and result["p99_ms"] < 1000
    shares = sorted(result["cpu_shares"].items(), key=lambda item: -item[1])
    print(f"\n{result['sources']} sources x 30 frames/s of 20 kB: {'held' if held else 'NOT held'}, "
          f"{result['frames_per_second']:.0f} frames/s, p50 {result['p50_ms']:.1f} ms, p99 {result['p99_ms']:.1f} ms\n"
          "  CPU, of one core: " + ", ".join(f"{name} {share:.0%}" for name, share in shares) +
          f"; the bottleneck is {shares[0][0]}")
    for name, samples in result["memory"].items():
        if samples:
            print(f"  memory of the {name}: {samples[0] / 2**20:.1f} MiB after a second, {max(samples) / 2**20:.1f} at most, "
                  f"{samples[-1] / 2**20:.1f} at the end ({_growth(samples) / 2**20:+.1f} in the last third)", flush=True)


def print_looking_back(results):
    sources, check = results["sources"], results["check"]
    print(f"\nLooking back\n  inspect sources: {sources['records_per_second']:,.0f} records/s of {sources['records']:,} without frames; "
          f"{sources['ratio']:.2f} x confluent-kafka that only reads them\n"
          f"  inspect check: {check['frames_per_second']:,.0f} frames/s, two commands each; "
          f"{check['ratio']:.2f} x redis-benchmark with one of them")
    for row in results["replay"]:
        print(f"  replay, {_size(row['size'])}: {row['replay']:,.0f} frames/s, live {row['live']:,.0f}: {row['ratio']:.2f}",
              flush=True)


def print_micro(runs):
    print("\nMicro-benchmarks, CPU per call")
    for run in runs:
        speed = f"  {run['bytes_per_second'] / 1e9:.2f} GB/s" if "bytes_per_second" in run else ""
        size = f"  ({run['bytes']:.0f} bytes)" if "bytes" in run else ""
        print(f"  {run['name']:60} {run['cpu_time']:10.0f} {run['time_unit']}{speed}{size}", flush=True)


def plot(results, path):
    if "throughput" not in results:
        return
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(results["throughput"][0]["results"])
    figure, axes = pyplot.subplots(2, 2, figsize=(12, 8))
    for column, adapter in enumerate(("sink", "source")):
        rows = [row for row in results["throughput"] if row["adapter"] == adapter and row["store"]]
        for row_axes, key, label in ((axes[0], "cpu_us", "CPU per frame, µs"), (axes[1], "frames_per_second", "frames/s")):
            axis = row_axes[column]
            width = 0.8 / len(names)
            for index, name in enumerate(names):
                places = [place + index * width for place in range(len(rows))]
                bars = axis.bar(places, [row["results"][name][key] for row in rows], width, label=name)
                if name == "framebridge":
                    axis.bar_label(bars, [f"{row['ratio'][key]:.2f}x" for row in rows], fontsize=8)
            axis.set_yscale("log")
            axis.set_xticks([place + 0.4 - width / 2 for place in range(len(rows))], [_size(row["size"]) for row in rows])
            axis.set_title(f"{adapter}, with store")
            axis.set_ylabel(label)
            axis.legend()
    machine = results["machine"]
    figure.suptitle(f"{machine['cpu']}, {machine['cores']} cores, {machine['commit']}, {machine['date']}")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
