#!/usr/bin/env python3
"""Penstock beside nginx as reverse proxy, in turn, on one core: see docs/PERFORMANCE.md.

    measure.py --binary PENSTOCK --load LOAD [--rounds 5] [--seconds 2] [--only PHASE,... | --all] [--json FILE]
    measure.py --binary PENSTOCK --load LOAD --peers FOLDER [--gateways NAME,...] ...
"""

import argparse
import json
import math
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Callable, NamedTuple

import peers
import servers
import traffic

STREAMS, HELD = 100, 1000
DEPLOYMENTS, NAMES = 10_000, 100_000


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.values = {}  # (metric, system) -> one value a round
        servers.make_certificate(folder)
        self.ports = servers.free_port(), servers.free_port()
        self.mock = servers.mock(f"{folder}/mock", *self.ports)
        self.servers = {
            "mock": self.mock,
            "nginx": servers.reference(f"{folder}/nginx", servers.free_port(), *self.ports),
            "nginx x2": servers.reference(f"{folder}/nginx2", servers.free_port(), *self.ports, servers.BOTH_CORES),
            "penstock": self.penstock("penstock"),
            "penstock x2": self.penstock("penstock2", cores=servers.BOTH_CORES),
            "few": self.penstock("few"),
            "many": self.penstock("many", more=DEPLOYMENTS),
        }
        for name in ("few", "many"):
            self.servers[name].name = name
        self.load = traffic.Load(folder, servers.LOAD_CORE, options.load)

    def penstock(self, folder, **arguments):
        return servers.penstock(
            self.options.binary, f"{self.folder}/{folder}", servers.free_port(), *self.ports, **arguments)

    def add(self, metric, server, value):
        self.values.setdefault((metric, server.name), []).append(value)

    # MARK: phases, each for one server and one round

    def requests(self, metric, server, case, connections, api="chat", size=0, **more):
        """Adds the CPU time and the number of requests."""
        self.load.stream("rate", server, case, 200, 0.2, api=api)  # connections are open, caches warm
        before = server.threads_ns()
        result = self.load.wrk(server, case, connections, self.options.seconds, api, size, **more)
        after = server.threads_ns()
        spent = sorted(after[thread] - before.get(thread, 0) for thread in after)
        self.add(f"{metric} us", server, sum(spent) / 1000 / result["ok"])
        self.add(f"{metric} rps", server, result["ok"] / result["seconds"])
        return spent

    def streams(self, metric, server, case, count, per, api="chat"):
        before = server.cpu_ns()
        result = self.load.stream("streams", server, case, count, self.options.seconds, api=api)
        self.add(f"{metric} us", server, (server.cpu_ns() - before) / 1000 / result[per])

    def latency(self, server):
        result = self.load.stream("rate", server, "plain", self.options.rate, self.options.seconds)
        self.add("latency p50", server, result["p50_us"])
        self.add("latency p99", server, result["p99_us"])

    def held(self, server, case, count, metric):
        """A fresh process: what it takes to start, what it holds then, what each open stream adds, and what stays."""
        server.stop()
        # The mock sees only at its next event that a stream was closed, and would run out of connections.
        self.mock.stop()
        self.mock.start()
        self.add("start ms", server, server.start() * 1000)
        self.add("idle MiB", server, server.kib() / 1024)
        # A few streams first: buffers and tables that come with the first of them are not the price of the next.
        self.load.held(server, case, 10).communicate()
        before = server.kib()
        load = self.load.held(server, case, count)
        try:
            time.sleep(1.5)  # by now every stream has been waiting
            self.add(f"{metric} KiB", server, (server.kib() - before) / count)
        finally:
            load.communicate()
        time.sleep(4)  # penstock looks every two seconds whether a burst is over
        self.add(f"{metric} after", server, server.kib() / 1024)

    def upload(self, server):
        """A fresh process, since the peak of its memory is asked for."""
        server.stop()
        server.start()
        before = server.cpu_ns()
        traffic.ask_together(server, "upload", clients=4, times=5, size=20_000_000)
        self.add("upload us", server, (server.cpu_ns() - before) / 1000 / 20)
        self.add("upload peak", server, server.kib("VmHWM") / 1024)

    def two(self, server):
        """Two workers; the mock and the load take their time from the same two cores."""
        os.sched_setaffinity(self.mock.pid, {0, 1})
        try:
            *_, less, most = self.requests("two", server, "plain", 64, threads=2, cores=servers.BOTH_CORES)
            self.add("two even", server, less / most)
        finally:
            os.sched_setaffinity(self.mock.pid, {int(servers.LOAD_CORE)})

    def scale(self, server):
        """A fresh process with few or many deployments, asked for one model or for many."""
        server.stop()
        self.add("scale start", server, server.start() * 1000)
        self.add("scale before", server, server.kib() / 1024)
        self.requests("scale", server, "many/000000", 64, names=NAMES if server.name == "many" else 1)
        self.add("scale after", server, server.kib() / 1024)


