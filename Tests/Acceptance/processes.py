"""The two processes of the suite: the built gateway and the fake upstream, each on a port of the system's choice."""

import json
import os
import re
import subprocess
import threading
import urllib.request

MASTER_KEY = "sk-1234"
UPSTREAM_KEY = "sk-or-v1-test"
START_SECONDS = 20


class Server:
    """A child process that prints its address once it listens."""

    def __init__(self, arguments, environment):
        self.lines = []
        self.address = None
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(START_SECONDS) or self.address is None:
            self.stop()
            raise RuntimeError(f"{arguments[0]} did not start:\n" + "".join(self.lines))

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line)
            found = re.search(r"listening\b.*?(http://127\.0\.0\.1:\d+)", line)
            if found and self.address is None:
                self.address = found.group(1)
                self._ready.set()
        self._ready.set()

    def stop(self, kill=False):
        """Ends the process, at once with `kill`, and returns its exit code."""
        (self._process.kill if kill else self._process.terminate)()
        try:
            code = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(5)
        self._process.stdout.close()
        return code


class FakeUpstream(Server):
    """OpenRouter's double; see docs/MOCK.md for its models and faults."""

    def __init__(self):
        super().__init__([os.environ["FAKE_OPENROUTER"]], {"PATH": os.environ["PATH"]})
        self.base_url = self.address + "/api/v1"

    def requests(self):
        """What it received since `forget`; every body read as JSON, header names in lower case."""
        with urllib.request.urlopen(self.address + "/__requests") as answer:
            rows = json.load(answer)
        for row in rows:
            row["headers"] = {name.lower(): value for name, value in row["headers"]}
            row["json"] = json.loads(row["body"]) if row["body"] else None
        return rows

    def only_request(self):
        rows = self.requests()
        assert len(rows) == 1, [row["target"] for row in rows]
        return rows[0]

    def forget(self):
        request = urllib.request.Request(self.address + "/__requests", method="DELETE")
        urllib.request.urlopen(request).close()


class Gateway(Server):
    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    def __init__(self, config_path, environment):
        inherited = {"PATH": os.environ["PATH"], "OPEN_ROUTER_API_KEY": UPSTREAM_KEY, "LITELLM_MASTER_KEY": MASTER_KEY}
        super().__init__(
            [os.environ["PENSTOCK"], "serve", "--config", str(config_path), "--port", "0", "--host", "127.0.0.1"],
            inherited | environment,
        )
