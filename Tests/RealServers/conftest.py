import pytest

from servers import Gateway, Llama

# `small` has a window of 512 tokens a request and is followed by `large`. `pair` are the two of them, for the server that dies.
CONFIG = """
model_list:
  - model_name: small
    litellm_params: {{model: llamafile/smollm2, api_base: {small}}}
  - model_name: large
    litellm_params: {{model: llamafile/smollm2, api_base: {large}}}
  - model_name: alone
    litellm_params: {{model: llamafile/smollm2, api_base: {small}}}
  - model_name: embedder
    model_info: {{mode: embedding}}
    litellm_params: {{model: llamafile/smollm2, api_base: {embedder}}}
  - model_name: pair
    litellm_params: {{model: llamafile/smollm2, api_base: {mortal}}}
  - model_name: pair
    litellm_params: {{model: llamafile/smollm2, api_base: {large}}}
  - model_name: mortal
    litellm_params: {{model: llamafile/smollm2, api_base: {mortal}}}
router_settings:
  num_retries: 2
  cooldown_time: 1
  context_window_fallbacks: [{{small: [large]}}]
"""


@pytest.fixture(scope="session")
def small():
    server = Llama("--ctx-size", "2048", "--parallel", "4", "--jinja", "--slots")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def large():
    server = Llama("--ctx-size", "65536", "--parallel", "32", "--jinja", "--slots")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mortal():
    server = Llama("--ctx-size", "2048", "--parallel", "4", "--jinja", "--slots")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedder():
    server = Llama("--embeddings", "--pooling", "mean", "--ctx-size", "512", "--parallel", "1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def gateway(small, large, mortal, embedder, tmp_path_factory):
    text = CONFIG.format(small=small.base, large=large.base, mortal=mortal.base, embedder=embedder.base)
    gateway = Gateway(text, tmp_path_factory.mktemp("gateway"))
    yield gateway
    assert gateway.stop() == 0, "the gateway did not end cleanly"