class Phase(NamedTuple):
    measure: Callable  # of the bench and a server
    who: tuple = ("nginx", "penstock")
    rounds: int = 1000  # at most: memory hardly varies
    is_default: bool = True
    is_for_peers: bool = False


def requests(*arguments, **more):
    return lambda bench, server: bench.requests(arguments[0], server, *arguments[1:], **more)


def streams(*arguments, **more):
    return lambda bench, server: bench.streams(arguments[0], server, *arguments[1:], **more)


def held(metric, case, count):
    return lambda bench, server: bench.held(server, case, count, metric)


PHASES = {
    "small": Phase(requests("small", "plain", 64), is_for_peers=True),
    "tls": Phase(requests("tls", "tls/plain", 64)),
    "large": Phase(requests("large", "plain", 16, size=100_000), is_for_peers=True),
    "huge": Phase(requests("huge", "upload", 8, size=1_000_000)),
    "latency": Phase(Bench.latency, ("nginx", "penstock", "mock"), is_for_peers=True),
    "paced": Phase(streams("paced", "paced", STREAMS, "events"), is_for_peers=True),
    "burst": Phase(streams("burst", "burst", 16, "ok"), is_for_peers=True),
    "responses": Phase(requests("responses", "plain", 64, "responses")),
    "responses-paced": Phase(streams("responses-paced", "paced", STREAMS, "events", "responses")),
    "responses-burst": Phase(streams("responses-burst", "burst", 16, "ok", "responses")),
    "held": Phase(held("held", "held", HELD), rounds=2, is_for_peers=True),
    "held-tls": Phase(held("held-tls", "tls/held", HELD), rounds=2),
    "held-5000": Phase(held("held-5000", "held", 5000), rounds=2, is_default=False),
    "held-5000-tls": Phase(held("held-5000-tls", "tls/held", 5000), rounds=2, is_default=False),
    "upload": Phase(Bench.upload, rounds=3, is_default=False),
    "two": Phase(Bench.two, ("nginx x2", "penstock x2"), is_default=False),
    "scale": Phase(Bench.scale, ("few", "many"), is_default=False),
}


def run(bench, names, contestants, notes):
    """Every phase in turn. `contestants` are measured besides those that belong to the phase, for those it is no failure of
    the whole when something does not work: `notes` gets the reason."""
    for name in names:
        phase = PHASES[name]
        turns = [bench.servers[key] for key in (*phase.who, *contestants)]
        for number in range(min(bench.options.rounds, phase.rounds)):
            # Who comes first changes, so that a drift of the machine favours nobody.
            for server in turns if number % 2 == 0 else turns[::-1]:
                if server.name in notes.get(name, {}) or server.name in notes.get("start", {}):
                    continue
                doing = "start"
                try:
                    if not server.process:
                        server.start()
                    doing = name
                    phase.measure(bench, server)
                except traffic.Failure as failure:
                    if server.name not in contestants:
                        raise
                    notes.setdefault(doing, {})[server.name] = str(failure)
        print(f"{name}: done", file=sys.stderr)


# MARK: what is printed

