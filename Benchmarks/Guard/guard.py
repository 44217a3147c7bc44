#!/usr/bin/env python3
"""What a request costs, counted and not timed, so that a busy machine does not matter: see docs/PERFORMANCE.md.

    guard.py --binary PENSTOCK [--record]

Instructions per request under valgrind, system calls per request under strace, both compared with bounds.json. The binary
must be free of debug information, which valgrind cannot read. Exit code 1: something costs more than its bound.
"""

import argparse
import glob
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../Gateway")
import servers  # noqa: E402
from traffic import Connection, Failure, Load  # noqa: E402

BOUNDS = f"{HERE}/bounds.json"
HOT_FUNCTIONS = f"{HERE}/../../Sources/penstock/hot-functions.txt"
# Name, the mock's answer, API, bytes of the body, how many are sent, and what one of them is divided by.
REQUESTS = [
    ("small request", "plain", "chat", 0, 400, 1),
    ("small request, /v1/responses", "plain", "responses", 0, 400, 1),
    ("request with a 100 KB body", "plain", "chat", 100_000, 100, 1),
    ("chunk of a burst", "burst", "chat", 0, 40, 200),
    ("event of a burst, /v1/responses", "burst", "responses", 0, 40, 201),
]
# Calls that happen more rarely than this are counted together.
RARE = 0.5
OTHERS = "all others"


class Forbidden(Exception):
    """The environment does not let us count."""


def probe(*command):
    """Runs a tool on a program that does nothing."""
    try:
        done = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise Forbidden(error) from None
    if done.returncode != 0:
        raise Forbidden(" ".join((done.stderr.strip() or f"{command[0]} failed").split()))


def gateway(binary, folder, mock, tls_port, under=()):
    name = "valgrind" if under else "strace"
    return servers.penstock(binary, f"{folder}/{name}", servers.free_port(), mock.port, tls_port, under=under)


