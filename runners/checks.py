"""The laws that a method keeps, tried on small networks that are alive."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from ..methods.base import Alignment, Method, Network, Problem, Samples
from ..methods.plugins.validation import check_alignment
from ..methods.symmetry.maps import Linear, Map, Permutation
from .errors import in_one_line
from .execution.align import TOLERANCE, equivalence_error
from .execution.budget import run_within
from .execution.planting import noisy
from .execution.timing import same_result
from .networks.alive import network, problem, problem_of, samples, shuffled
from .seeds import seed_of

LAW_NETWORKS = ("mlp", "vgg-bn", "resnet-bn", "resnet-ln")
LAW_NOISES = (0.0, 0.1, 0.5)
"""Of the planted permutations, in standard deviations of each tensor."""


@dataclass(frozen=True)
class LawResult:
    """What a law found on one network: words for a table, a sentence where the law is broken."""

    words: str
    fault: str | None = None


class Trial:
    """One method on one of the `NETWORKS`, each alignment within so many seconds."""

    def __init__(self, method: Method, name: str, seconds: float):
        self.method = method
        self.name = name
        self.changed: list[str] = []  # by either alignment, in words
        self._seconds = seconds

    @cached_property
    def problem(self) -> Problem:
        """Two unrelated networks."""
        return problem(self.name)

    @cached_property
    def alignment(self) -> Alignment:
        """Theirs; computed once for all the laws that look at it."""
        for net in self.problem.networks:  # their module serves all trials
            net.module.eval()
        before = _copies(self.problem)
        alignment = self.align(self.problem)
        self.method.merge(self.problem, alignment, [0.5, 0.5])
        after = _copies(self.problem)
        self.changed = [k for k, v in before.items() if not torch.equal(v, after[k])]
        return alignment

    @cached_property
    def again(self) -> Alignment:
        """The same a second time, after what it imports late has drawn its random numbers."""
        before = _streams()
        alignment = self.align(self.problem)
        after = _streams()
        self.changed += [k for k, v in before.items() if not torch.equal(v, after[k])]
        return alignment

    def align(self, problem: Problem) -> Alignment:
        """The alignment of another problem."""
        alignment = run_within(self._seconds, lambda: self.method.align(problem))
        check_alignment(problem, alignment)
        return alignment


Law = Callable[[Trial], LawResult]
KEPT = LawResult("ok")
NOT_JUDGED = LawResult("–")


def check(
    method: Method, seconds: float, names: Sequence[str] = LAW_NETWORKS
) -> dict[str, list[LawResult]]:
    """Law -> what it found on each of the networks `names`, in order."""
    found: dict[str, list[LawResult]] = {law: [] for law in LAWS}
    for name in names:
        trial = Trial(method, name, seconds)
        stop = _obstacle(trial)
        for title, law in LAWS.items():
            found[title].append(stop or _guarded(law, trial))
            stop = stop and LawResult(stop.words)  # said once
    return found


def keeps_functions(trial: Trial) -> LawResult:
    """Permutations change no output; of other maps and merges only finite outputs are asked."""
    alignment = trial.alignment
    if alignment.is_permutation:
        error = equivalence_error(trial.problem, alignment)
        fault = f"permutations change the outputs by {error:.0e}"
        return LawResult(f"{error:.0e}", None if error < TOLERANCE else fault)
    outputs = _merged_outputs(trial, trial.problem, alignment)
    words = "mixes units" if alignment.merged is None else "merges"
    return LawResult(
        words, None if outputs.isfinite().all() else "the merge's outputs are not finite"
    )


def repeats(trial: Trial) -> LawResult:
    """The same seed gives the same maps, bit for bit."""
    if same_result(trial.alignment, trial.again):
        return KEPT
    return LawResult("differs", "the same seed gave two results: draw from `problem.generator()`")


def changes_nothing(trial: Trial) -> LawResult:
    """Networks, data and the global random streams are afterwards as before."""
    _ = trial.alignment, trial.again
    if not trial.changed:
        return KEPT
    return LawResult("changed", f"`align` changed {trial.changed[0]}: work on copies")


def leaves_equals_alone(trial: Trial) -> LawResult:
    """A network meets itself: permutations move nothing; of others, how far outputs change."""
    net = network(trial.name, 1)
    twice = problem_of(net, net)
    alignment = trial.align(twice)
    if not alignment.is_permutation:
        expected = net(samples()[:][0])
        error = (_merged_outputs(trial, twice, alignment) - expected).abs().max()
        return LawResult(f"{float(error / expected.abs().max()):.0e}")
    moved = [g for g in net.widths if not _units_met(alignment, net, g).equal(_arange(net, g))]
    if not moved:
        return KEPT
    return LawResult("moved", f"two equal networks were brought apart in group {moved[0]!r}")


def recovers(noise: float, trial: Trial) -> LawResult:
    """The share of units whose planted partner is found."""
    net = network(trial.name, 1)
    draw = torch.Generator().manual_seed(seed_of("check", noise))
    other, planted = shuffled(noisy(net, noise, draw))
    alignment = trial.align(problem_of(net, other))
    if alignment.merged is not None:
        return NOT_JUDGED
    found = sum(
        int((_units_met(alignment, net, g, m) == _arange(net, g)).sum()) for g, m in planted.items()
    )
    share = found / sum(net.widths.values())
    wanted = not noise and trial.name == "mlp" and trial.method.recovers
    missed = wanted and alignment.is_permutation and share < 1
    fault = (
        f"of a planted permutation {share:.0%} was found; is `index[i] = j` turned round, "
        "or the method no matching (recovers=False)?"
    )
    return LawResult(f"{share:.0%}", fault if missed else None)


def agrees_on_gpu(trial: Trial) -> LawResult:
    """The same maps on CPU and GPU, up to rounding where they are matrices."""
    if not torch.cuda.is_available():
        return LawResult("no GPU")
    there = trial.align(_on_device(trial.problem, torch.device("cuda")))
    same = all(
        a.keys() == b.keys() and all(_agree(a[g], b[g]) for g in a)
        for a, b in zip(trial.alignment.maps, there.maps, strict=True)
    )
    pairs = ((v, (there.merged or {}).get(k)) for k, v in (trial.alignment.merged or {}).items())
    if same and all(b is not None and _same_values(a, b) for a, b in pairs):
        return KEPT
    return LawResult("differs", "CPU and GPU gave two results")


LAWS: dict[str, Law] = {
    "functions kept, float64": keeps_functions,
    "same seed, same bytes": repeats,
    "nothing else changed": changes_nothing,
    "equal networks left alone": leaves_equals_alone,
    **{f"planted units found, noise {noise:g}": partial(recovers, noise) for noise in LAW_NOISES},
    "CPU and GPU agree": agrees_on_gpu,
}


def _obstacle(trial: Trial) -> LawResult | None:
    """What keeps all laws from being tried: a reason to skip, or a failing alignment."""
    try:
        if trial.method.skip(trial.problem):
            return LawResult("skipped")
        _ = trial.alignment
    except (Exception, SystemExit) as error:
        return LawResult("failed", in_one_line(error))
    return None


def _guarded(law: Law, trial: Trial) -> LawResult:
    try:
        return law(trial)
    except (Exception, SystemExit) as error:
        return LawResult("failed", in_one_line(error))


def _merged_outputs(trial: Trial, problem: Problem, alignment: Alignment) -> Tensor:
    merged = trial.method.merge(problem, alignment, [0.5, 0.5])
    return problem.networks[0](samples()[:][0], merged)


def _units_met(
    alignment: Alignment, net: Network, group: str, planted: Permutation | None = None
) -> Tensor:
    """(units,): for each unit of the first network the one that it meets, as first numbered."""
    first, second = (_units_at_places(maps.get(group), net, group) for maps in alignment.maps)
    origin = _arange(net, group) if planted is None else planted.index
    partners = torch.full_like(origin, -1)
    partners[first] = origin[second]
    return partners


def _units_at_places(m: Map | None, net: Network, group: str) -> Tensor:
    """(size,): which unit stands at each place of the basis, or weighs most there."""
    if isinstance(m, Linear):
        return m.into.abs().argmax(dim=1).cpu()
    return m.index.cpu() if isinstance(m, Permutation) else _arange(net, group)


def _arange(net: Network, group: str) -> Tensor:
    return torch.arange(net.widths[group])


def _streams() -> dict[str, Tensor]:
    """The states of the global random streams."""
    numpy_state = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return {
        "PyTorch's global random stream": torch.random.get_rng_state(),
        "NumPy's global random stream": torch.tensor(
            [*numpy_state["key"].tolist(), numpy_state["pos"]]
        ),
        "Python's global random stream": torch.tensor(random.getstate()[1]),
    }


def _copies(problem: Problem) -> dict[str, Tensor]:
    """Copies of all of a problem that a method could change, under the words for it."""
    found: dict[str, Tensor] = {}
    for i, net in enumerate(problem.networks):
        found |= {f"{k!r} of network {i}": v.clone() for k, v in net.params.items()}
        own = net.module.state_dict()
        found |= {f"{k!r} of the module of network {i}": v.clone() for k, v in own.items()}
        flags = [net.module.training, *(p.requires_grad for p in net.params.values())]
        found[f"the mode of network {i}"] = torch.tensor(flags)
    x, y = _whole(problem.training_data)
    return found | {"the images": x.clone(), "the labels": y.clone()}


def _whole(data: Samples) -> tuple[Tensor, ...]:
    return data[torch.arange(len(data))]


def _on_device(problem: Problem, device: torch.device) -> Problem:
    def to(data: Samples) -> Samples:
        return TensorDataset(*(tensor.to(device) for tensor in _whole(data)))

    networks = tuple(
        replace(net, params={k: v.to(device) for k, v in net.params.items()})
        for net in problem.networks
    )
    per_network_data = tuple(map(to, problem.per_network_data or ()))
    return replace(
        problem,
        networks=networks,
        samples=to(problem.training_data),
        per_network_data=per_network_data,
    )


def _agree(a: Map, b: Map) -> bool:
    if isinstance(a, Linear) and isinstance(b, Linear):
        return _same_values(a.into, b.into) and _same_values(a.back, b.back)
    return isinstance(a, Permutation) and a == b


def _same_values(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.cpu(), b.cpu(), rtol=1e-6, atol=1e-9)