# Metric, its name, digits.
ROWS = [
    ("small us", "CPU per small request, µs", 1),
    ("tls us", "CPU per small request, TLS upstream, µs", 1),
    ("large us", "CPU per request with a 100 KB body, µs", 1),
    ("huge us", "CPU per request with a 1 MB body, µs", 0),
    ("upload us", "CPU per request with a 20 MB body, µs", 0),
    ("paced us", f"CPU per chunk of {STREAMS} streams, µs", 1),
    ("burst us", "CPU per stream of 200 chunks at once, µs", 0),
    ("responses us", "CPU per small request, /v1/responses, µs", 1),
    ("responses-paced us", f"CPU per event of {STREAMS} streams, /v1/responses, µs", 1),
    ("responses-burst us", "CPU per stream of 201 events at once, /v1/responses, µs", 0),
    ("small rps", "small requests per second, one core", 0),
    ("added p50", "added latency at {rate} req/s, p50, µs", 0),
    ("added p99", "added latency at {rate} req/s, p99, µs", 0),
    ("held KiB", f"memory per open stream ({HELD}), KiB", 1),
    ("held after", f"memory after these {HELD} have closed, MiB", 1),
    ("held-tls KiB", f"memory per open stream ({HELD}), TLS upstream, KiB", 1),
    ("held-tls after", f"memory after these {HELD} have closed, TLS upstream, MiB", 1),
    ("held-5000 KiB", "memory per open stream (5000), KiB", 1),
    ("held-5000 after", "memory after these 5000 have closed, MiB", 1),
    ("held-5000-tls KiB", "memory per open stream (5000), TLS upstream, KiB", 1),
    ("held-5000-tls after", "memory after these 5000 have closed, TLS upstream, MiB", 1),
    ("upload peak", "most memory with four 20 MB bodies at a time, MiB", 1),
    ("idle MiB", "memory when idle, MiB", 1),
    ("start ms", "start to first answer, ms", 1),
    ("two us", "CPU per small request, two workers, µs", 1),
    ("two rps", "small requests per second, two cores shared with the load", 0),
    ("two even", "CPU of the less busy worker for 1 of the other", 2),
]
SCALE_ROWS = [
    ("scale us", "CPU per small request, µs", 1),
    ("scale before", "memory at the start, MiB", 1),
    ("scale after", "memory after the requests, MiB", 1),
    ("scale start", "start to first answer, ms", 1),
]


def add_latencies(values):
    for share in ("p50", "p99"):
        direct = values.get((f"latency {share}", "mock"), [])
        for metric, server in list(values):
            if metric == f"latency {share}" and server != "mock":
                values[f"added {share}", server] = [a - b for a, b in zip(values[metric, server], direct)]


def summarize(values, rows, systems, reference):
    """Of each metric by system: its median, and its ratio to the reference's."""
    summary = {}
    for metric, *_ in rows:
        theirs = values.get((metric, reference))
        if not theirs:
            continue
        middle = statistics.median(theirs)
        summary[metric] = {reference: middle, "spread": (max(theirs) - min(theirs)) / middle if middle else 0, "ratio": {}}
        for system in systems:
            ours = values.get((metric, system))
            if ours:
                # Of each round the ratio, of these the median: what disturbed a round disturbed both in it.
                # What is added to a latency may be nothing, or less, in a noisy round.
                ratios = [a / b for a, b in zip(ours, theirs) if b > 0]
                ratio = statistics.median(ratios) if ratios else math.nan
                summary[metric][system], summary[metric]["ratio"][system] = statistics.median(ours), ratio
    return summary


def table(summary, rows, systems, reference, titles):
    """One system has a column for its ratio; several have it behind each value."""
    is_alone = len(systems) == 1
    heads = [*(titles.get(s, s) for s in (*systems, reference)), *(["ratio"] if is_alone else [])]
    lines = ["| | " + " | ".join(heads) + f" | {titles.get(reference, reference)} varied by |", "|---" * (len(heads) + 2) + "|"]
    for metric, name, digits in rows:
        row = summary.get(metric)
        if not row:
            continue
        cells = []
        for system in systems:
            ratio = "" if is_alone or system not in row else f" ({row['ratio'][system]:.2f})"
            cells.append(f"{row[system]:.{digits}f}{ratio}" if system in row else "–")
        cells.append(f"{row[reference]:.{digits}f}")
        if is_alone:
            cells += [f"{ratio:.2f}" for ratio in row["ratio"].values()] or ["–"]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {row['spread']:.0%} |")
    return "\n".join(lines)


