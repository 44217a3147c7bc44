"""A random mixture of everything that a client may do: every endpoint and wish, routes for operators, odd HTTP, clients that
leave, pipeline or read slowly. The same seed draws the same."""

import json
import random
import threading
import time

from wire import Connection, Cut, Dishonest

TEXT = "Hello from the fake."
CANNED = "Canned by the gateway."
LONG = "".join(f"word{number} " for number in range(4000))
MASTER_KEY = "sk-soak-master"
# Longer than the gateway's limits together, also where a sanitizer makes everything slow.
PATIENCE = 60

# Health checks keep a deployment's own timeout, and else wait for a minute.
MODELS = [
    ("main", "openrouter/test/one", ""), ("main", "openrouter/test/two", ""), ("main", "openrouter/test/three", ""),
    ("main", "openrouter/test/tagged", ", tags: [paid]"), ("backup", "openrouter/test/backup", ", tags: [default]"),
    ("long", "openrouter/fault/words-4000", ""), ("pace", "openrouter/fault/pace-120", ""),
    ("silent", "openrouter/fault/never-answers", ""), ("openrouter/*", "openrouter/*", ""),
]
MODEL = """  - model_name: {name}
    litellm_params: {{model: {model}, api_base: "{base}", api_key: {key}, timeout: 2{more}}}
"""
CONFIG = """model_list:
{models}  - model_name: nobody
    litellm_params: {{model: openai/nobody, api_base: "http://127.0.0.1:1/v1", api_key: {key}}}
  - model_name: demo
    litellm_params: {{model: openai/demo, mock_response: {canned}}}
litellm_settings:
  request_timeout: 20
general_settings:
  master_key: {master}
  keepalive_seconds: 0.05
router_settings:
  num_retries: 1
  cooldown_time: 0.2
  timeout: 2
  stream_timeout: 2
  enable_tag_filtering: true
  model_group_alias: {{mine: main}}
  fallbacks: [{{main: [backup]}}, {{nobody: [backup, demo]}}]
  context_window_fallbacks: [{{main: [demo]}}]
  content_policy_fallbacks: [{{main: [demo]}}]
"""

PATHS = {"chat": "chat/completions", "completions": "completions", "responses": "responses", "embeddings": "embeddings"}
ADMIN = """/ /routes /health/liveness /health/liveliness /health/readiness /health /health?model=main /health?model=nobody
    /metrics /router/cooldowns /v1/models /models/mine /v1/models/openrouter/a/b /model/info /route?model=mine""".split()


def configuration(base, key):
    models = "".join(MODEL.format(name=name, model=model, base=base, key=key, more=more) for name, model, more in MODELS)
    return CONFIG.format(models=models, key=key, canned=CANNED, master=MASTER_KEY)


class Asked:
    """One request: its bytes, and what may be answered."""

    def __init__(self, method, path, body=None, fields=(), key=MASTER_KEY, version="1.1"):
        self.method, self.version = method, version
        self.kind, self.stream, self.statuses = None, False, None
        self.continues = False
        lines = [f"{method} {path} HTTP/{version}", "Host: soak"]
        if key:
            lines.append(f"Authorization: Bearer {key}")
        lines += fields
        self.body = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        self.head = ("\r\n".join(lines) + "\r\n\r\n").encode()

    @property
    def wire(self):
        return self.head + self.body


