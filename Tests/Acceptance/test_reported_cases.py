"""Two faults of another gateway that were reported by its users; here they must work as written."""

import openai
import pytest

from processes import MASTER_KEY

WILDCARD = """
model_list:
  - model_name: openrouter/*
    litellm_params:
      model: openrouter/*
      api_base: {upstream}
      api_key: os.environ/OPEN_ROUTER_API_KEY
"""
ENTRY = """
  - model_name: mymodel
    litellm_params:
      model: openrouter/openai/gpt-4o
      api_key: os.environ/OPEN_ROUTER_API_KEY
"""
ALIAS = """
router_settings:
  model_group_alias:
    "mymodel": "openrouter/openai/gpt-4o"
"""
HIDDEN_ALIAS = """
router_settings:
  model_group_alias:
    mymodel: {model: openrouter/openai/gpt-4o, hidden: true}
"""
INPUT = [
    {"role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
    {"role": "user", "content": "Hello"},
]
MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module", params=[ENTRY, ALIAS, HIDDEN_ALIAS], ids=["entry", "alias", "hidden alias"])
def gateway(request, start_gateway, upstream_process):
    # The entry names no address, so the provider's variable stands in for https://openrouter.ai/api/v1.
    config = WILDCARD.format(upstream=upstream_process.base_url) + request.param
    return start_gateway(config, OPENROUTER_API_BASE=upstream_process.base_url)


@pytest.fixture(scope="module")
def client(gateway):
    with openai.OpenAI(api_key=MASTER_KEY, base_url=gateway.address, max_retries=0) as client:
        yield client


class TestAnAliasResolvesAlikeOnEveryEndpoint:
    def test_chat(self, client, upstream):
        answer = client.chat.completions.create(model="mymodel", messages=MESSAGES)
        assert answer.model == "mymodel"
        assert answer.model_extra["provider"] == "OpenAI"
        assert answer.choices[0].model_extra["native_finish_reason"] == "stop"
        assert answer.usage.model_extra["cost_details"]["upstream_inference_cost"] == 0.00008
        sent = upstream.only_request()
        assert sent["target"] == "/api/v1/chat/completions"
        assert sent["json"]["model"] == "openai/gpt-4o"

    def test_responses(self, client, upstream):
        answer = client.responses.create(model="mymodel", input=INPUT, store=False, temperature=0.5)
        assert (answer.model, answer.output_text) == ("mymodel", "Hello from the fake.")
        sent = upstream.only_request()
        assert sent["target"] == "/api/v1/responses"
        assert sent["json"] == {"model": "openai/gpt-4o", "input": INPUT, "store": False, "temperature": 0.5}

    def test_a_responses_body_on_the_chat_path(self, client, gateway, upstream):
        body = {"model": "mymodel", "input": INPUT, "store": False, "temperature": 0.5}
        answer = client.post(gateway.address + "/chat/completions", body=body, cast_to=object)
        assert (answer["object"], answer["model"]) == ("response", "mymodel")
        assert upstream.only_request()["target"] == "/api/v1/responses"

    def test_streams(self, client, upstream):
        chunks = list(client.chat.completions.create(model="mymodel", messages=MESSAGES, stream=True))
        assert {chunk.model for chunk in chunks} == {"mymodel"}
        events = list(client.responses.create(model="mymodel", input=INPUT, store=False, stream=True))
        assert events[-1].response.model == "mymodel"
        assert [row["json"]["model"] for row in upstream.requests()] == ["openai/gpt-4o"] * 2

    def test_embeddings(self, client, upstream):
        client.embeddings.create(model="openrouter/openai/text-embedding-3-small", input="a")
        assert upstream.only_request()["json"]["model"] == "openai/text-embedding-3-small"


class TestThePrefixIsRemovedOnce:
    # What the client asks for, what OpenRouter must get.
    NAMES = [
        ("openrouter/openrouter/free", "openrouter/free"),
        ("openrouter/openrouter/auto", "openrouter/auto"),
        ("openrouter/free", "openrouter/free"),
        ("openrouter/openai/gpt-4o", "openai/gpt-4o"),
    ]

    @pytest.mark.parametrize("asked, expected", NAMES)
    def test_chat_and_responses(self, client, upstream, asked, expected):
        assert client.chat.completions.create(model=asked, messages=MESSAGES).model == asked
        assert client.responses.create(model=asked, input="Hello").model == asked
        assert [row["json"]["model"] for row in upstream.requests()] == [expected] * 2

    @pytest.mark.parametrize("asked, expected", NAMES)
    def test_the_explanation_says_the_same(self, client, gateway, asked, expected):
        told = client.get(gateway.address + "/v1/route", cast_to=object, options={"params": {"model": asked}})
        assert expected in str(told)
