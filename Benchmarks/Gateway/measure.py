#!/usr/bin/env python3
"""Penstock beside nginx as reverse proxy, in turn, on the same cores: see docs/PERFORMANCE.md.

    measure.py --binary PENSTOCK --load LOAD [--rounds 5] [--seconds 2] [--only PHASE,... | --all] [--peers NAME,...] [--json FILE]
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import servers

HERE = os.path.dirname(os.path.abspath(__file__))
STREAMS, HELD, HELD_MANY, NAMES, DEPLOYMENTS = 100, 1000, 5000, 100_000, 10_000

# Phase, what its row is called, digits, whether it is one of the usual ones. The function is the method of that name.
ROWS = {
    "small": [("CPU per small request, µs", "cpu", 1), ("small requests per second, one core", "rps", 0)],
    "responses": [("CPU per small request, /v1/responses, µs", "cpu", 1)],
    "tls": [("CPU per small request, TLS upstream, µs", "cpu", 1)],
    "large": [("CPU per request with a 100 KB body, µs", "cpu", 1)],
    "latency": [("added latency at 300 req/s, p50, µs", "p50", 0), ("added latency at 300 req/s, p99, µs", "p99", 0)],
    "paced": [(f"CPU per chunk of {STREAMS} streams, µs", "cpu", 1)],
    "burst": [("CPU per stream of 200 chunks at once, µs", "cpu", 0)],
    "responses_paced": [(f"CPU per event of {STREAMS} streams, /v1/responses, µs", "cpu", 1)],
    "responses_burst": [("CPU per stream of 200 events at once, /v1/responses, µs", "cpu", 0)],
    "held": [
        (f"memory per open stream ({HELD}), KiB", "stream KiB", 1), ("memory when idle, MiB", "idle MiB", 1),
        ("start to first answer, ms", "start ms", 1)],
    "tls_held": [(f"memory per open stream ({HELD}), TLS upstream, KiB", "stream KiB", 1)],
    "held_many": [
        (f"memory per open stream ({HELD_MANY}), KiB", "stream KiB", 1),
        (f"memory 5 s after {HELD_MANY} streams, MiB", "after MiB", 1)],
    "huge": [("CPU per request with a 1 MB body, µs", "cpu", 0)],
    "bodies": [("most memory while 4 clients send 20 MB each, MiB", "peak MiB", 1)],
    "workers": [
        ("two workers: CPU per small request, µs", "cpu", 1), ("two workers: requests per second, both cores", "rps", 0),
        ("two workers: the busier one's CPU to the other's", "fairness", 2)],
    "scale": [(f"CPU per small request, {DEPLOYMENTS} deployments, {NAMES} names, µs", "cpu", 1)],
}
USUAL = ["small", "responses", "tls", "large", "latency", "paced", "burst", "responses_burst", "held", "tls_held"]


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.values = {}  # (phase, figure, system) -> one value a round
        self.body_files = {}
        servers.make_certificate(folder)
        self.mock_port, self.tls_port = servers.free_port(), servers.free_port()
        self.mock = servers.mock(f"{folder}/mock", self.mock_port, self.tls_port)
        self.mock.path = lambda model, api: f"/{servers.upstream_base(model)}/api/v1/{servers.PATHS[api]}"
        self.nginx = servers.reference(f"{folder}/nginx", servers.free_port(), self.mock_port, self.tls_port)
        self.penstock = servers.penstock(
            options.binary, f"{folder}/penstock", servers.free_port(), self.mock_port, self.tls_port)

    def two_workers(self):
        return [
            servers.reference(
                f"{self.folder}/nginx-2", servers.free_port(), self.mock_port, self.tls_port, workers=2, cores="0,1"),
            servers.penstock(
                self.options.binary, f"{self.folder}/penstock-2", servers.free_port(), self.mock_port, self.tls_port,
                workers=2, cores="0,1")]

    def large_catalog(self):
        return servers.penstock(
            self.options.binary, f"{self.folder}/penstock-many", servers.free_port(), self.mock_port, self.tls_port,
            deployments=DEPLOYMENTS)

    # MARK: what is asked for

    def body(self, model, api="chat", bytes_wanted=0):
        """A request of 300 bytes, or padded with a long conversation."""
        key = (model, api, bytes_wanted)
        if key not in self.body_files:
            system = "You are a helpful assistant. Answer in one or two short sentences."
            messages = [{"role": "user", "content": "What is a penstock, and when is it opened?"}]
            turn = "The water of the upper reservoir, so the \"operator's\" manual says,\nruns down the pipe. " * 12
            missing = max(0, bytes_wanted - 300) // (len(json.dumps(turn)) + 36)
            for number in range(missing):
                messages.insert(0, {"role": "assistant" if number % 2 == 0 else "user", "content": turn})
            request = {
                "model": model, "stream": model.split("-")[-1] in ("paced", "burst", "held"), "temperature": 0.7}
            if api == "chat":
                request |= {"max_tokens": 256, "messages": [{"role": "system", "content": system}] + messages}
            else:
                request |= {"max_output_tokens": 256, "instructions": system, "input": messages}
            request["user"] = "benchmark"
            path = f"{self.folder}/{model.replace('/', '-')}-{api}-{bytes_wanted}.json"
            with open(path, "w") as f:
                json.dump(request, f)
            self.body_files[key] = path
        return self.body_files[key]

    def wrk(self, server, model, connections, api="chat", bytes_wanted=0, names=0, seconds=None):
        seconds = seconds or self.options.seconds
        cores = ["taskset", "-c", servers.LOAD_CORE]
        result = run_json(
            [*cores, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", f"{HERE}/post.lua",
             f"http://127.0.0.1:{server.port}{server.path(model, api)}", "--", self.body(model, api, bytes_wanted),
             server.key(model), str(names)])
        return check(result, f"{server.name} {model}")

    def load_command(self, mode, server, model, *amounts, api="chat"):
        return ["taskset", "-c", servers.LOAD_CORE, self.options.load, mode, str(server.port), server.path(model, api),
                self.body(model, api), server.key(model), *map(str, amounts)]

    def load(self, mode, server, model, *amounts, api="chat"):
        return check(run_json(self.load_command(mode, server, model, *amounts, api=api)), f"{server.name} {model}")

    def ask_once(self, server, model="plain"):
        """A whole request and its answer; `OSError` when there is none."""
        with open(self.body(model), "rb") as f:
            body = f.read()
        head = (f"POST {server.path(model, 'chat')} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key(model)}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as s:
            s.sendall(head.encode() + body)
            answer = s.recv(1 << 16)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"answered {answer[:200]!r}")

    def add(self, phase, figure, server, value):
        self.values.setdefault((phase, figure, server.name), []).append(value)

    # MARK: phases, each for one server and one round

    def small(self, server):
        self.cpu_per_request("small", server, "plain", 64)

    def responses(self, server):
        self.cpu_per_request("responses", server, "plain", 64, api="responses")

    def tls(self, server):
        self.cpu_per_request("tls", server, "tls-plain", 64)

    def large(self, server):
        self.cpu_per_request("large", server, "plain", 16, bytes_wanted=100_000)

    def huge(self, server):
        self.cpu_per_request("huge", server, "plain", 8, bytes_wanted=1_000_000)

    def scale(self, server):
        self.cpu_per_request("scale", server, "many/0", 64, names=NAMES)

    def workers(self, server):
        before = server.threads_ns()
        self.cpu_per_request("workers", server, "plain", 64)
        spent = sorted(
            (ns - before.get(thread, 0) for thread, ns in server.threads_ns().items()
             if thread[1].startswith("loop") or thread[1] == "nginx"), reverse=True)
        if len(spent) > 1:
            self.add("workers", "fairness", server, spent[0] / max(1, spent[1]))

    def cpu_per_request(self, phase, server, model, connections, api="chat", bytes_wanted=0, names=0):
        self.wrk(server, model, connections, api, bytes_wanted, names, seconds=1)  # connections open, caches warm
        before = server.cpu_ns()
        result = self.wrk(server, model, connections, api, bytes_wanted, names)
        self.add(phase, "cpu", server, (server.cpu_ns() - before) / 1000 / result["ok"])
        self.add(phase, "rps", server, result["ok"] / result["seconds"])

    def latency(self, server):
        result = self.load("rate", server, "plain", 300, self.options.seconds)
        self.add("latency", "direct p50" if server is self.mock else "p50 of", server, result["p50_us"])
        self.add("latency", "direct p99" if server is self.mock else "p99 of", server, result["p99_us"])

    def paced(self, server, phase="paced", api="chat"):
        before = server.cpu_ns()
        result = self.load("streams", server, "paced", STREAMS, self.options.seconds, api=api)
        self.add(phase, "cpu", server, (server.cpu_ns() - before) / 1000 / result["events"])

    def responses_paced(self, server):
        self.paced(server, "responses_paced", "responses")

    def burst(self, server, phase="burst", api="chat"):
        self.load("streams", server, "burst", 16, 0.2, api=api)
        before = server.cpu_ns()
        result = self.load("streams", server, "burst", 16, self.options.seconds, api=api)
        self.add(phase, "cpu", server, (server.cpu_ns() - before) / 1000 / result["ok"])

    def responses_burst(self, server):
        self.burst(server, "responses_burst", "responses")

    def held(self, server, phase="held", model="held", count=HELD):
        """A fresh process: what it takes to start, what it holds then, and what each open stream adds."""
        server.stop()
        self.add(phase, "start ms", server, server.start(self.ask_once) * 1000)
        self.add(phase, "idle MiB", server, server.memory_kib() / 1024)
        # A few streams first: buffers and tables that come with the first of them are not the price of the next.
        for number in (10, count):
            before = server.memory_kib()
            load = subprocess.Popen(
                self.load_command("hold", server, model, number), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            result = check(json.loads(load.stdout.readline()), f"{server.name} {model}")
            if number == count:
                time.sleep(1.5)  # by now every stream has been waiting
                self.add(phase, "stream KiB", server, (server.memory_kib() - before) / result["ok"])
            load.communicate()
        time.sleep(5)
        self.add(phase, "after MiB", server, server.memory_kib() / 1024)

    def tls_held(self, server):
        self.held(server, "tls_held", "tls-held")

    def held_many(self, server):
        self.held(server, "held_many", count=HELD_MANY)

    def bodies(self, server):
        server.stop()
        server.start(self.ask_once)
        self.wrk(server, "plain", 4, bytes_wanted=20_000_000)
        self.add("bodies", "peak MiB", server, server.memory_kib("VmHWM") / 1024)

    # MARK: who runs

    def run(self, phase, systems, baseline=None):
        """Every round each system in turn; who comes first changes, so that a drift of the machine favours nobody."""
        for number in range(self.options.rounds):
            for server in systems[number % len(systems):] + systems[:number % len(systems)]:
                try:
                    getattr(self, phase)(server)
                except (Failed, OSError, RuntimeError) as error:
                    if server in (self.nginx, self.penstock) or baseline is None:
                        raise
                    systems = [other for other in systems if other is not server]
                    print(f"{server.name} left out of {phase}: {error}", file=sys.stderr)
            if phase == "latency":
                self.latency(self.mock)
        print(f"{phase}: done", file=sys.stderr)


class Failed(Exception):
    pass


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def check(result, what):
    if result["failed"] > 0 or result["ok"] == 0:
        raise Failed(f"{what}: {result['failed']} failed, {result['ok']} answered; {result.get('why', '')}")
    return result


# MARK: what is printed

def add_latencies(bench, names):
    for share in ("p50", "p99"):
        direct = bench.values.get(("latency", f"direct {share}", "mock"), [])
        for name in names:
            for through, without in zip(bench.values.get(("latency", f"{share} of", name), []), direct):
                bench.values.setdefault(("latency", share, name), []).append(through - without)


def ratio(ours, theirs):
    """Of each round the ratio, of these the median: what disturbed a round disturbed both in it."""
    pairs = [a / b for a, b in zip(ours, theirs) if b > 0]
    return statistics.median(pairs) if pairs else float("nan")


def table(bench, phases, names):
    """Rows of figures; for each system its median and the ratio to nginx, then how far nginx varied by itself."""
    add_latencies(bench, names)
    others = [name for name in names if name != "nginx"]
    lines = ["| | " + " | ".join(f"{name} | ratio" for name in others) + " | nginx | nginx varied by |",
             "|---" * (len(others) * 2 + 3) + "|"]
    summary = {}
    for phase in phases:
        for title, figure, digits in ROWS[phase]:
            theirs = bench.values.get((phase, figure, "nginx"))
            if not theirs:
                continue
            cells = []
            for name in others:
                ours = bench.values.get((phase, figure, name))
                if not ours:
                    cells += ["–", "–"]
                    continue
                cells += [f"{statistics.median(ours):.{digits}f}", f"{ratio(ours, theirs):.2f}"]
                summary.setdefault(name, {})[f"{phase} {figure}"] = {
                    "value": statistics.median(ours), "nginx": statistics.median(theirs), "ratio": ratio(ours, theirs)}
            middle = statistics.median(theirs)
            spread = (max(theirs) - min(theirs)) / middle if middle else 0
            lines.append(f"| {title} | {' | '.join(cells)} | {middle:.{digits}f} | {spread:.0%} |")
    return "\n".join(lines), summary


def cpu_ticks():
    """All ticks of the machine so far, those that were not idle, and those that the host took."""
    with open("/proc/stat") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return sum(fields), sum(fields) - fields[3] - fields[4], fields[7]


def machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{models[0] if models else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


def busy_before(seconds=2):
    """The share of the machine that others use, while nothing of ours runs."""
    total, busy, _ = cpu_ticks()
    time.sleep(seconds)
    total_after, busy_after, _ = cpu_ticks()
    return (busy_after - busy) / max(1, total_after - total)


def binary_size(path):
    """Of a stripped copy, in MB."""
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfile(path, copy.name)
        subprocess.run(["strip", copy.name], check=True)
        return os.path.getsize(copy.name) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--peers", default="", help=f"of {', '.join(peers.KNOWN)}")
    parser.add_argument("--peers-folder", default="", help="where their virtual environments lie")
    parser.add_argument("--json")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(ROWS) if options.all else USUAL
    if not set(wanted) <= set(ROWS) or options.rounds < 1 or not 1 <= options.seconds <= 30:
        parser.error(f"phases are {', '.join(ROWS)}; a round has at least one second")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    random.seed(1)
    began, others, before = time.monotonic(), busy_before(), cpu_ticks()
    with tempfile.TemporaryDirectory(prefix="penstock-bench.") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(options, folder)
        usual = [bench.nginx, bench.penstock]
        running = [bench.mock, *usual]
        try:
            for server in running:
                server.start(bench.ask_once)
            for name in filter(None, options.peers.split(",")):
                try:
                    peer = peers.make(name, options.peers_folder, f"{folder}/{name}", bench.mock_port)
                    running.append(peer)
                    peer.start(bench.ask_once)
                    usual.append(peer)
                except (OSError, RuntimeError) as error:
                    print(f"{name} left out: {error}", file=sys.stderr)
            for phase in wanted:
                systems = usual
                if phase == "workers":
                    systems = bench.two_workers()
                elif phase == "scale":
                    systems = [bench.nginx, bench.large_catalog()]
                for server in systems:
                    if server not in running:
                        running.append(server)
                        server.start(bench.ask_once)
                bench.run(phase, systems, baseline=bench.nginx if len(usual) > 2 else None)
                for server in systems:
                    if server not in usual:
                        server.stop()
        finally:
            for server in reversed(running):
                server.stop()
        names = [server.name for server in usual]
    text, summary = table(bench, wanted, names)
    print(text)
    after = cpu_ticks()
    print(f"\n{machine()}; {options.rounds} rounds of {options.seconds} s, {time.monotonic() - began:.0f} s in all. Before it "
          f"others used {others:.0%} of the machine; during it the host took {(after[2] - before[2]) / max(1, after[0] - before[0]):.1%}.")
    print(f"stripped binary: {binary_size(options.binary):.1f} MB")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": machine(), "others": others, "systems": summary}, f, indent=1)


if __name__ == "__main__":
    main()
