"""The gateway in front of llama.cpp's server: the same bytes as without it, and its own part when the server fails.

Sampling is greedy and the prompt is not remembered, so that one question has one answer. Ids, times and the alias the gateway
puts back differ on purpose; everything else has to be equal, byte by byte.
"""

import json
import re
import threading

import pytest

from processes import MASTER_KEY
from servers import call, connection, events, until

CHAT = "/v1/chat/completions"
GREEDY = {"temperature": 0, "seed": 1, "cache_prompt": False, "max_tokens": 24}


def ask(model, text="Name three colours.", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}]} | GREEDY | more


# What differs from one call to the next, also without a gateway.
VOLATILE = [
    (rb'"id":"chatcmpl-[A-Za-z0-9]+"', b'"id":"*"'),
    (rb'"id":"(resp|msg|rs|fc)_[A-Za-z0-9]+"', b'"id":"*"'),
    (rb'"(item_id|response_id)":"[A-Za-z0-9_]+"', rb'"\1":"*"'),
    (rb'"id":"[A-Za-z0-9]{32}"', b'"id":"*"'),
    (rb'"(created|created_at|completed_at)":\d+', rb'"\1":0'),
    (rb'"cached_tokens":\d+', b'"cached_tokens":0'),
    (rb'"timings":\{[^}]*\}', b'"timings":{}'),
]


def steady(content, model):
    """The answer without what differs between two calls. `model` is the name to find in it, which the gateway sets."""
    for pattern, text in VOLATILE:
        content = re.sub(pattern, text, content)
    return content.replace(b'"model":"%s"' % model.encode(), b'"model":"*"')


def direct_and_through(server, gateway, path, body, alias):
    """Both answers without what may differ; the direct one asks for what the gateway asks for."""
    through = call(gateway.port, "POST", path, body | {"model": alias})
    direct = call(server.port, "POST", path, body | {"model": "smollm2"})
    assert through[0] == direct[0], (through, direct)
    return steady(direct[2], "smollm2"), steady(through[2], alias), through


@pytest.mark.parametrize("path", [CHAT, "/chat/completions"])
def test_a_whole_answer_is_the_servers_own(small, gateway, path):
    direct, through, answer = direct_and_through(small, gateway, path, ask("small"), "small")
    assert answer[0] == 200
    assert json.loads(answer[2])["choices"][0]["message"]["content"]
    assert through == direct


def test_a_stream_is_the_servers_own_with_usage_asked_for(small, gateway):
    body = ask("small", stream=True, stream_options={"include_usage": True})
    direct, through, answer = direct_and_through(small, gateway, CHAT, body, "small")
    assert answer[1]["content-type"].startswith("text/event-stream")
    assert events(answer[2])[-1] == "[DONE]"
    assert through == direct


def test_a_stream_loses_nothing_when_usage_was_not_asked_for(small, gateway):
    body = ask("small", stream=True)
    direct, through, answer = direct_and_through(small, gateway, CHAT, body, "small")
    chunks = events(answer[2])
    assert all(chunk == "[DONE]" or chunk["choices"] for chunk in chunks), "a chunk without choices went to a client that did not ask"
    assert "timings" in chunks[-2], "the timings of the finish chunk are lost"
    assert through == direct


