"""Embeddings, completions and the list of models."""

import openai
import pytest


@pytest.mark.parametrize("format", ["float", "base64"])
def test_embeddings(client, upstream, format):
    answer = client.embeddings.create(model="embedder", input=["a", "b"], encoding_format=format)
    assert answer.model == "embedder"
    assert [row.index for row in answer.data] == [0, 1]
    kind = str if format == "base64" else list
    assert all(isinstance(row.embedding, kind) for row in answer.data)
    assert upstream.only_request()["json"]["encoding_format"] == format


def test_the_default_of_the_sdk_gives_the_same_numbers(client):
    # Left to itself the SDK asks for base64 and decodes it.
    decoded = client.embeddings.create(model="embedder", input="a").data[0].embedding
    plain = client.embeddings.create(model="embedder", input="a", encoding_format="float").data[0].embedding
    assert decoded == pytest.approx(plain)


def test_completions(client):
    answer = client.completions.create(model="gpt", prompt="Hello")
    assert answer.model == "gpt"
    assert answer.choices[0].text == "Hello from the fake."


def test_streamed_completions(client):
    chunks = list(client.completions.create(model="gpt", prompt="Hello", stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == "Hello from the fake."
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]


def test_models_are_listed(client, upstream):
    listed = [model.id for model in client.models.list()]
    assert {"gpt", "tools", "embedder", "openrouter/*"} <= set(listed)
    assert upstream.requests() == [], "the list is the gateway's own"


@pytest.mark.parametrize("name", ["gpt", "openrouter/anthropic/claude-sonnet-4"])
def test_one_model(client, name):
    # The SDK sends the slashes of a name as %2F.
    assert client.models.retrieve(name).id == name


@pytest.mark.parametrize("path", ["/v1%2Fmodels", "/v1/models%2Fgpt", "/health%2Freadiness", "/a%2Fb"])
def test_an_encoded_slash_is_refused_outside_of_a_name(client, gateway, path):
    with pytest.raises(openai.BadRequestError):
        client.get(gateway.address + path, cast_to=object)
