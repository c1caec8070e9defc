"""Which units of a network may be permuted: found, proved at several sizes, and explained."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from ...datasets.catalogue import load
from ...errors import UserError
from ...methods.base import Network
from ...methods.modules.twin import tensors
from ...methods.networks.construction import network
from ...methods.symmetry.axes import Symmetry
from ...methods.symmetry.explanation import Explanation, explain
from ...methods.symmetry.reorderings import drawn
from ...methods.tracing.trace import trace
from ..errors import user_errors
from ..measuring.align import TOLERANCE
from ..networks.base import Architecture
from .examples import described, example_named, examples_of, random_like
from .proof import ROUNDING, change


@dataclass(frozen=True)
class Proof:
    """Whether random permutations of every group leave the network's outputs as they are.

    `on` says on what inputs, and `change` is the outputs' greatest change, relative to the largest,
    in float64; without one `reason` says why nothing could be tried.
    """

    on: str
    change: float | None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the symmetry was not disproved."""
        return self.change is None or self.change <= ROUNDING

    def __str__(self) -> str:
        if self.change is None:
            return f"not tried on {self.on}: {self.reason}"
        rounded = " up to rounding" if self.change > TOLERANCE else ""
        word = f"proved{rounded}" if self.holds else "DISPROVED"
        return (
            f"{word} on {self.on}: units in random orders change the outputs by {self.change:.1e} "
            "at most, relative to the largest, in float64"
        )


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
    proofs: tuple[Proof, ...]
    explanation: Explanation
    within: Mapping[str, tuple[str, ...]]

    @property
    def is_proved(self) -> bool:
        """Whether no proof failed."""
        return all(proof.holds for proof in self.proofs)

    @property
    def pins(self) -> list[dict[str, Any]]:
        """What stays, in what JSON has."""
        return [asdict(pin) for pin in self.explanation]


def explained(architecture: Architecture, example: str | None, dataset: str | None) -> Explained:
    """The symmetry of a network with parameters as they are first drawn.

    It is traced with the input that `example` or the data set `dataset` says, else with one that
    its library says; and proved there and, where one is known, at another size. Raises `UserError`
    where nothing says what it takes.
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
    alive = network(module, _alive(module), symmetry=symmetry)
    proofs = [_proof(alive, examples[0])]
    proofs += [_elsewhere(alive, one) for one in examples[1:]]
    return Explained(
        architecture.name,
        symmetry.groups(),
        _share(symmetry, alive),
        seconds,
        tuple(proofs),
        explain(symmetry),
        symmetry.within(),
    )


def _alive(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Its parameters with noise on all that is constant.

    Scales of one and biases of zero are the same in any order, and would prove anything.
    """
    draw = torch.Generator().manual_seed(0)
    found: dict[str, torch.Tensor] = {}
    trained = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    for name, value in tensors(module).items():
        own = value.detach().clone()
        learnt = name in trained or name.rpartition(".")[2] in ("running_mean", "running_var")
        same = own.numel() > 1 and bool((own == own.flatten()[0]).all())
        if own.is_floating_point() and learnt and same:
            own += 0.1 * torch.rand(own.shape, generator=draw)
        found[name] = own
    return found


def _proof(alive: Network, example: Any) -> Proof:
    """Random permutations of all groups at once, on noise."""
    draw = torch.Generator().manual_seed(1)
    moved = alive.symmetry.transport(alive.params, drawn(alive.symmetry, draw))
    return Proof(described(example), change(alive, moved, [random_like(example, 2)]))


def _elsewhere(alive: Network, example: Any) -> Proof:
    """The same at another size, where the network takes it."""
    try:
        return _proof(alive, example)
    except Exception as error:  # whatever inputs of another size make it meet
        what = " ".join(str(error).split())[:120]
        return Proof(described(example), None, f"the network does not take them ({what})")


def _share(symmetry: Symmetry, alive: Network) -> float:
    """The share of the weights that lie on an axis that moves."""
    moving = {n for n, axes in symmetry.axes.items() if any(axis.groups for axis in axes)}
    sizes = {name: value.numel() for name, value in alive.weights.items()}
    return sum(size for name, size in sizes.items() if name in moving) / max(sum(sizes.values()), 1)
