"""What is asked for, and by whom: the bodies of the requests, wrk, `load`, and one plain request at a time."""

import concurrent.futures
import http.client
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PATHS = {"chat": "chat/completions", "responses": "responses"}

INSTRUCTIONS = "You are a helpful assistant. Answer in one or two short sentences."
QUESTION = {"role": "user", "content": "What is a penstock, and when is it opened?"}
FILLER = "The water of the upper reservoir, so the \"operator's\" manual says,\nruns down the pipe. " * 12


class Failure(Exception):
    """Something did not answer as it must: no measurement can be made of it."""


def is_stream(case):
    return case.split("/")[-1] in ("paced", "burst", "held")


def body(case, api="chat", size=0):
    """A request of 300 bytes, or one with a conversation of about `size` bytes."""
    turns = [QUESTION]
    request = {"model": case, "stream": is_stream(case), "temperature": 0.7, "user": "benchmark"}
    if api == "chat":
        turns.insert(0, {"role": "system", "content": INSTRUCTIONS})
        request.update(messages=turns, max_tokens=256)
    else:
        request.update(instructions=INSTRUCTIONS, input=turns, max_output_tokens=256)
    filler = {"role": "user", "content": FILLER}, {"role": "assistant", "content": FILLER}
    missing = size - len(json.dumps(request))
    turns[-1:-1] = (filler[n % 2] for n in range(missing // len(json.dumps(filler[0])) + 1 if missing > 0 else 0))
    return json.dumps(request).encode()


class Connection:
    """One client that keeps its connection and waits for each answer."""

    def __init__(self, server, case, api="chat", size=0, patience=60):
        port, self.path, key = server.target(case, api)
        self.what, self.body = f"{server.name} {case}", body(case, api, size)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)

    def ask(self):
        """Returns the body of the answer."""
        self.connection.request("POST", self.path, self.body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Failure(f"{self.what}: {answer.status} {text[:200]!r}")
        return text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def ask_together(server, case, clients, times, size):
    """That many clients, each with that many requests, one after the other."""

    def ask(_):
        with Connection(server, case, size=size) as client:
            for _ in range(times):
                client.ask()

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))


class Load:
    """wrk and `load`, on the cores given, with the bodies they send in files below `folder`."""

    def __init__(self, folder, cores, load=None):
        self.folder, self.cores, self.load = folder, cores, load

    def wrk(self, server, case, connections, seconds, api="chat", size=0, threads=1, cores=None, names=0):
        """With `names`, the six digits at the end of the model are drawn anew for every request."""
        port, path, key = server.target(case, api)
        command = [
            "taskset", "-c", cores or self.cores, "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
            "-s", f"{HERE}/post.lua", f"http://127.0.0.1:{port}{path}", "--", self.file(case, api, size), key, str(names)]
        return check(run_json(command), f"{server.name} {case}")

    def stream(self, mode, server, case, *amounts, api="chat"):
        return check(run_json(self.command(mode, server, case, api, *amounts)), f"{server.name} {case}")

    def held(self, server, case, count):
        """Opens streams and keeps them; returns the process, which ends them when its input ends."""
        process = subprocess.Popen(
            self.command("hold", server, case, "chat", count), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            check(json.loads(process.stdout.readline() or '{"ok":0,"failed":0}'), f"{server.name} {case}")
        except Failure:
            process.communicate()
            raise
        return process

    def command(self, mode, server, case, api, *amounts):
        port, path, key = server.target(case, api)
        return ["taskset", "-c", self.cores, self.load, mode, str(port), path, self.file(case, api), key, *map(str, amounts)]

    def file(self, case, api, size=0):
        path = f"{self.folder}/{case.replace('/', '-')}-{api}-{size}.json"
        if not os.path.exists(path):
            with open(path, "wb") as f:
                f.write(body(case, api, size))
        return path


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise Failure(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def check(result, what):
    if result["failed"] > 0 or result["ok"] == 0:
        raise Failure(f"{what}: {result['failed']} failed, {result['ok']} answered; {result.get('why', '')}")
    return result
