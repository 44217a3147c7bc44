#!/usr/bin/env python3
"""What twice as much input costs: no more than about twice as many instructions, for every kind of input from outside.

    doubling.py --binary PENSTOCK [--only WORD]           count N and 2N under valgrind
    doubling.py --binary PENSTOCK --turns [--only WORD]   the loop's longest turn with inputs as large as they may be

Counted and not timed, so that a busy machine does not matter; `--turns` is timed. Exit code 1: something costs more."""

import argparse
import glob
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import cases as inputs
from upstream import Upstream

# Twice as much work is a ratio of 2; sorting and growing add a little.
MOST = 2.3
# Below so many instructions, what a request costs in any case hides the rest.
FEWEST = 200_000
TURN_MS = 50


class Failure(Exception):
    """Nothing can be said."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Gateway:
    """penstock, perhaps under valgrind."""

    def __init__(self, binary, folder, upstream, under=()):
        self.folder, self.port = folder, free_port()
        config = f"{folder}/config.yaml"
        with open(config, "w") as f:
            f.write(inputs.config(upstream.port))
        self.log = open(f"{folder}/log", "ab")
        self.process = subprocess.Popen(
            [*under, binary, "serve", "--config", config, "--port", str(self.port), "--host", "127.0.0.1", "--workers", "1",
             "--log-format", "json"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while True:
            try:
                self.ask(inputs.SMALL)
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Failure(f"penstock does not serve: see {folder}/log") from None
                time.sleep(0.02)

    def ask(self, request):
        """Sends `request` and reads all of the answer, as bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=300) as client:
            request = request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            sender = None
            if len(request) > 1 << 16:  # an early refusal must not deadlock the two
                import threading
                sender = threading.Thread(target=self.send, args=(client, request), daemon=True)
                sender.start()
            else:
                client.sendall(request)
            parts = []
            while True:
                try:
                    part = client.recv(1 << 20)
                except ConnectionResetError:
                    break
                if not part:
                    break
                parts.append(part)
            if sender:
                sender.join(10)
            return b"".join(parts)

    @staticmethod
    def send(client, request):
        try:
            client.sendall(request)
        except OSError:
            pass

    def lag_ms(self):
        """The longest turn so far."""
        page = self.ask(inputs.request("", "/metrics", method="GET")).decode()
        return max(float(value) for value in re.findall(r"^penstock_loop_lag_seconds\{.*\} (\S+)$", page, re.M)) * 1000

    def peak_mib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Counter:
    """Instructions of a process under callgrind, since the last call."""

    def __init__(self, folder):
        self.out, self.pipes = f"{folder}/callgrind", f"--vgdb-prefix={folder}/vgdb"
        self.under = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.out}", self.pipes]

    def take(self, pid):
        subprocess.run(["callgrind_control", self.pipes, "-d", str(pid)], capture_output=True, timeout=60, check=True)
        total = 0
        for path in glob.glob(f"{self.out}.*"):
            with open(path) as f:
                total += int(re.search(r"^totals: (\d+)", f.read(), re.M).group(1))
            os.remove(path)
        return total


def count_requests(binary, folder, chosen):
    counter, upstream = Counter(folder), Upstream()
    gateway = Gateway(binary, folder, upstream, counter.under)

    def cost(case, n):
        upstream.answer = case.make_answer(n)
        request = case.make_request(n)
        counter.take(gateway.process.pid)
        answer = gateway.ask(request)
        return counter.take(gateway.process.pid), answer

    try:
        small = inputs.Case("small")
        for _ in range(5):
            cost(small, 0)
        base = cost(small, 0)[0]
        yield "a small request", 0, base, base, b""
        for case in chosen:
            cost(case, case.size // 2)  # what grows once has grown
            one, answer = cost(case, case.size)
            two, _ = cost(case, case.size * 2)
            yield case.name, case.size, max(1, one - base), max(1, two - base), answer
    finally:
        gateway.stop()


def count_configs(binary, folder, chosen):
    """`penstock check` as a whole, less what it costs for a file of nothing."""
    def cost(text):
        out, config = f"{folder}/check", f"{folder}/check.yaml"
        with open(config, "w") as f:
            f.write(text)
        subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--vgdb=no", binary, "check", config],
            capture_output=True, timeout=300)
        with open(out) as f:
            return int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))

    if not chosen:
        return
    base = cost('{"model_list":[]}')
    for name, make, size in chosen:
        yield name, size, max(1, cost(make(size)) - base), max(1, cost(make(size * 2)) - base), b""


def count(binary, folder, only):
    fine = True
    print(f"{'input':52} {'N':>8} {'instr. of N':>14} {'of 2N':>14} {'ratio':>6}")
    requests = [case for case in inputs.cases() if only in case.name]
    configs = [case for case in inputs.config_cases() if only in case[0]]
    for source in (count_requests(binary, folder, requests), count_configs(binary, folder, configs)):
        for name, size, one, two, answer in source:
            ratio = two / one
            # What stays small however large the input is cannot be more than linear, and its ratio is noise.
            verdict = "ok" if ratio <= MOST or two < FEWEST else "TOO MUCH"
            if name == "a small request":
                verdict = "-"
            fine &= verdict != "TOO MUCH"
            status = answer[9:12].decode() if answer else ""
            print(f"{name:52} {size:8} {one:14,} {two:14,} {ratio:6.2f}  {verdict} {status}", flush=True)
    return fine


def turns(binary, folder, only):
    fine, upstream = True, Upstream()
    print(f"{'input':52} {'MiB':>6} {'turn ms':>8} {'peak MiB':>9} {'seconds':>8}")
    for case in inputs.cases():
        if only not in case.name or not case.most:
            continue
        upstream.answer, request = case.make_answer(case.most), case.make_request(case.most)
        longest, times = [], 1 if only == "" else 2
        for _ in range(times):
            gateway = Gateway(binary, folder, upstream, ())
            try:
                began = time.monotonic()
                answer = gateway.ask(request)
                took = time.monotonic() - began
                longest.append(gateway.lag_ms())
                peak = gateway.peak_mib()
            finally:
                gateway.stop()
        size = max(len(request), len(upstream.answer)) / inputs.MiB
        verdict = "ok" if min(longest) <= TURN_MS else "LONG"
        fine &= verdict == "ok"
        print(f"{case.name:52} {size:6.1f} {min(longest):8.1f} {peak:9.0f} {took:8.2f}  {verdict} "
              f"{answer[9:12].decode()} {len(answer)}", flush=True)
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", default="", help="inputs whose name holds this")
    parser.add_argument("--turns", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="penstock-doubling.") as folder:
        try:
            fine = (turns if options.turns else count)(os.path.abspath(options.binary), folder, options.only)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            sys.exit(f"doubling: {failure}")
    print(f"\ndoubling: {'fine' if fine else 'TOO MUCH'} after {time.monotonic() - began:.0f} s")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