def report(bench, contestants, titles, notes):
    """Prints the tables; returns their figures."""
    add_latencies(bench.values)
    rows = [(metric, name.format(rate=bench.options.rate), digits) for metric, name, digits in ROWS]
    summary = {}
    for kind, systems, reference in ((rows, ["penstock", *contestants], "nginx"), (SCALE_ROWS, ["many"], "few")):
        part = summarize(bench.values, kind, systems, reference)
        if part:
            print(table(part, kind, systems, reference, titles) + "\n")
        summary.update(part)
    if "scale us" in summary:
        print(f"The last table: penstock with {DEPLOYMENTS} deployments asked for {NAMES} models, and with few asked for one.")
    for doing, reasons in notes.items():
        for name, reason in reasons.items():
            print(f"{name} has no figure ({doing}): {reason}")
    return summary


def stripped_mib(binary, folder):
    subprocess.run(["strip", "-o", f"{folder}/stripped", binary], check=True)
    return os.path.getsize(f"{folder}/stripped") / (1 << 20)


def cpu_ticks():
    """All ticks of the machine so far, and those that were not idle (stolen ones are not)."""
    with open("/proc/stat") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return sum(fields), sum(fields) - fields[3] - fields[4]


def machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{models[0] if models else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


class Others:
    """The share of the machine that others used since this was made, once our own processes have ended."""

    def __init__(self):
        self.total, self.busy = cpu_ticks()
        self.ours = self.our_ticks()

    @staticmethod
    def our_ticks():
        usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in usage) * os.sysconf("SC_CLK_TCK")

    def share(self):
        total, busy = cpu_ticks()
        return max(0, busy - self.busy - (self.our_ticks() - self.ours)) / max(1, total - self.total)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rate", type=int, help="requests per second of the phase latency (300; with peers 50)")
    parser.add_argument("--only", help="phases, with commas between: " + ", ".join(PHASES))
    parser.add_argument("--all", action="store_true", help="also the phases that are not in the usual set")
    parser.add_argument("--peers", metavar="FOLDER", help="measure other gateways too; they are installed there")
    parser.add_argument("--gateways", default=",".join(peers.ALL), help="which: " + ", ".join(peers.ALL))
    parser.add_argument("--json")
    options = parser.parse_args()
    is_wanted = {name: phase.is_for_peers if options.peers else phase.is_default for name, phase in PHASES.items()}
    phases = options.only.split(",") if options.only else [name for name in PHASES if options.all or is_wanted[name]]
    gateways = options.gateways.split(",") if options.peers else []
    options.rate = options.rate or (50 if options.peers else 300)
    if not set(phases) <= set(PHASES) or options.rounds < 1 or not 1 <= options.seconds <= 30:
        parser.error(f"phases are {', '.join(PHASES)}; a round has at least one second")
    if not set(gateways) <= set(peers.ALL):
        parser.error(f"gateways are {', '.join(peers.ALL)}")
    if options.peers and not all(PHASES[name].is_for_peers for name in phases):
        parser.error("that phase is not for peers")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.sched_setaffinity(0, {int(servers.LOAD_CORE)})

    notes, titles = {}, {"few": "few deployments", "many": f"{DEPLOYMENTS} deployments"}
    with tempfile.TemporaryDirectory(prefix="penstock-bench.") as folder:
        bench = Bench(options, folder)
        contestants = []
        for name in gateways:
            try:
                version, server = peers.prepare(name, options.peers, folder, *bench.ports)
            except traffic.Failure as failure:
                notes.setdefault("install", {})[name] = str(failure)
                continue
            bench.servers[name], titles[name] = server, f"{name} {version}"
            contestants.append(name)
        began, others = time.monotonic(), Others()
        try:
            bench.mock.start()
            run(bench, phases, contestants, notes)
        except traffic.Failure as failure:
            sys.exit(f"bench: {failure}")
        finally:
            for server in reversed(bench.servers.values()):
                server.stop()
        took, others = time.monotonic() - began, others.share()
        size = stripped_mib(options.binary, folder)

    summary = report(bench, contestants, titles, notes)
    print(f"The binary without symbols has {size:.1f} MiB.")
    print(f"{machine()}; {options.rounds} rounds of {options.seconds} s, {took:.0f} s in all, during which "
          f"others used {others:.0%} of the machine.")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": machine(), "others": others, "stripped MiB": size, "notes": notes, "metrics": summary}, f,
                      indent=1)


if __name__ == "__main__":
    main()