class MixtureClient(threading.Thread):
    """Draws one thing after another until the time is over. `results`: (number, seconds, kind, what, None)."""

    def __init__(self, port, number, seed, end, results):
        super().__init__(daemon=True)
        self.port, self.number, self.end, self.results = port, number, end, results
        self.random = random.Random(f"{seed}/{number}")
        self.connection = None
        self.doing = ""

    def run(self):
        acts = [
            (self.one, 60), (self.pipelined, 7), (self.leaving, 9), (self.slowly, 2), (self.admin, 12),
            (self.mistaken, 7), (self.expecting, 3), (self.chunked, 3), (self.old, 3),
        ]
        while time.monotonic() < self.end:
            act = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
            began = time.monotonic()
            try:
                outcomes = act()
            except (Dishonest, Cut) as error:
                outcomes = [("dishonest", f"{act.__name__}: {error} ({self.doing})")]
                self.drop()
            except Exception as error:  # whatever it is, it is not honest
                outcomes = [("dishonest", f"{act.__name__}: {type(error).__name__}: {error} ({self.doing})")]
                self.drop()
            for kind, what in outcomes:
                self.results.append((self.number, time.monotonic() - began, kind, what, None))

    # MARK: what a client does

    def one(self):
        """A request on the kept connection."""
        return [self.ask(self.inference())]

    def pipelined(self):
        """Several at once, answered in order."""
        asked = [self.inference() if self.random.random() < 0.6 else self.operator() for _ in range(self.random.randint(2, 5))]
        connection = self.connected()
        connection.send(b"".join(one.wire for one in asked))
        outcomes = []
        for one in asked:
            answer = self.read(connection, one)
            outcomes.append(judge(answer, one))
            if answer.closes:
                self.drop()
                break
        return outcomes

    def leaving(self):
        """Goes away before the request is whole, before the answer, or in the middle of it."""
        connection = Connection(self.port, patience=1)
        one = self.inference()
        self.doing = repr(one.wire[-300:])
        wire = one.wire
        if self.random.random() < 0.2:
            wire = wire[: self.random.randrange(1, len(wire))]
        try:
            connection.send(wire)
            if self.random.random() < 0.7:
                time.sleep(self.random.choice([0, 0.01, 0.05, 0.2, 0.6]))
            if self.random.random() < 0.5:
                connection.fill()
        except (Cut, Dishonest):
            pass
        connection.close(reset=self.random.random() < 0.5)
        return [("left", "")]

    def slowly(self):
        """A long stream through a small window, with pauses."""
        connection = Connection(self.port, PATIENCE, receive_buffer=4096)
        pauses = self.random.randint(5, 40)

        def pause():
            nonlocal pauses
            if pauses > 0:
                pauses -= 1
                time.sleep(0.02)

        connection.on_read = pause
        one = self.asking("chat", "long", stream=True)
        connection.send(one.wire)
        outcome = judge(self.read(connection, one), one)
        connection.close()
        return [outcome]

    def admin(self):
        return [self.ask(self.operator())]

    def mistaken(self):
        """What has to be refused, and with which status."""
        body = {"model": "main", "messages": []}
        chat = "/v1/chat/completions"
        cases = [
            (Asked("POST", chat, body, key="sk-wrong"), [401, 429]),
            (Asked("POST", chat, body, key=None), [401]),
            (Asked("GET", "/nothing"), [404]),
            (Asked("GET", chat), [405]),
            (Asked("POST", chat, b'{"model":'), [400]),
            (Asked("POST", chat, b""), [400]),
            (Asked("POST", chat, {"messages": []}), [400]),
            (Asked("POST", chat, {"model": "unheard-of", "messages": []}), [400, 404]),
            (Asked("POST", chat, dict(body, num_retries=99)), [400]),
            (Asked("POST", chat, dict(body, timeout=-1)), [400]),
            (Asked("POST", chat, dict(body, fallbacks=7)), [400]),
            (Asked("POST", chat, dict(body, api_base="http://127.0.0.1:1")), [400]),
            (Asked("POST", "/v1/embeddings", dict(body, input="x", stream=True)), [400]),
            (Asked("POST", chat, body, ["Content-Encoding: gzip"]), [415]),
            (Asked("POST", chat, body, ["Content-Type: multipart/form-data; boundary=x"]), [415]),
            (Asked("POST", chat, body, ["Content-Length: 3"]), [400]),
            (Asked("POST", chat, body, ["Transfer-Encoding: chunked"]), [400]),
            (Asked("BREW", "/"), [405, 501, 400]),
            (Asked("GET", "/%2e%2e/x"), [400]),
        ]
        one, statuses = self.random.choice(cases)
        one.statuses = statuses
        return [self.ask(one)]

    def expecting(self):
        """Waits for 100 Continue, as large requests of curl do."""
        one = self.inference(fields=["Expect: 100-continue"])
        one.continues = True
        connection = Connection(self.port, PATIENCE)
        connection.send(one.head)
        while b"\r\n\r\n" not in connection.unread and connection.fill():
            pass
        if connection.unread.startswith(b"HTTP/1.1 100 "):
            connection.send(one.body)
        outcome = judge(self.read(connection, one), one)
        connection.close()
        return [outcome]

    def chunked(self):
        """A body in chunks, which come one by one."""
        one = self.inference()
        head = one.head.split(b"Content-Length:")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
        connection = self.connected()
        connection.send(head)
        rest = one.body
        while rest:
            size = self.random.randint(1, 200)
            connection.send(b"%x\r\n%s\r\n" % (len(rest[:size]), rest[:size]))
            rest = rest[size:]
        connection.send(b"0\r\n\r\n")
        answer = self.read(connection, one)
        if answer.closes:
            self.drop()
        return [judge(answer, one)]

    def old(self):
        """HTTP/1.0."""
        one = self.inference(version="1.0")
        connection = Connection(self.port, PATIENCE)
        connection.send(one.wire)
        answer = self.read(connection, one)
        connection.close()
        return [judge(answer, one)]

    # MARK: requests

    def inference(self, fields=(), version="1.1"):
        kind = self.random.choices(list(PATHS), [50, 10, 35, 5])[0]
        stream = kind != "embeddings" and self.random.random() < 0.5
        models = ["main", "mine", "pace", "nobody", "demo", "openrouter/openai/gpt-4o", "openrouter/fault/503", "silent"]
        model = self.random.choices(models, [50, 10, 4, 6, 10, 10, 5, 1])[0]
        if kind == "embeddings" and model == "demo":
            model = "main"
        return self.asking(kind, model, stream, self.wishes(kind), list(fields), version)

    def asking(self, kind, model, stream, wishes=None, fields=(), version="1.1"):
        body = {"model": model, "stream": stream, "user": f"client-{self.number}"}
        if kind == "chat":
            body["messages"] = [{"role": "user", "content": "Hi"}]
        else:
            body["prompt" if kind == "completions" else "input"] = "Hi"
        fields = list(fields)
        if wishes:
            members, more = wishes
            body.update(members)
            fields += more
        path = self.random.choice(["/v1/", "/", "/api/v1/", "/openai/v1/"]) + PATHS[kind]
        if self.random.random() < 0.1:
            path = self.random.choice(["/engines/", "/openai/deployments/"]) + model.replace("/", "%2F") + "/" + PATHS[kind]
        one = Asked("POST", path, body, fields, version=version)
        one.kind, one.stream = kind, stream
        return one

    def wishes(self, kind):
        members, fields = {}, []
        draw = self.random.random
        pick = self.random.choice
        if draw() < 0.2:
            members["num_retries"] = self.random.randint(0, 3)
        if draw() < 0.1:
            members["timeout"] = pick([0.05, 0.3, 1, "2"])
        if draw() < 0.1:
            members["stream_timeout"] = pick([0.05, 0.3, 1])
        if draw() < 0.1:
            members["request_timeout"] = pick([0.1, 0.6, 3])
        if draw() < 0.3:
            entries = [
                "demo" if kind != "embeddings" else "backup", "backup", "unheard-of", "silent", {"model": "backup", "temperature": 0},
                {"model": "backup", "stream": pick([True, False, None])}, {"model": "demo", "stream": False, "user": "u"},
                {"*": ["backup"]}, {"main": ["nobody", "backup"]}, {"model": "backup", "messages": [], "input": "x"},
            ]
            members["fallbacks"] = self.random.sample(entries, self.random.randint(0, 3))
        if draw() < 0.05:
            members[pick(["context_window_fallbacks", "content_policy_fallbacks"])] = [pick(["backup", "demo"])]
        if draw() < 0.05:
            members["disable_fallbacks"] = True
        if draw() < 0.1:
            members["models"] = [f"test/{letter}" for letter in "abcdef"[: self.random.randint(1, 6)]]
        if draw() < 0.1:
            members.update(pick([{"tags": ["paid"]}, {"metadata": {"tags": ["free"]}}, {"tags": []}]))
        if draw() < 0.2:
            members["stream_options"] = {"include_usage": True}
        if draw() < 0.05:
            members["padding"] = "x" * pick([1000, 20_000, 300_000])
        if draw() < 0.05:
            fields.append(f"x-litellm-num-retries: {self.random.randint(0, 3)}")
        if draw() < 0.05:
            fields.append(f"x-litellm-timeout: {pick([0.1, 1])}")
        if draw() < 0.05:
            fields.append(f"x-litellm-stream-timeout: {pick([0.1, 1])}")
        if draw() < 0.05:
            fields.append("x-litellm-tags: paid, free")
        return members, fields

    def operator(self):
        """A route that is not inference, on any method that it takes."""
        draw = self.random.random()
        if draw < 0.1:
            one = Asked("OPTIONS", self.random.choice(ADMIN + ["*", "/v1/chat/completions"]))
            one.statuses = [204]
        elif draw < 0.2:
            one = Asked("DELETE", self.random.choice(["/router/cooldowns", "/router/cooldowns?deployment=none"]))
            one.statuses = [400 if b"none" in one.head else 200]
        else:
            one = Asked("HEAD" if draw < 0.4 else "GET", self.random.choice(ADMIN))
            # Asked for somebody who is not well, /health says so.
            one.statuses = [200, 503] if b"/health?" in one.head else [200]
        return one

    # MARK: sending and reading

    def ask(self, one):
        connection = self.connected()
        connection.send(one.wire)
        answer = self.read(connection, one)
        if answer.closes:
            self.drop()
        return judge(answer, one)

    def read(self, connection, one):
        self.doing = repr(one.wire[:1200])
        answer = connection.answer(one.method, one.version, one.continues)
        if answer.closes and (connection.unread or (one.version == "1.1" and connection.fill())):
            raise Dishonest(f"more than an answer that closes: {connection.unread[:80]!r}")
        return answer

    def connected(self):
        # One that the gateway has closed while nobody used it is none.
        if self.connection is None or self.random.random() < 0.02:
            self.drop()
            self.connection = Connection(self.port, PATIENCE)
        return self.connection

    def drop(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


# MARK: what may be answered


def judge(answer, one):
    if one.statuses is not None and answer.status not in one.statuses:
        raise Dishonest(f"status {answer.status}, not {one.statuses}: {answer.body[:300]!r}")
    if one.kind is None:
        return ("operator", "") if answer.status < 400 else ("refused", f"{answer.status}")
    if answer.status != 200:
        return judge_error(answer)
    if answer.is_stream != one.stream:
        raise Dishonest(f"a stream: asked {one.stream}, got {answer.is_stream}")
    return judge_stream(answer, one) if one.stream else judge_whole(answer, one)


def judge_error(answer):
    error = json.loads(answer.body)["error"]
    if not (error["message"] and error["type"] and 400 <= answer.status <= 599):
        raise Dishonest(f"{answer.status} without a type or message")
    return "error", f"{answer.status} {error['type']}"


def judge_whole(answer, one):
    document = json.loads(answer.body)
    if one.kind == "embeddings":
        said = TEXT if isinstance(document["data"], list) else None
    elif one.kind == "responses":
        said = "".join(part["text"] for item in document["output"] for part in item.get("content", []) if "text" in part)
    elif one.kind == "chat":
        said = document["choices"][0]["message"]["content"]
    else:
        said = document["choices"][0]["text"]
    if said not in (TEXT, CANNED, LONG):
        raise Dishonest(f"another text: {said!r}")
    return "exact", ""


def judge_stream(answer, one):
    """One end: `[DONE]` or what ends a response, or an error event; nothing behind it."""
    said, ends = "", []
    for block in answer.body.decode().split("\n\n"):
        if not block:
            continue
        if ends:
            raise Dishonest(f"an event behind the end: {block!r}")
        if block == ": keep-alive":
            continue
        lines = block.split("\n")
        if not lines[-1].startswith("data: ") or len(lines) > 2 or (len(lines) == 2 and not lines[0].startswith("event: ")):
            raise Dishonest(f"no event: {block!r}")
        data = lines[-1][6:]
        if data == "[DONE]":
            ends.append("done" if one.kind != "responses" else "a [DONE] that Responses does not have")
            continue
        event = json.loads(data)
        if event.get("error") or event.get("type") in ("error", "response.failed"):
            ends.append("error")
        elif one.kind == "responses":
            if event["type"] == "response.output_text.delta":
                said += event["delta"]
            elif event["type"] in ("response.completed", "response.incomplete"):
                ends.append("done")
        elif one.kind == "chat":
            said += "".join(choice["delta"].get("content") or "" for choice in event["choices"])
        else:
            said += "".join(choice.get("text") or "" for choice in event["choices"])
    if ends == ["error"] and any(text.startswith(said) for text in (TEXT, CANNED, LONG)):
        return "broken", "an error event"
    if ends == ["done"] and said in (TEXT, CANNED, LONG):
        return "exact", ""
    raise Dishonest(f"a stream of {said[:200]!r} that ends with {ends}")
