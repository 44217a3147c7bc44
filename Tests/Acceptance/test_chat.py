import json

import pytest

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_an_answer_keeps_everything_but_the_model(client, upstream):
    answer = client.chat.completions.create(model="gpt", messages=HELLO, temperature=0.5, seed=7)
    assert answer.model == "gpt"
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content == "Hello from the fake."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 17
    # OpenRouter's own fields.
    assert answer.model_extra["provider"] == "OpenAI"
    assert answer.usage.model_extra["cost"] == 0.00008
    sent = upstream.only_request()
    assert sent["json"] == {"model": "openai/gpt-4o", "messages": HELLO, "temperature": 0.5, "seed": 7}


def test_a_stream_is_the_whole_text_and_one_finish(client, upstream):
    chunks = list(client.chat.completions.create(model="gpt", messages=HELLO, stream=True))
    assert {chunk.model for chunk in chunks} == {"gpt"}
    assert "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices) == "Hello from the fake."
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]
    # Usage on a chunk of content is the upstream's own and stays; a chunk of nothing else comes only when asked for.
    assert all(chunk.choices for chunk in chunks), "usage was not asked for"


def test_a_stream_ends_with_usage_when_asked(client):
    chunks = list(
        client.chat.completions.create(
            model="gpt", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 17
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_the_stream_helper_accumulates_the_same_answer(client):
    with client.chat.completions.stream(model="gpt", messages=HELLO) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_completion()
    assert "content.done" in kinds
    assert answer.choices[0].message.content == "Hello from the fake."


def test_parallel_tool_calls_round_trip_their_ids(client, upstream):
    first = client.chat.completions.create(model="tools", messages=HELLO, tools=[WEATHER])
    calls = first.choices[0].message.tool_calls
    assert first.choices[0].finish_reason == "tool_calls"
    assert [(call.id, json.loads(call.function.arguments)) for call in calls] == [
        ("call_paris", {"city": "Paris"}),
        ("call_rome", {"city": "Rome"}),
    ]
    upstream.forget()
    results = [{"role": "tool", "tool_call_id": call.id, "content": "18 degrees"} for call in calls]
    second = client.chat.completions.create(
        model="tools", messages=HELLO + [first.choices[0].message] + results, tools=[WEATHER]
    )
    assert second.choices[0].finish_reason == "stop"
    assert second.choices[0].message.content
    sent = upstream.only_request()["json"]["messages"]
    assert [call["id"] for call in sent[1]["tool_calls"]] == ["call_paris", "call_rome"]
    assert [message["tool_call_id"] for message in sent[2:]] == ["call_paris", "call_rome"]


def test_streamed_tool_calls_add_up(client):
    with client.chat.completions.stream(model="tools", messages=HELLO, tools=[WEATHER]) as stream:
        for _ in stream:
            pass
        answer = stream.get_final_completion()
    assert answer.choices[0].finish_reason == "tool_calls"
    assert [(call.id, call.function.name, call.function.arguments) for call in answer.choices[0].message.tool_calls] == [
        ("call_paris", "get_weather", '{"city":"Paris"}'),
        ("call_rome", "get_weather", '{"city":"Rome"}'),
    ]


@pytest.mark.parametrize("streamed", [False, True])
def test_reasoning_is_kept(client, streamed):
    answer = client.chat.completions.create(model="thinker", messages=HELLO, stream=streamed)
    if streamed:
        deltas = [choice.delta for chunk in answer for choice in chunk.choices]
        thought = "".join((delta.model_extra or {}).get("reasoning") or "" for delta in deltas)
        text = "".join(delta.content or "" for delta in deltas)
    else:
        thought = answer.choices[0].message.model_extra["reasoning"]
        text = answer.choices[0].message.content
    assert thought and text and thought != text


def test_unknown_members_reach_the_upstream(client, upstream):
    client.chat.completions.create(
        model="gpt",
        messages=HELLO,
        metadata={"team": "a"},
        extra_body={"provider": {"order": ["openai"], "allow_fallbacks": False}, "transforms": ["middle-out"]},
    )
    sent = upstream.only_request()["json"]
    assert sent["provider"] == {"order": ["openai"], "allow_fallbacks": False}
    assert sent["transforms"] == ["middle-out"]
    assert sent["metadata"] == {"team": "a"}
