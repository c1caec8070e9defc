"""A method beside its authors' own code on the same networks: how it is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import inf, isnan
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import TensorDataset

from ...datasets.base import Images
from ...errors import require
from ...methods.base import Alignment, Method, Network, Problem, double, transported, weighted_mean
from ...methods.symmetry.axes import Params
from ...methods.symmetry.maps import Linear, Map, Permutation
from ...methods.tracing.trace import trace
from ...methods.weight_matching import WeightMatching, match_weights
from ...results.record import Value
from ..cells.fidelity import FidelityCell
from ..cells.merge import Measurement
from ..finishes import Nothing, applied
from ..finishes.base import Merge, MergeContext
from ..networks.base import Architecture
from ..training.inputs import Normalised
from ..training.recipes import recipe
from .agreement import partner_agreement
from .align import align
from .fidelity_cases import FIDELITY_CASES, TRAINED, WITHOUT_BIAS, FidelityCase
from .workspace import Workspace

AUTHORS = Path(__file__).parent / "authors"
NETWORKS, RESULTS = AUTHORS / "networks.safetensors", AUTHORS / "results.safetensors"

SEEN = 1200
"""Of scikit-learn's digits, in their order, the first are for training: the others tell accuracy.

Network j of three was trained on every third of them, from the j-th on."""


def fidelity_cells() -> list[FidelityCell]:
    """A cell for each of `FIDELITY_CASES`."""
    return [
        FidelityCell(c.result, c.method, c.form, c.networks, c.code, _digest(), c.differs, c.finish)
        for c in FIDELITY_CASES
    ]


def measure_fidelity(cell: FidelityCell, workspace: Workspace, seconds: float = inf) -> Measurement:
    """How far the method's maps, weights and accuracy are from those of its authors' code."""
    case = _case_of(cell)
    problem = fidelity_problem(case, workspace.device)
    theirs = authors_result(case, problem)
    method = case.method
    if theirs.visits and isinstance(method, WeightMatching):
        method = _InOrder(method, theirs.visits)
    aligned = align(method, problem, seconds)
    equal = [1 / len(problem.networks)] * len(problem.networks)
    own = method.merge(problem, aligned.alignment, equal)
    if case.finish != Nothing():
        context = MergeContext(problem, aligned.alignment, _seen(case), recipe("digits-short"))
        own = applied(case.finish, Merge(own, tuple(equal), context)).params
    share = partner_agreement(problem, aligned.alignment, theirs.alignment)
    row: dict[str, Value] = {**aligned.columns, "agreement": None if isnan(share) else share}
    if all(w.shape == theirs.merged[name].shape for name, w in own.items()):
        row["weights_difference"] = max(
            float((w.double() - theirs.merged[name].double()).abs().max())
            for name, w in own.items()
        )
    if problem.samples is not None:
        row["authors_accuracy"] = _accuracy(problem, theirs.merged)
        row["own_accuracy"] = _accuracy(problem, own)
    return "done", row


@dataclass(frozen=True, eq=False)
class AuthorsResult:
    """What the authors' code gave: maps, the merge, and the groups of one sweep after another."""

    alignment: Alignment
    merged: Params
    visits: tuple[tuple[str, ...], ...]


def authors_result(case: FidelityCase, problem: Problem) -> AuthorsResult:
    """The stored result of `case`, in this package's terms.

    Where no merge is stored it is the mean of the networks under the stored permutations.
    """
    stored = {
        tuple(rest): value.to(problem.device)
        for name, value in _tensors(RESULTS).items()
        for result, *rest in [name.split("/")]
        if result == case.result
    }
    groups = list(problem.networks[0].widths)
    maps: tuple[dict[str, Map], ...] = tuple({} for _ in problem.networks)
    for (what, *place), value in stored.items():
        if what in ("maps", "into"):
            group = groups[int(place[1])]
            size = 1 + max(int(v.max()) for k, v in stored.items() if k[::2] == (what, place[1]))
            maps[int(place[0])][group] = _map(value, size if what == "into" else 0)
    alignment = Alignment(maps)
    merged = {".".join(rest): v for (what, *rest), v in stored.items() if what == "merged"}
    if not merged:
        equal = [1 / len(problem.networks)] * len(problem.networks)
        merged = weighted_mean(transported(problem, alignment), equal)
    orders = stored.get(("visits",), torch.empty(0, 0)).tolist()
    return AuthorsResult(alignment, merged, tuple(tuple(groups[i] for i in o) for o in orders))