def test_tools_are_called(small, gateway):
    tool = {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a town",
            "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
        },
    }
    # So small a model calls when it has seen itself call.
    before = [
        message
        for town in ("Rome", "Paris")
        for message in (
            {"role": "user", "content": f"Weather in {town}?"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": town, "type": "function", "function": {"name": "weather", "arguments": json.dumps({"town": town})}}]},
        )
    ]
    body = ask("small", "Weather in Oslo?", tools=[tool], tool_choice="required", max_tokens=64)
    body["messages"] = before + body["messages"]
    direct, through, answer = direct_and_through(small, gateway, CHAT, body, "small")
    made = json.loads(answer[2])["choices"][0]["message"]["tool_calls"][0]["function"]
    assert made["name"] == "weather"
    assert "town" in json.loads(made["arguments"])
    without_ids = re.compile(rb'"id":"[^"]*"')
    assert without_ids.sub(b"", through) == without_ids.sub(b"", direct)

    streamed = call(gateway.port, "POST", CHAT, body | {"stream": True})
    pieces = [c["choices"][0]["delta"].get("tool_calls", []) for c in events(streamed[2]) if c != "[DONE]" and c["choices"]]
    arguments = "".join(call["function"].get("arguments", "") for row in pieces for call in row)
    assert json.loads(arguments) == json.loads(made["arguments"])


def test_an_answer_fits_its_schema(small, gateway):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"], "additionalProperties": False}
    body = ask("small", "How old is Bob, who is 41?")
    body["response_format"] = {"type": "json_schema", "json_schema": {"name": "person", "schema": schema, "strict": True}}
    direct, through, answer = direct_and_through(small, gateway, CHAT, body, "small")
    content = json.loads(json.loads(answer[2])["choices"][0]["message"]["content"])
    assert list(content) == ["age"] and isinstance(content["age"], int)
    assert through == direct


@pytest.mark.parametrize("stream", [False, True])
def test_responses_are_the_servers_own(small, gateway, stream):
    body = {"input": "Name a colour.", "temperature": 0, "max_output_tokens": 16, "stream": stream}
    direct, through, answer = direct_and_through(small, gateway, "/v1/responses", body, "small")
    assert answer[0] == 200, answer
    if stream:
        assert events(answer[2])[-1]["type"] == "response.completed"
    else:
        assert json.loads(answer[2])["status"] == "completed"
    assert through == direct


def test_embeddings_are_the_servers_own(embedder, gateway):
    direct, through, answer = direct_and_through(embedder, gateway, "/v1/embeddings", {"input": ["one", "two"]}, "embedder")
    rows = json.loads(answer[2])["data"]
    assert len(rows) == 2 and rows[0]["embedding"] != rows[1]["embedding"]
    assert through == direct


def test_a_prompt_that_is_too_long_goes_to_the_larger_window(small, gateway):
    long = "word " * 900
    status, fields, content = call(gateway.port, "POST", CHAT, ask("small", long))
    assert status == 200, content
    assert fields["x-litellm-attempted-fallbacks"] == "1"
    assert "large>" in fields["x-penstock-route"]

    status, _, content = call(gateway.port, "POST", CHAT, ask("alone", long))
    error = json.loads(content)["error"]
    assert status == 400
    assert "context size" in error["message"]
    assert isinstance(error["code"], str) or error["code"] is None


@pytest.mark.parametrize(
    "change, status",
    [({"temperature": "hot"}, 400), ({"top_p": []}, 400), ({"max_tokens": "many"}, 400)],
)
def test_what_the_server_refuses_is_refused_once_in_its_words(small, gateway, change, status):
    body = ask("alone") | change
    answer = call(gateway.port, "POST", CHAT, body)
    direct = call(small.port, "POST", CHAT, body | {"model": "smollm2"})
    assert direct[0] >= 400
    assert answer[0] == direct[0], (answer, direct)
    assert json.loads(direct[2])["error"]["message"] in json.loads(answer[2])["error"]["message"]
    assert answer[1].get("x-litellm-attempted-retries", "0") == "0"


def test_a_client_that_leaves_a_stream_frees_the_server(large, gateway):
    link = connection(gateway.port)
    link.request(
        "POST",
        CHAT,
        json.dumps(ask("large", "Tell a very long story.", stream=True, max_tokens=1500, ignore_eos=True)),
        {"Authorization": f"Bearer {MASTER_KEY}", "Content-Type": "application/json"},
    )
    answer = link.getresponse()
    assert answer.read(200)
    assert large.slots_at_work() == 1
    answer.close()
    link.close()
    until(lambda: large.slots_at_work() == 0, "the slot of a client that left")


def test_32_streams_at_once(large, gateway):
    questions = [f"Count from {n} upwards." for n in range(32)]
    alone = {}
    for question in questions[:4]:
        content = call(large.port, "POST", CHAT, ask("smollm2", question))[2]
        alone[question] = json.loads(content)["choices"][0]["message"]["content"]
    answers = {}

    def stream(question):
        answers[question] = call(gateway.port, "POST", CHAT, ask("large", question, stream=True))

    threads = [threading.Thread(target=stream, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert len(answers) == 32
    for question, (status, _, content) in answers.items():
        assert status == 200, content
        chunks = events(content)
        assert chunks[-1] == "[DONE]"
        assert len({chunk["id"] for chunk in chunks[:-1]}) == 1, "two answers are mixed"
        assert chunks[-2]["choices"][0]["finish_reason"] in ("stop", "length")
        assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks[:-1])


def test_a_server_that_is_killed_under_load_and_comes_back(mortal, gateway):
    """Nobody who asks the pair notices but in a stream that had begun, which ends in an error and never in `[DONE]`."""
    stop = threading.Event()
    answers, lock = [], threading.Lock()

    def load(streamed):
        while not stop.is_set():
            answer = call(gateway.port, "POST", CHAT, ask("pair", "Say hello.", stream=streamed, max_tokens=8))
            with lock:
                answers.append((streamed, answer))

    threads = [threading.Thread(target=load, args=(n % 2 == 0,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(answers) > 10, "ten answers", 120)
        mortal.kill()
        killed = len(answers)
        until(lambda: len(answers) > killed + 20, "twenty answers without the killed server", 120)
        mortal.start()
        until(lambda: call(gateway.port, "POST", CHAT, ask("mortal", max_tokens=4))[0] == 200, "the server that came back", 60)
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)

    for streamed, (status, fields, content) in answers:
        assert status == 200, (fields, content)
        if not streamed:
            assert json.loads(content)["choices"][0]["finish_reason"] in ("stop", "length")
            continue
        chunks = events(content)
        if chunks[-1] == "[DONE]":
            assert any(c["choices"][0]["finish_reason"] for c in chunks[:-1] if c["choices"])
        else:
            assert "error" in chunks[-1], content
