import openai
import pytest

from processes import MASTER_KEY

HELLO = [{"role": "user", "content": "Hello"}]


def failure(client, kind, model, **more):
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=model, messages=HELLO, **more)
    error = caught.value
    # The SDK reads these out of the body: a body of another shape would leave them empty.
    assert isinstance(error.body, dict) and error.body["message"] and error.body["type"]
    return error


def test_a_wrong_key_is_an_authentication_error(client):
    error = failure(client.with_options(api_key="sk-wrong"), openai.AuthenticationError, "gpt")
    assert error.code == "invalid_api_key"
    assert "sk-wrong" not in str(error)


def test_the_providers_401_is_told_apart(client):
    error = failure(client, openai.AuthenticationError, "wrong-key")
    assert error.type == "upstream_authentication_error"
    assert "sk-or-v1-revoked" not in str(error)


def test_an_unknown_model_is_not_found(client):
    error = failure(client, openai.NotFoundError, "gptt")
    assert (error.code, error.param) == ("model_not_found", "model")
    assert "'gpt'" in error.body["message"], "the nearest name is offered"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_rate_limit_says_when_to_come_back(client, streamed):
    error = failure(client, openai.RateLimitError, "rate-limited", stream=streamed)
    assert error.response.headers["retry-after"].isdigit()


def test_a_prompt_that_is_too_long_is_a_bad_request(client):
    error = failure(client, openai.BadRequestError, "too-long")
    assert "context" in str(error.body).lower()


def test_malformed_input_is_a_bad_request(client, upstream):
    error = failure(client, openai.BadRequestError, "gpt", extra_body={"messages": {}})
    assert error.param == "messages"
    assert upstream.requests() == [], "refused before anybody is called"


@pytest.mark.parametrize(
    "model, kind, status",
    [
        ("unpaid", openai.APIStatusError, 402),
        ("forbidden", openai.PermissionDeniedError, 403),
        ("crashing", openai.InternalServerError, 500),
        ("lying", openai.APIStatusError, None),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_failures_keep_their_status(client, model, kind, status, streamed):
    error = failure(client, kind, model, stream=streamed)
    assert error.status_code == status if status else error.status_code >= 400


def test_a_stream_that_breaks_raises_after_its_text(client):
    text = ""
    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(model="breaking", messages=HELLO, stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                assert choice.finish_reason is None
    assert text, "what came before the failure is delivered"
    assert not isinstance(caught.value, openai.APIConnectionError)


def test_responses_fail_in_the_same_shape(client):
    with pytest.raises(openai.RateLimitError) as caught:
        client.responses.create(model="rate-limited", input="Hello")
    assert caught.value.body["message"]
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="gptt", input="Hello")


@pytest.mark.parametrize("path", ["/v1/chat/completion", "/v2/chat/completions"])
def test_an_unknown_path_is_not_found(client, gateway, path):
    with pytest.raises(openai.NotFoundError) as caught:
        client.post(gateway.address + path, body={}, cast_to=object)
    assert caught.value.code == "unknown_url"


def test_no_secret_is_in_any_log(gateway):
    # Runs last in this file: everything above has been logged by now.
    log = "".join(gateway.lines)
    for secret in (MASTER_KEY, "sk-or-v1-test", "sk-or-v1-revoked", "sk-wrong"):
        assert secret not in log