def _map(value: Tensor, size: int) -> Map:
    """A matrix is the map into the basis; an index is from the basis, with a `size` into it."""
    if value.is_floating_point():
        return Linear(value, value.T)
    if not size:
        return Permutation(value.long())
    into = torch.nn.functional.one_hot(value.long(), size).float().T.contiguous()
    return Linear(into, into.T)


@cache
def fidelity_problem(case: FidelityCase, device: torch.device) -> Problem:
    """The networks that the authors' code was given, and what it saw of the digits.

    Networks of other forms than the trained ones have weights drawn by NumPy's frozen generator,
    and no images: what they compute is of no interest.
    """
    kept = {TRAINED: "mlp", WITHOUT_BIAS: "nobias"}.get(case.form)  # type: ignore[call-overload]
    shape = (3, 16, 16) if kept is None and case.form.name.startswith("resnet") else (1, 8, 8)
    module = case.form.build(shape, 10).eval().to(device)
    symmetry = trace(module, torch.zeros(2, *shape, device=device))
    drawn = (
        _drawn(case.form, shape, j + 1) if kept is None else _kept(f"{kept}.{j}")
        for j in range(case.networks)
    )
    networks = [
        Network(module, {n: w.to(device) for n, w in params.items()}, symmetry) for params in drawn
    ]
    if case.turned:
        networks.reverse()
    if kept is None:
        return Problem(tuple(networks))
    images, labels = (t[: case.images].to(device) for t in _digits())
    shares = tuple(
        TensorDataset(images[j :: case.networks], labels[j :: case.networks])
        for j in range(case.networks)
    )
    return Problem(tuple(networks), TensorDataset(images, labels), per_network_data=shares)


@dataclass(frozen=True)
class _InOrder(Method):
    """Weight matching that visits the groups in orders which are given."""

    inner: WeightMatching
    visits: tuple[Sequence[str], ...]

    name: ClassVar[str] = WeightMatching.name
    paper: ClassVar[str] = WeightMatching.paper

    def align(self, problem: Problem) -> Alignment:
        fixed, moving = problem.networks
        found = match_weights(
            fixed.symmetry.only(fixed.weights),
            fixed.weights,
            moving.weights,
            problem.generator(),
            order=self.visits,
            dtype=getattr(torch, self.inner.precision),
            as_released=self.inner.as_released,
        )
        stats = {"objective": found.objective, "sweeps": found.sweeps, "solves": found.solves}
        return Alignment(({}, found.maps), stats)


def _seen(case: FidelityCase) -> Normalised:
    """The images of `case` for a finish, whose pixels are whole numbers: 15 a level of grey."""
    images, labels = (t[: case.images] for t in _digits())
    pixels = (images * 240).round().to(torch.uint8)
    return Normalised(Images(pixels, labels), mean=(0.0,), std=(240 / 255,))


def _case_of(cell: FidelityCell) -> FidelityCase:
    return next(c for c in FIDELITY_CASES if (c.result, c.method) == (cell.result, cell.method))


def _accuracy(problem: Problem, params: Params) -> float:
    """The share of the digits that no network was trained on which `params` classify correctly."""
    images, labels = (t[SEEN:].to(problem.device) for t in _digits())
    with torch.no_grad():
        logits = problem.networks[0](images.double(), double(params))
    return float((logits.argmax(1) == labels).double().mean())


def _kept(name: str) -> Params:
    mine = f"{name}/"
    return {n.removeprefix(mine): w for n, w in _tensors(NETWORKS).items() if n.startswith(mine)}


def _drawn(form: Architecture, shape: tuple[int, int, int], seed: int) -> Params:
    """Normal weights of unit scale a unit; norms near one, biases near nought."""
    draw = np.random.RandomState(seed)
    params = {}
    for name, like in form.build(shape, 10).state_dict().items():
        values = torch.from_numpy(draw.standard_normal(tuple(like.shape)).astype(np.float32))
        if values.ndim > 1:
            params[name] = values / values[0].numel() ** 0.5
        else:
            params[name] = 0.1 * values + (1 if name.endswith("weight") else 0)
    return params


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """Scikit-learn's digits as the authors' code was given them: (n, 1, 8, 8) from 0 to 1."""
    require("run", "sklearn")
    from sklearn.datasets import load_digits  # a second to import: only where it is used

    levels, targets = map(np.asarray, load_digits(return_X_y=True))
    images = torch.from_numpy((levels / 16).astype(np.float32)).reshape(-1, 1, 8, 8)
    return images, torch.from_numpy(targets.astype(np.int64))


@cache
def _tensors(path: Path) -> Mapping[str, Tensor]:
    return load_file(path)


@cache
def _digest() -> str:
    return sha256(NETWORKS.read_bytes() + RESULTS.read_bytes()).hexdigest()[:16]
