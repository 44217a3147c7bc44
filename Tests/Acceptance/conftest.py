import openai
import pytest

from processes import MASTER_KEY, FakeUpstream, Gateway

# One entry per failure: a deployment that is put to rest after one test must not be missing in the next.
CONFIG = """
model_list:
  - model_name: openrouter/*
    litellm_params: &openrouter
      model: openrouter/*
      api_base: {upstream}
      api_key: os.environ/OPEN_ROUTER_API_KEY
  - model_name: gpt
    litellm_params: {{<<: *openrouter, model: openrouter/openai/gpt-4o}}
  - model_name: tools
    litellm_params: {{<<: *openrouter, model: openrouter/fault/tools}}
  - model_name: thinker
    litellm_params: {{<<: *openrouter, model: openrouter/fault/reasoning}}
  - model_name: embedder
    litellm_params: {{<<: *openrouter, model: openrouter/openai/text-embedding-3-small}}
  - model_name: rate-limited
    litellm_params: {{<<: *openrouter, model: openrouter/fault/429-retry-after}}
  - model_name: too-long
    litellm_params: {{<<: *openrouter, model: openrouter/fault/provider-400-context}}
  - model_name: unpaid
    litellm_params: {{<<: *openrouter, model: openrouter/fault/402-credits}}
  - model_name: forbidden
    litellm_params: {{<<: *openrouter, model: openrouter/fault/403-moderation}}
  - model_name: crashing
    litellm_params: {{<<: *openrouter, model: openrouter/fault/500}}
  - model_name: lying
    litellm_params: {{<<: *openrouter, model: openrouter/fault/200-error}}
  - model_name: breaking
    litellm_params: {{<<: *openrouter, model: openrouter/fault/stream-mid-error}}
  - model_name: wrong-key
    litellm_params: {{<<: *openrouter, model: openrouter/openai/gpt-4o, api_key: sk-or-v1-revoked}}
"""


@pytest.fixture(scope="session")
def upstream_process():
    fake = FakeUpstream()
    yield fake
    fake.stop()


@pytest.fixture
def upstream(upstream_process):
    """The fake upstream, with nothing recorded yet."""
    upstream_process.forget()
    return upstream_process


@pytest.fixture(scope="session")
def start_gateway(upstream_process, tmp_path_factory):
    """Starts a gateway from the text of a configuration; all are ended with the session."""
    running = []

    def start(config, **environment):
        path = tmp_path_factory.mktemp("gateway") / "config.yaml"
        path.write_text(config)
        gateway = Gateway(path, environment)
        running.append(gateway)
        return gateway

    yield start
    codes = [gateway.stop() for gateway in running]
    assert codes == [0] * len(codes), "a gateway did not end cleanly"


@pytest.fixture(scope="session")
def gateway(start_gateway, upstream_process):
    return start_gateway(CONFIG.format(upstream=upstream_process.base_url))


@pytest.fixture(scope="session")
def client(gateway):
    """As a newcomer makes it, except that the SDK's own retries would hide what the gateway answers."""
    with openai.OpenAI(api_key=MASTER_KEY, base_url=gateway.address + "/v1", max_retries=0, timeout=30) as client:
        yield client
