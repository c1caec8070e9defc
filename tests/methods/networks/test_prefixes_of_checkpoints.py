"""Several networks in one flat checkpoint: which is taken, and when none is."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import basinbench
from basinbench import UserError, network

X = torch.randn(9, 6, generator=torch.Generator().manual_seed(0))
WIDTH = 8


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))


def flat(*prefixes: str, alike: bool = False) -> dict[str, Tensor]:
    """One checkpoint with a network under each prefix; the first has the parameters of seed 0."""
    found: dict[str, Tensor] = {}
    for i, prefix in enumerate(prefixes):
        torch.manual_seed(0 if alike else i)
        found |= {prefix + name: value for name, value in mlp().state_dict().items()}
    return found


@pytest.mark.parametrize(
    "prefixes",
    [
        ("model.", "ema."),
        ("model.", "opt."),
        ("model.", "optimizer.exp_avg."),
        ("net.", "zz."),
        ("ema.", "aa."),
        ("", "ema."),
        ("module.model.", "module.swa."),
    ],
)
@pytest.mark.parametrize("key", [None, "state_dict", "model"])
def test_of_prefixes_that_fit_alike_the_name_decides(prefixes: tuple[str, ...], key: str | None):
    for order in (1, -1):
        state = flat(*prefixes)
        state = dict(list(state.items())[::order])
        if "" in prefixes:
            with pytest.raises(UserError, match="which Sequential has not"):
                network(mlp, {key: state} if key else state, example=X)
            continue
        found = network(mlp, {key: state} if key else state, example=X)
        assert all(torch.equal(v, state[prefixes[0] + n]) for n, v in found.params.items())


TIES = [
    ("module.encoder_q.", "module.encoder_k."),
    ("online_network.", "target_network."),
    ("student.", "teacher."),
    ("model.", "net."),
]


@pytest.mark.parametrize("prefixes", TIES)
def test_two_prefixes_that_fit_alike_are_refused(prefixes: tuple[str, ...]):
    for state in (flat(*prefixes), flat(*prefixes[::-1]), {"state_dict": flat(*prefixes)}):
        with pytest.raises(UserError, match=r"the parts .* both fit Sequential"):
            network(mlp, state, example=X)
    equal = network(mlp, flat(*prefixes, alike=True), example=X)
    assert torch.equal(equal.params["0.weight"], flat(prefixes[0])[f"{prefixes[0]}0.weight"])


def test_the_choice_is_the_same_in_every_process():
    code = (
        "import torch, basinbench\n"
        "from torch import nn\n"
        "one = nn.Linear(3, 2).state_dict()\n"
        "names = ['bb.', 'cc.', 'aa.', 'dd.']\n"
        "state = {p + n: v for p in names for n, v in one.items()}\n"
        "print(basinbench.network(lambda: nn.Linear(3, 2), state, example=torch.ones(1, 3)).notes)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**basinbench_environment(), "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(said) == 1
    assert "aa." in said.pop()


def basinbench_environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path(basinbench.__file__).parents[1])}
