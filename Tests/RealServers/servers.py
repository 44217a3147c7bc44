"""llama.cpp's server as a process, and plain HTTP to it and to the gateway."""

import http.client
import json
import os
import socket
import time

from processes import MASTER_KEY, Server

START_SECONDS = 60


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
        self._process = Server(
            [os.environ["LLAMA_SERVER"], "--model", os.environ["LLAMA_WEIGHTS"], "--host", "127.0.0.1", "--port", str(self.port)]
            + ["--alias", "smollm2", "--threads", "1", "--seed", "1", *self._options],
            {"PATH": os.environ["PATH"]},
        )
        # It listens before it has read the weights.
        until(lambda: call(self.port, "GET", "/health")[0] == 200, "llama.cpp's start", START_SECONDS)

    def slots_at_work(self):
        return sum(slot["is_processing"] for slot in json.loads(call(self.port, "GET", "/slots")[2]))

    def kill(self):
        self._process.stop(kill=True)

    def stop(self):
        self._process.stop()


def connection(port, seconds=120):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)


def call(port, method, path, body=None):
    """Status, fields (names in lower case) and bytes of one answer."""
    link = connection(port)
    text = None if body is None else json.dumps(body).encode()
    link.request(method, path, text, {"Authorization": f"Bearer {MASTER_KEY}", "Content-Type": "application/json"})
    answer = link.getresponse()
    content = answer.read()
    link.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def events(content):
    """The `data` of every event, read as JSON but for the last mark."""
    rows = [line[6:] for line in content.decode().splitlines() if line.startswith("data: ")]
    return [row if row == "[DONE]" else json.loads(row) for row in rows]
