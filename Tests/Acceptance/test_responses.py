import json

TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def test_an_answer_keeps_the_ids_of_the_upstream(client, upstream):
    answer = client.responses.create(model="gpt", input="Hello", store=False, temperature=0.5)
    assert answer.model == "gpt"
    assert answer.status == "completed"
    assert answer.output_text == "Hello from the fake."
    assert answer.id.startswith("resp_")
    assert answer.usage.total_tokens == 17
    sent = upstream.only_request()
    assert sent["target"] == "/api/v1/responses"
    assert sent["json"] == {"model": "openai/gpt-4o", "input": "Hello", "store": False, "temperature": 0.5}


def test_a_raw_stream_has_named_events_in_order(client):
    events = list(client.responses.create(model="gpt", input="Hello", stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == "Hello from the fake."
    assert {e.response.model for e in events if hasattr(e, "response")} == {"gpt"}


def test_the_stream_helper_accumulates_the_same_answer(client):
    with client.responses.stream(model="gpt", input="Hello") as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        answer = stream.get_final_response()
    assert text == answer.output_text == "Hello from the fake."
    assert answer.model == "gpt"


def test_parallel_tool_calls_round_trip_their_ids(client, upstream):
    first = client.responses.create(model="tools", input="Weather?", tools=[TOOL])
    calls = [item for item in first.output if item.type == "function_call"]
    assert [(call.call_id, json.loads(call.arguments)) for call in calls] == [
        ("call_paris", {"city": "Paris"}),
        ("call_rome", {"city": "Rome"}),
    ]
    upstream.forget()
    history = [{"role": "user", "content": "Weather?"}, *first.output]
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "18"} for call in calls]
    second = client.responses.create(model="tools", input=history + results, tools=[TOOL])
    assert second.output_text
    sent = upstream.only_request()["json"]["input"]
    assert [item["call_id"] for item in sent if "call_id" in item] == ["call_paris", "call_rome"] * 2


def test_streamed_tool_calls_add_up(client):
    with client.responses.stream(model="tools", input="Weather?", tools=[TOOL]) as stream:
        for _ in stream:
            pass
        answer = stream.get_final_response()
    assert [item.arguments for item in answer.output if item.type == "function_call"] == [
        '{"city":"Paris"}',
        '{"city":"Rome"}',
    ]


def test_reasoning_items_are_kept(client):
    answer = client.responses.create(model="thinker", input="Think.")
    reasoning = [item for item in answer.output if item.type == "reasoning"]
    assert reasoning and reasoning[0].summary[0].text
    assert answer.output_text
