"""The code in README.md runs as it stands there; that of CONTRIBUTING.md: test_plugins.py."""

import re
from pathlib import Path

import zoo

ROOT = Path(__file__).parents[1]


def python_blocks(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_the_example_of_the_readme():
    (code,) = python_blocks("README.md")
    model_a, model_b = (zoo.ARCHITECTURES["resnet-ln"].build(zoo.SHAPE, 5).eval() for _ in "ab")
    for seed, model in enumerate((model_a, model_b)):
        model.double().load_state_dict(zoo.alive(model, seed))
    names = {"model_a": model_a, "model_b": model_b, "images": zoo.samples()[:][0]}
    exec(code, names)  # noqa: S102
    assert names["alignment"].is_permutation
    assert names["merged"].keys() == model_a.state_dict().keys()
