"""Which units of a network may be permuted: found, proved at several sizes, and explained."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from ...datasets.catalogue import load
from ...errors import UserError
from ...methods.modules.forms import arguments
from ...methods.proving.proof import Proof, prove
from ...methods.symmetry.axes import Symmetry
from ...methods.symmetry.explanation import Explanation, explain
from ...methods.tracing.trace import trace
from ..errors import user_errors
from ..networks.base import Architecture
from .examples import described, example_named, examples_of, of_other_sizes, random_like
from .ids import rows_of_ids


@dataclass(frozen=True)
class Trial:
    """What was proved of a network on inputs that `on` describes.

    `proof` is `None` where the network does not take them; `reason` says so.
    """

    on: str
    proof: Proof | None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the symmetry was not disproved."""
        return self.proof is None or self.proof.ok

    def __str__(self) -> str:
        if self.proof is None:
            return f"not tried on {self.on}: {self.reason}"
        word = "proved" if self.proof.ok else "DISPROVED"
        modes = " and ".join(self.proof.modes)
        return f"{word} on {self.on}, in {modes} mode: {self.proof}"


@dataclass(frozen=True)
class Explained:
    """The groups of a network, the share of its weights that lie on an axis that moves, and why.

    `within`: what the units of a group lie within, and have an order of their own in each of.
    `seconds` is how long it was traced.
    """

    name: str
    groups: Mapping[str, int]
    share: float
    seconds: float
    trials: tuple[Trial, ...]
    explanation: Explanation
    within: Mapping[str, tuple[str, ...]]

    @property
    def is_proved(self) -> bool:
        """Whether no proof failed."""
        return all(trial.holds for trial in self.trials)

    @property
    def pins(self) -> list[dict[str, Any]]:
        """What stays, in what JSON has."""
        return [asdict(pin) for pin in self.explanation]


def explained(architecture: Architecture, example: str | None, dataset: str | None) -> Explained:
    """The symmetry of a network with parameters as they are first drawn.

    It is traced with the input that `example` or the data set `dataset` says, else with one that
    its library says; and proved there, where one is known at another size, and with batches of
    other sizes of which its graph does not tell. Raises `UserError` where nothing says what it
    takes.
    """
    if example is not None and dataset is not None:
        raise UserError("--input and --dataset both say what the network takes: give one of them")
    shape, classes, given = (3, 32, 32), 10, None
    if dataset is not None:
        with user_errors():
            data = load(dataset)
        shape, classes = data.shape, data.classes
        given = torch.zeros(2, *shape)
    module = architecture.build(shape, classes).eval()
    if example is not None:
        given = example_named(example)
    examples = examples_of(architecture, module) if given is None else (given,)
    start = time.perf_counter()
    symmetry = trace(module, examples[0])
    seconds = time.perf_counter() - start
    trials = [Trial(described(examples[0]), _proved(module, symmetry, examples[0]))]
    trials += [_elsewhere(module, symmetry, one) for one in examples[1:]]
    program = symmetry.program
    others = (x for x in of_other_sizes(examples[0]) if program and not program.covers(x))
    tried = (_elsewhere(module, symmetry, one) for one in others)
    trials += [trial for trial in tried if trial.proof is not None]
    return Explained(
        architecture.name,
        symmetry.groups(),
        _share(symmetry, module),
        seconds,
        tuple(trials),
        explain(symmetry),
        symmetry.within(),
    )


def _proved(module: nn.Module, symmetry: Symmetry, example: Any) -> Proof:
    given = arguments(example)
    ids = rows_of_ids(lambda: module(*given.args, **given.kwargs))
    return prove(module, symmetry, random_like(example, 0, ids))


def _elsewhere(module: nn.Module, symmetry: Symmetry, example: Any) -> Trial:
    """The proof at another size, where the network takes it."""
    try:
        return Trial(described(example), _proved(module, symmetry, example))
    except Exception as error:  # whatever inputs of another size make it meet
        what = " ".join(str(error).split())[:160]
        return Trial(described(example), None, f"the network does not take them ({what})")


def _share(symmetry: Symmetry, module: nn.Module) -> float:
    """The share of the weights that lie on an axis that moves."""
    moving = {n for n, axes in symmetry.axes.items() if any(axis.groups for axis in axes)}
    sizes = {name: weight.numel() for name, weight in module.named_parameters()}
    return sum(size for name, size in sizes.items() if name in moving) / max(sum(sizes.values()), 1)
