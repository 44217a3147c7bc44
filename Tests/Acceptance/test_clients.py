"""Ways to be a client: addresses, headers, raw answers, many at once."""

import asyncio

import openai
import pytest

from processes import MASTER_KEY

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "/api/v1", "/openai/v1"])
def test_every_spelling_of_base_url_works(gateway, suffix):
    with openai.OpenAI(api_key=MASTER_KEY, base_url=gateway.address + suffix, max_retries=0) as client:
        assert client.chat.completions.create(model="gpt", messages=HELLO).model == "gpt"
        assert client.responses.create(model="gpt", input="Hello").model == "gpt"
        assert "gpt" in [model.id for model in client.models.list()]


def test_azures_client_works(gateway):
    with openai.AzureOpenAI(
        api_key=MASTER_KEY, azure_endpoint=gateway.address, api_version="2024-10-21", max_retries=0
    ) as client:
        assert client.chat.completions.create(model="gpt", messages=HELLO).choices[0].message.content


@pytest.mark.parametrize("endpoint", ["chat", "responses"])
def test_attribution_headers_reach_the_upstream(gateway, upstream, endpoint):
    headers = {"HTTP-Referer": "https://app.example", "X-Title": "An app"}
    with openai.OpenAI(
        api_key=MASTER_KEY, base_url=gateway.address, default_headers=headers, max_retries=0
    ) as client:
        if endpoint == "chat":
            client.chat.completions.create(model="gpt", messages=HELLO)
        else:
            client.responses.create(model="gpt", input="Hello")
    sent = upstream.only_request()["headers"]
    assert sent["http-referer"] == "https://app.example"
    assert sent["x-title"] == "An app"
    assert sent["authorization"] == "Bearer sk-or-v1-test", "the client's own key stays here"
    assert MASTER_KEY not in str(sent)


def test_the_answer_says_which_way_it_went(client):
    raw = client.chat.completions.with_raw_response.create(model="gpt", messages=HELLO)
    assert raw.headers["x-penstock-route"] == "gpt>openrouter:openai/gpt-4o"
    assert raw.headers["x-litellm-model-group"] == "gpt"
    assert raw.headers["x-litellm-call-id"] == raw.headers["x-request-id"] == raw.request_id
    assert raw.headers["x-generation-id"].startswith("gen-")
    assert raw.parse().model == "gpt"


def test_a_stream_says_so_too(client):
    with client.chat.completions.with_streaming_response.create(model="gpt", messages=HELLO, stream=True) as raw:
        assert raw.headers["x-penstock-route"] == "gpt>openrouter:openai/gpt-4o"
        assert raw.headers["content-type"].startswith("text/event-stream")
        assert raw.headers["x-accel-buffering"] == "no"
        assert list(raw.iter_lines())[-2:] == ["data: [DONE]", ""]


def test_a_client_that_leaves_a_stream_does_no_harm(client):
    with client.chat.completions.create(
        model="openrouter/fault/stream-endless", messages=HELLO, stream=True
    ) as stream:
        assert next(iter(stream)).model == "openrouter/fault/stream-endless"
    assert client.chat.completions.create(model="gpt", messages=HELLO).model == "gpt"


def test_fifty_streams_at_once_do_not_mix(gateway):
    async def one(client, number):
        # The echo tells each stream's text apart.
        stream = await client.chat.completions.create(
            model="openrouter/fault/echo",
            messages=[{"role": "user", "content": f"number {number}."}],
            stream=True,
        )
        return "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])

    async def all_of_them():
        async with openai.AsyncOpenAI(api_key=MASTER_KEY, base_url=gateway.address, max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(50)))

    for number, text in enumerate(asyncio.run(all_of_them())):
        assert f"number {number}." in text
