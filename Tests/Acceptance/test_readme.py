"""README's Python, as it stands there."""

import pathlib
import re

README = pathlib.Path(__file__).parents[2] / "README.md"


def test_readmes_python_runs(gateway, capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    assert 'base_url="http://localhost:4000"' in code and 'model="mymodel"' in code
    exec(code.replace("http://localhost:4000", gateway.address).replace('"mymodel"', '"gpt"'), {})
    # The whole answer, then the same words from the stream.
    assert capsys.readouterr().out == "Hello from the fake.\nHello from the fake."
