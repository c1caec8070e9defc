"""What `compare` says of networks of this process is what they compute, and nobody else's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from basinbench import Images, Network, UserError, compare, dataset, network

_DRAW = torch.Generator().manual_seed(0)
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*near chance", "ignore:.*no validation split", "ignore:.*may have been normalised"
)
EXAMPLE = torch.zeros(2, 1, 4, 4)


def images(count: int) -> Images:
    pixels = torch.randint(0, 256, (count, 1, 4, 4), generator=_DRAW, dtype=torch.uint8)
    return Images(pixels, torch.randint(0, 3, (count,), generator=_DRAW))


DATA = dataset("blank", images(60), images(40))


class Net(nn.Module):
    """Its text says nothing of its activation, nor of its gain."""

    def __init__(self, act: Callable[[Tensor], Tensor] = torch.relu, gain: float = 1.0):
        super().__init__()
        self.act, self.gain = act, gain
        self.enter, self.head = nn.Linear(16, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.enter(x.flatten(1)) * self.gain))


class Named(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = Net(gain=5.0)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        found = self.inner(x)
        return {"sum": found.sum(1, keepdim=True), "one": found}


def pair(form: Callable[[], nn.Module], **how: Any) -> tuple[Network, Network]:
    """Two networks, the same at every call but for what `form` makes of their parameters."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first, second = form(), form()
    return network(first, example=EXAMPLE, **how), network(second, example=EXAMPLE, **how)


def compared(home: Path, networks: tuple[Network, ...]) -> pd.DataFrame:
    return compare(
        *networks, dataset=DATA, methods=["identity"], finishes=["none"], points=3,
        normalise="unit", home=home,
    )  # fmt: skip


def ends(table: pd.DataFrame) -> list[float]:
    """The test loss of the two networks."""
    curve = table.attrs["curves"].query("split == 'test' and at != 0.5")
    return list(curve["loss"])


def own_losses(networks: tuple[Network, ...]) -> list[float]:
    x, labels = DATA.test.images.float() / 255, DATA.test.labels
    return [float(F.cross_entropy(one(x), labels)) for one in networks]


FUNCTIONS: dict[str, Callable[[], tuple[Network, Network]]] = {
    "plain": lambda: pair(Net),
    "another activation": lambda: pair(lambda: Net(torch.tanh)),
    "another constant": lambda: pair(lambda: Net(gain=20.0)),
    "an output": lambda: pair(Net, output=lambda logits: -logits),
    "the name of an output": lambda: pair(Named, output="one"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("case", FUNCTIONS)
def test_equal_parameters_of_another_function_are_not_read_back(case: str, home: Path):
    networks = FUNCTIONS[case]()
    assert ends(compared(home, networks)) == pytest.approx(own_losses(networks), rel=1e-5)


def test_two_functions_are_refused(home: Path):
    (first, _), (_, second) = pair(Net), pair(lambda: Net(torch.cos, gain=9.0))
    with pytest.raises(UserError, match="compare needs networks of one function: other of mul"):
        compared(home, (first, second))


def test_what_a_comparison_would_drop_is_refused(home: Path):
    with pytest.raises(UserError, match="exclude= is for align, merge and line"):
        compared(home, pair(Net, exclude="head"))
    by_hand = replace(pair(Net)[0].symmetry, program=None)
    with pytest.raises(UserError, match="a symmetry that was written by hand is for align"):
        compared(home, pair(Net, symmetry=by_hand))


def test_the_twin_of_a_twin_gives_the_same_logits():
    first, _ = pair(Net, output=lambda logits: -logits)
    again = network(first.module, example=EXAMPLE)
    x = torch.ones(2, 1, 4, 4)
    assert torch.equal(again(x), first(x))
