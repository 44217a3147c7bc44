"""llama.cpp's server and the gateway as processes, and plain HTTP to both."""

import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time

START_SECONDS = 60
MASTER_KEY = "sk-real-servers-0123456789abcdef"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(condition, what, seconds=30):
    """Waits until `condition()` holds, and fails by name when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)


class Process:
    def __init__(self, arguments, environment):
        self.lines = []
        self._process = subprocess.Popen(
            arguments,
            env={"PATH": os.environ["PATH"]} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line)

    @property
    def running(self):
        return self._process.poll() is None

    @property
    def output(self):
        return "".join(self.lines[-40:])

    def end(self, kill=False):
        """Ends the process, at once with `kill`, and returns its exit code."""
        (self._process.kill if kill else self._process.terminate)()
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(5)
        return code


class Llama:
    """One llama.cpp server. Its port stays its own when it is killed and started again."""

    def __init__(self, *options):
        self.port = free_port()
        self._options = options
        self._process = None
        self.start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self):
        self._process = Process(
            [os.environ["LLAMA_SERVER"], "--model", os.environ["LLAMA_WEIGHTS"], "--host", "127.0.0.1", "--port", str(self.port)]
            + ["--alias", "smollm2", "--threads", "1", "--seed", "1", *self._options],
            {},
        )

        def ready():
            assert self._process.running, self._process.output
            try:
                return call(self.port, "GET", "/health")[0] == 200
            except OSError:
                return False

        until(ready, "llama.cpp's start", START_SECONDS)

    def slots_at_work(self):
        return sum(slot["is_processing"] for slot in json.loads(call(self.port, "GET", "/slots")[2]))

    def kill(self):
        self._process.end(kill=True)

    def stop(self):
        self._process.end()


class Gateway:
    def __init__(self, config, folder):
        path = folder / "config.yaml"
        path.write_text(config)
        self._process = Process(
            [os.environ["PENSTOCK"], "serve", "--config", str(path), "--port", "0", "--host", "127.0.0.1"],
            {"LITELLM_MASTER_KEY": MASTER_KEY},
        )

        def address():
            assert self._process.running, self._process.output
            return re.search(r"listening\b.*?http://127\.0\.0\.1:(\d+)", self._process.output)

        until(address, "the gateway's start", START_SECONDS)
        self.port = int(address().group(1))

    @property
    def lines(self):
        return self._process.lines

    def stop(self):
        return self._process.end()


def connection(port, seconds=120):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)


def call(port, method, path, body=None, link=None):
    """Status, fields (names in lower case) and bytes of one answer."""
    mine = link or connection(port)
    text = None if body is None else json.dumps(body).encode()
    mine.request(method, path, text, {"Authorization": f"Bearer {MASTER_KEY}", "Content-Type": "application/json"})
    answer = mine.getresponse()
    content = answer.read()
    fields = {name.lower(): value for name, value in answer.getheaders()}
    if link is None:
        mine.close()
    return answer.status, fields, content


def events(content):
    """The `data` of every event, read as JSON but for the last mark."""
    rows = [line[6:] for line in content.decode().splitlines() if line.startswith("data: ")]
    return [row if row == "[DONE]" else json.loads(row) for row in rows]
