#!/usr/bin/env python3
"""What a request may cost, in instructions and system calls: counts that do not depend on how busy the machine is.

    guard.py --binary PENSTOCK --load LOAD [--record]

Compares with bounds.json beside it and fails when anything costs more; `--record` writes what was measured, with room for
what differs between machines, instead.
"""

import argparse
import http.client
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Gateway"))
import measure  # noqa: E402
import servers  # noqa: E402

BOUNDS = os.path.join(HERE, "bounds.json")
# Name, model, endpoint, size of the body, requests of the short and of the long run, what one request counts for.
CASES = [
    ("small request", "plain", "chat", 0, 100, 500, 1),
    ("small request, /v1/responses", "plain", "responses", 0, 100, 400, 1),
    ("request with a 100 KB body", "plain", "chat", 100_000, 20, 80, 1),
    ("chunk of a burst of 200", "burst", "chat", 0, 10, 40, 201),
    ("event of a burst of 200, /v1/responses", "burst", "responses", 0, 10, 40, 202),
]
# System calls per small request over connections that stay: two reads and two writes.
CALLS = ["sendto", "recvfrom", "epoll_wait", "epoll_ctl", "poll", "getsockopt", "setsockopt", "fcntl", "close", "futex", "write"]
ROOM = 1.08


def instructions(bench, model, api, size, short, long):
    """Per request: the difference of two runs, so that what starting costs is in neither."""
    totals = []
    for count in (short, long):
        server = bench.penstock
        plain = server.command
        out = f"{bench.folder}/callgrind.{count}"
        server.command = plain[:3] + ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *plain[3:]]
        server.patience = 60
        try:
            server.start(bench.ask_once)
            ask(bench, server, model, api, size, count)
        finally:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
            server.command = plain
        with open(out) as f:
            totals.append(int(re.search(r"^(?:summary|totals): (\d+)", f.read(), re.M).group(1)))
    return (totals[1] - totals[0]) / (long - short)


def ask(bench, server, model, api, size, count):
    with open(bench.body(model, api, size), "rb") as f:
        body = f.read()
    fields = {"Authorization": f"Bearer {server.key(model)}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(count):
        connection.request("POST", server.path(model, api), body, fields)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"guard: {model} answered {answer.status}")
    connection.close()


def system_calls(bench):
    """Per small request of 32 clients; what requests share rounds towards nothing."""
    server = bench.penstock
    server.start(bench.ask_once)
    try:
        bench.wrk(server, "plain", 32, seconds=1)  # connections are open
        out = f"{bench.folder}/strace"
        trace = subprocess.Popen(
            ["strace", "-f", "-c", "-o", out, "-p", str(server.process.pid)], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        time.sleep(0.5)
        if trace.poll() is not None:
            return None, trace.stderr.read()
        requests = bench.wrk(server, "plain", 32, seconds=3)["ok"]
        trace.send_signal(signal.SIGINT)
        trace.wait()
    finally:
        server.stop()
    counts = {}
    with open(out) as f:
        for line in f:
            fields = line.split()
            if len(fields) >= 5 and fields[0][0].isdigit():
                counts[fields[-1]] = int(fields[3]) / requests
    return counts, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    options.rounds, options.seconds = 1, 3
    measured, skipped = {}, []
    with tempfile.TemporaryDirectory(prefix="penstock-guard.") as folder:
        os.chmod(folder, 0o755)
        # valgrind 3.19 cannot read the debug information that Swift writes.
        binary = f"{folder}/penstock-under-test"
        shutil.copyfile(options.binary, binary)
        os.chmod(binary, 0o755)
        subprocess.run(["strip", "-g", binary], check=True)
        options.binary = binary
        bench = measure.Bench(options, folder)
        bench.mock.start(bench.ask_once)
        try:
            for name, model, api, size, short, long, share in CASES:
                measured[f"instructions per {name}"] = instructions(bench, model, api, size, short, long) / share
            calls, refusal = system_calls(bench)
            if calls is None:
                skipped.append(f"system calls: strace is not permitted here ({refusal.strip().splitlines()[0]})")
            else:
                for name in CALLS:
                    measured[f"{name} calls per small request"] = calls.pop(name, 0)
                calls.pop("total", None)
                measured["other calls per small request"] = sum(calls.values())
        finally:
            bench.mock.stop()
    sys.exit(record(measured) if options.record else compare(measured, skipped))


def bound(name, value):
    """Room for another processor's string functions, or for a call that requests share."""
    return math.ceil(value * ROOM) if name.startswith("instructions") else round(value + 0.15, 2)


def record(measured):
    bounds = {name: bound(name, value) for name, value in measured.items()}
    with open(BOUNDS, "w") as f:
        json.dump(bounds, f, indent=1)
        f.write("\n")
    for name, value in measured.items():
        print(f"{name}: {value:.2f}, bound {bounds[name]}")
    return 0


def compare(measured, skipped):
    with open(BOUNDS) as f:
        bounds = json.load(f)
    failed = 0
    for name, value in measured.items():
        limit = bounds.get(name)
        verdict = "no bound recorded" if limit is None else "ok" if value <= limit else "TOO MUCH"
        failed += verdict != "ok"
        print(f"{name:<58} {value:>12.2f}   at most {limit}   {verdict}")
    for line in skipped:
        print(f"SKIPPED {line}")
    print(f"guard: {len(measured) - failed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    main()
