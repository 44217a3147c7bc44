import os

import pytest

from processes import Gateway
from servers import Llama

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
def start_llama():
    """Starts a server; all are ended with the session."""
    running = []

    def start(*options):
        running.append(Llama(*options))
        return running[-1]

    yield start
    for server in running:
        server.stop()


# The weights' own template has no place for tools.
TEMPLATE = os.path.join(os.path.dirname(__file__), "tools.jinja")
CHAT = ("--jinja", "--slots", "--chat-template-file", TEMPLATE)


@pytest.fixture(scope="session")
def small(start_llama):
    return start_llama("--ctx-size", "2048", "--parallel", "4", *CHAT)


@pytest.fixture(scope="session")
def large(start_llama):
    return start_llama("--ctx-size", "65536", "--parallel", "32", *CHAT)


@pytest.fixture(scope="session")
def mortal(start_llama):
    return start_llama("--ctx-size", "2048", "--parallel", "4", *CHAT)


@pytest.fixture(scope="session")
def embedder(start_llama):
    return start_llama("--embeddings", "--pooling", "mean", "--ctx-size", "512", "--parallel", "1")


@pytest.fixture(scope="session")
def gateway(small, large, mortal, embedder, tmp_path_factory):
    path = tmp_path_factory.mktemp("gateway") / "config.yaml"
    path.write_text(CONFIG.format(small=small.base, large=large.base, mortal=mortal.base, embedder=embedder.base))
    gateway = Gateway(path, {})
    yield gateway
    assert gateway.stop() == 0, "the gateway did not end cleanly"
