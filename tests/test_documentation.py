"""The code in README.md and CONTRIBUTING.md runs as it stands there."""

import re
import types
from pathlib import Path

import pytest
import torch
import zoo

from basinbench.methods.base import Problem

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


def test_the_method_of_the_guide():
    """A new method in one file: it keeps functions and recovers what was planted."""
    (code,) = python_blocks("CONTRIBUTING.md")
    module = types.ModuleType("basinbench.methods.norm_matching")
    module.__package__ = "basinbench.methods"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, module.__name__, module)
        exec(code, vars(module))  # noqa: S102
    net = zoo.network("mlp", 1)
    other, planted = zoo.shuffled(net)
    alignment = module.NormMatching().align(Problem((net, other)))
    assert alignment.maps[1] == {g: m.inverse() for g, m in planted.items()}
    x = zoo.samples()[:][0]
    moved = other.symmetry.transport(other.params, alignment.maps[1])
    torch.testing.assert_close(net(x, moved), net(x))
