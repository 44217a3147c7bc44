"""llm-comply, which compares answers with the published schemas, against canned ones."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from processes import MASTER_KEY

CONFIG = """
model_list:
  - {model_name: demo, litellm_params: {model: openai/demo, mock_response: Hello from the acceptance suite.}}
"""


@pytest.fixture(scope="module")
def demo(start_gateway):
    return start_gateway(CONFIG)


@pytest.mark.parametrize("form", ["open-responses", "openai-chat"])
def test_canned_answers_comply(demo, form):
    done = subprocess.run(
        [Path(sys.executable).parent / "llm-comply", "--format", form, "--base-url", f"{demo.address}/v1",
         "--api-key", MASTER_KEY, "--model", "demo", "--json"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert report["summary"]["failed"] == 0
    assert report["summary"]["passed"] >= 8
