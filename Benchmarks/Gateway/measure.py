#!/usr/bin/env python3
"""Penstock beside nginx as reverse proxy, in turn, on one core: see docs/PERFORMANCE.md.

    measure.py --binary PENSTOCK --load LOAD [--rounds 5] [--seconds 2] [--only PHASE,...] [--json FILE]
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import servers

HERE = os.path.dirname(os.path.abspath(__file__))
PHASES = ["small", "tls", "large", "latency", "paced", "burst", "held"]
STREAMS, HELD = 100, 1000


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.values = {}  # (metric, system) -> one value a round
        servers.make_certificate(folder)
        mock_port, tls_port, nginx_port, penstock_port = (servers.free_port() for _ in range(4))
        self.mock = servers.mock(f"{folder}/mock", mock_port, tls_port)
        self.nginx = servers.reference(f"{folder}/nginx", nginx_port, mock_port, tls_port)
        self.penstock = servers.penstock(
            options.binary, f"{folder}/penstock", penstock_port, mock_port, tls_port)
        self.body_files = {}

    # MARK: what is asked for

    def body(self, model, bytes_wanted=0):
        """A chat request: 300 bytes, or padded with a long conversation."""
        key = (model, bytes_wanted)
        if key not in self.body_files:
            messages = [
                {"role": "system", "content": "You are a helpful assistant. Answer in one or two short sentences."},
                {"role": "user", "content": "What is a penstock, and when is it opened?"}]
            request = {"model": model, "stream": model in ("paced", "burst", "held"), "temperature": 0.7,
                       "max_tokens": 256, "messages": messages, "user": "benchmark"}
            while len(json.dumps(request)) < bytes_wanted:
                messages.insert(1, {"role": "user" if len(messages) % 2 else "assistant", "content":
                    "The water of the upper reservoir, so the \"operator's\" manual says,\nruns down the pipe. " * 12})
            path = f"{self.folder}/{model}-{bytes_wanted}.json"
            with open(path, "w") as f:
                json.dump(request, f)
            self.body_files[key] = path
        return self.body_files[key]

    def target(self, server, model):
        """Port, path and key under which `server` leads to the mock's answer for `model`."""
        if server is self.penstock:
            return server.port, "/v1/chat/completions", servers.MASTER_KEY
        base = "/tls/plain" if model == "tls" and server is self.nginx else f"/{'plain' if model == 'tls' else model}"
        return server.port, f"{base}/api/v1/chat/completions", ""

    def wrk(self, server, model, connections, bytes_wanted=0):
        port, path, key = self.target(server, model)
        result = run_json(
            ["taskset", "-c", servers.LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{self.options.seconds}s", "-s",
             f"{HERE}/post.lua", f"http://127.0.0.1:{port}{path}", "--", self.body(model, bytes_wanted), key])
        return check(result, f"{server.name} {model}")

    def load(self, mode, server, model, *amounts):
        port, path, key = self.target(server, model)
        result = run_json(
            ["taskset", "-c", servers.LOAD_CORE, self.options.load, mode, str(port), path, self.body(model), key,
             *map(str, amounts)])
        return check(result, f"{server.name} {model}")

    def add(self, metric, server, value):
        self.values.setdefault((metric, server.name), []).append(value)

    # MARK: phases, each for one server and one round

    def small(self, server):
        self.cpu_per_request("small", server, "plain", 64)

    def tls(self, server):
        self.cpu_per_request("tls", server, "tls", 64)

    def large(self, server):
        self.cpu_per_request("large", server, "plain", 16, 100_000)

    def cpu_per_request(self, metric, server, model, connections, bytes_wanted=0):
        self.load("rate", server, model, 200, 0.2)  # connections are open, caches warm
        before = server.cpu_ns()
        result = self.wrk(server, model, connections, bytes_wanted)
        self.add(f"{metric} us", server, (server.cpu_ns() - before) / 1000 / result["ok"])
        self.add(f"{metric} rps", server, result["ok"] / result["seconds"])

    def latency(self, server):
        result = self.load("rate", server, "plain", 300, self.options.seconds)
        self.add("latency p50", server, result["p50_us"])
        self.add("latency p99", server, result["p99_us"])

    def paced(self, server):
        before = server.cpu_ns()
        result = self.load("streams", server, "paced", STREAMS, self.options.seconds)
        self.add("paced us", server, (server.cpu_ns() - before) / 1000 / result["events"])

    def burst(self, server):
        before = server.cpu_ns()
        result = self.load("streams", server, "burst", 16, self.options.seconds)
        self.add("burst us", server, (server.cpu_ns() - before) / 1000 / result["ok"])

    def held(self, server):
        """A fresh process: what it takes to start, what it holds then, and what each open stream adds."""
        server.stop()
        began = time.monotonic()
        server.start()
        self.ask_once(server)
        self.add("start ms", server, (time.monotonic() - began) * 1000)
        self.add("idle MiB", server, server.rss_kib() / 1024)
        port, path, key = self.target(server, "held")
        # A few streams first: buffers and tables that come with the first of them are not the price of the next.
        for count in (10, HELD):
            before = server.rss_kib()
            load = subprocess.Popen(
                ["taskset", "-c", servers.LOAD_CORE, self.options.load, "hold", str(port), path, self.body("held"), key,
                 str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            result = check(json.loads(load.stdout.readline()), f"{server.name} held")
            if count == HELD:
                time.sleep(1.5)  # by now every stream has been waiting
                self.add("held KiB", server, (server.rss_kib() - before) / result["ok"])
            load.communicate()

    def ask_once(self, server):
        port, path, key = self.target(server, "plain")
        with open(self.body("plain"), "rb") as f:
            body = f.read()
        head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
            s.sendall(head.encode() + body)
            answer = s.recv(1 << 16)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{server.name} answered {answer[:200]!r}")


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def check(result, what):
    if result["failed"] > 0 or result["ok"] == 0:
        raise SystemExit(f"{what}: {result['failed']} failed, {result['ok']} answered; {result.get('why', '')}")
    return result


# MARK: what is printed

# Metric, its name, digits.
ROWS = [
    ("small us", "CPU per small request, µs", 1),
    ("tls us", "CPU per small request, TLS upstream, µs", 1),
    ("large us", "CPU per request with a 100 KB body, µs", 1),
    ("paced us", f"CPU per chunk of {STREAMS} streams, µs", 1),
    ("burst us", "CPU per stream of 200 chunks at once, µs", 0),
    ("small rps", "small requests per second, one core", 0),
    ("added p50", "added latency at 300 req/s, p50, µs", 0),
    ("added p99", "added latency at 300 req/s, p99, µs", 0),
    ("held KiB", f"memory per open stream ({HELD}), KiB", 1),
    ("idle MiB", "memory when idle, MiB", 1),
    ("start ms", "start to first answer, ms", 1),
]


def add_latencies(bench):
    for share in ("p50", "p99"):
        direct = bench.values.get((f"latency {share}", "mock"), [])
        for server in ("nginx", "penstock"):
            for with_server, without in zip(bench.values.get((f"latency {share}", server), []), direct):
                bench.values.setdefault((f"added {share}", server), []).append(with_server - without)


def table(bench):
    add_latencies(bench)
    lines = ["| | penstock | nginx | ratio | nginx varied by |", "|---|---|---|---|---|"]
    summary = {}
    for metric, name, digits in ROWS:
        ours, theirs = (bench.values.get((metric, s)) for s in ("penstock", "nginx"))
        if not ours or not theirs:
            continue
        # Of each round the ratio, of these the median: what disturbed a round disturbed both in it.
        ratio = statistics.median(a / b for a, b in zip(ours, theirs)) if min(theirs) > 0 else float("nan")
        middle = statistics.median(theirs)
        spread = (max(theirs) - min(theirs)) / middle if middle else 0
        lines.append(
            f"| {name} | {statistics.median(ours):.{digits}f} | {middle:.{digits}f} | {ratio:.2f} | {spread:.0%} |")
        summary[metric] = {"penstock": statistics.median(ours), "nginx": middle, "ratio": ratio, "spread": spread}
    return "\n".join(lines), summary


def cpu_ticks():
    """All ticks of the machine so far, and those that were not idle (stolen ones are not)."""
    with open("/proc/stat") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return sum(fields), sum(fields) - fields[3] - fields[4]


def machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return f"{models[0] if models else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


def busy_before(seconds=2):
    """The share of the machine that others use, while nothing of ours runs."""
    total, busy = cpu_ticks()
    time.sleep(seconds)
    total_after, busy_after = cpu_ticks()
    return (busy_after - busy) / max(1, total_after - total)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default=",".join(PHASES))
    parser.add_argument("--json")
    options = parser.parse_args()
    phases = options.only.split(",")
    if not set(phases) <= set(PHASES) or options.rounds < 1 or not 1 <= options.seconds <= 30:
        parser.error(f"phases are {', '.join(PHASES)}; a round has at least one second")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began, others = time.monotonic(), busy_before()
    with tempfile.TemporaryDirectory(prefix="penstock-bench.") as folder:
        bench = Bench(options, folder)
        running = [bench.mock, bench.nginx, bench.penstock]
        try:
            for server in running:
                server.start()
            for phase in phases:
                for number in range(options.rounds):
                    pair = [bench.nginx, bench.penstock]
                    # Who comes first changes, so that a drift of the machine favours nobody.
                    for server in pair if number % 2 == 0 else pair[::-1]:
                        getattr(bench, phase)(server)
                    if phase == "latency":
                        bench.latency(bench.mock)
                print(f"{phase}: done", file=sys.stderr)
        finally:
            for server in reversed(running):
                server.stop()
    text, summary = table(bench)
    print(text)
    print(f"\n{machine()}; {options.rounds} rounds of {options.seconds} s, {time.monotonic() - began:.0f} s in all. "
          f"Before it others used {others:.0%} of the machine.")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": machine(), "others": others, "metrics": summary}, f, indent=1)


if __name__ == "__main__":
    main()