def profiles(binary, folder, mock, tls_port, requests, *options):
    """What callgrind wrote of every kind of request, one after the other: the kind and the file's text."""
    probe("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    out = f"{folder}/callgrind"
    pipes = f"--vgdb-prefix={folder}/vgdb"
    server = gateway(
        binary, folder, mock, tls_port, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", pipes, *options])

    def since_last():
        """What was executed since the last call."""
        try:
            subprocess.run(["callgrind_control", pipes, "-d", str(server.pid)], capture_output=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise Forbidden(f"callgrind_control: {error}") from None
        written = glob.glob(f"{out}.*")
        if len(written) != 1:
            raise Forbidden(f"callgrind wrote {len(written)} files for one")
        with open(written[0]) as f:
            text = f.read()
        os.remove(written[0])
        return text

    try:
        server.start()
        for request in requests:
            _, case, api, size, count, _ = request
            with Connection(server, case, api, size) as client:
                for _ in range(10):  # connections are open, buffers have their size
                    client.ask()
                since_last()
                for _ in range(count):
                    client.ask()
                yield request, since_last()
    finally:
        server.stop()


def instructions(binary, folder, mock, tls_port):
    """Of every kind of request the instructions in user space."""
    counts = {}
    for (name, _, _, _, count, parts), profile in profiles(binary, folder, mock, tls_port, REQUESTS):
        total = int(re.search(r"^totals: (\d+)", profile, re.MULTILINE).group(1))
        counts[name] = round(total / count / parts)
    return counts


def calls(binary, folder, mock, tls_port):
    """The system calls of a small request while 64 connections are busy: what a turn of the loop shares is hardly seen. Those
    of the loop only: the log's thread works by the clock, so that its share depends on the speed of the machine."""
    probe("strace", "-c", "-o", "/dev/null")
    server, load, out = gateway(binary, folder, mock, tls_port), Load(folder, servers.LOAD_CORE), f"{folder}/calls"
    try:
        server.start()
        load.wrk(server, "plain", 64, 1)
        times = server.threads_ns()
        loop = max(times, key=times.get)
        tracer = subprocess.Popen(
            ["strace", "-c", "-o", out, "-p", loop], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        try:
            limit = time.monotonic() + 10
            while not is_traced(loop):
                if tracer.poll() is not None or time.monotonic() > limit:
                    tracer.kill()
                    raise Forbidden(" ".join(tracer.communicate()[1].split()) or "strace does not attach")
                time.sleep(0.01)
            requests = load.wrk(server, "plain", 64, 3)["ok"]
        finally:
            if tracer.poll() is None:
                tracer.send_signal(signal.SIGINT)
                tracer.wait()
    finally:
        server.stop()
    counts = {OTHERS: 0}
    with open(out) as f:
        for fields in map(str.split, f):  # share, seconds, µs per call, calls, [errors], name
            if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
                name, share = fields[-1], int(fields[3]) / requests
                if share < RARE:
                    counts[OTHERS] += share
                else:
                    counts[name] = share
    return {name: round(share, 3) for name, share in counts.items()}


def is_traced(thread):
    with open(f"/proc/{thread}/status") as f:
        return "\nTracerPid:\t0\n" not in f.read()


# MARK: verdicts

# Title, how to measure, digits.
KINDS = {
    "instructions": ("instructions", instructions, 0),
    "calls": ("system calls of a small request", calls, 2),
}


def bound_of(kind, name, bounds):
    recorded, room = bounds["recorded"][kind].get(name, 0), bounds["headroom"]
    if kind == "instructions":
        return recorded * (1 + room["instructions"])
    # The rare ones come from opening connections and from the clock, and weigh more when fewer requests were answered.
    return recorded + room["rare calls" if name == OTHERS else "calls"]



def compare(kind, measured, bounds):
    """Prints a table; returns whether all is within bounds."""
    title, _, digits = KINDS[kind]
    recorded = bounds["recorded"][kind]
    print(f"\n{title:38} {'measured':>10} {'recorded':>10} {'bound':>10}")
    fine = True
    for name in sorted(recorded.keys() | measured.keys(), key=lambda name: -recorded.get(name, 0)):
        value, bound = measured.get(name, 0), bound_of(kind, name, bounds)
        verdict = "ok" if value <= bound else "TOO MUCH"
        fine &= value <= bound
        print(f"{name:38} {value:10.{digits}f} {recorded.get(name, 0):10.{digits}f} {bound:10.{digits}f}  {verdict}")
    return fine


def knows_hot_functions(binary, least):
    """Whether enough of the functions that the linker puts together are still called so."""
    with open(HOT_FUNCTIONS) as f:
        listed = set(f.read().split())
    symbols = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
    share = len(listed & {line.split()[-1] for line in symbols.splitlines()}) / len(listed)
    fine = share >= least
    print(f"\nhot functions that exist: {share:.0%}, at least {least:.0%} wanted: "
          f"{'ok' if fine else 'TOO FEW, scripts/hot-functions writes the list anew'}")
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--record", action="store_true", help="what is measured becomes the bound")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with open(BOUNDS) as f:
        bounds = json.load(f)
    began, verdicts = time.monotonic(), []
    try:
        with servers.running_mock("guard") as upstream:
            for kind, (title, measure, _) in KINDS.items():
                try:
                    measured = measure(options.binary, *upstream)
                except Forbidden as reason:
                    print(f"\nguard: SKIPPED {title}, nothing is known about them: {reason}")
                    continue
                if options.record:
                    bounds["recorded"][kind] = measured
                verdicts.append(compare(kind, measured, bounds))
    except Failure as failure:
        sys.exit(f"guard: {failure}")
    fine = knows_hot_functions(options.binary, bounds["hot functions"])
    if options.record:
        with open(BOUNDS, "w") as f:
            json.dump(bounds, f, indent=2)
            f.write("\n")
    if False in verdicts:
        result = "TOO MUCH"
    elif not fine:
        result = "hot functions unknown"
    else:
        result = "within bounds" if len(verdicts) == len(KINDS) else "incomplete"
    print(f"\nguard: {result} after {time.monotonic() - began:.0f} s")
    return 1 if False in verdicts or not fine else 0


if __name__ == "__main__":
    sys.exit(main())
