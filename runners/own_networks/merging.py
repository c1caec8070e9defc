"""Networks of a user's own merged into one: read, aligned, proved, finished and scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import torch

from ...datasets.catalogue import load
from ...errors import UserError
from ...methods.base import Alignment, Method, Problem, transported
from ...methods.networks.merged import checked_weights, given_back, unrounded
from ...methods.symmetry.axes import Params
from ...methods.symmetry.maps import Map, Permutation, SignedPermutation
from ...results.record import Point
from ..cells.merge import Cell
from ..errors import user_errors
from ..finishes import Finish, Merge, Nothing, applied, reason_against
from ..keys import label_of
from ..measuring.align import Aligned, Change, NotEquivalentError, align, verify
from ..measuring.environment import float32
from ..measuring.guard import ChangedError, suspects
from ..measuring.score import merge_context, score_cell
from ..measuring.timing import UnequalRunsError
from ..measuring.workspace import EvaluatedNetworks, Workspace, align_seed
from ..networks.evaluate import Scores, check_points, lambdas, network_scores
from ..progress import Display
from ..training.checkpoints import Endpoint
from .comparison import networks_in, notes_of, read_networks
from .examples import example_named, examples_of, on_device
from .given import POINTS, Given
from .plan import recipe_and_notes
from .proof import change_by_alignment, check_other_sizes, verdict


@dataclass(frozen=True)
class Measured:
    """What the networks and their merge achieve on a data set: on its test images.

    `columns` are those of a record, of the line between the networks, whose points have the finish
    `along`; `curve` is that line. `final` are the scores of the network that is written.
    """

    dataset: str
    along: Finish
    columns: Mapping[str, float | bool]
    curve: tuple[Point, ...]
    networks: tuple[Scores, ...]
    final: Scores


@dataclass(frozen=True, eq=False)
class Merged:
    """Networks, the alignment that a method found for them, and the merge.

    `proof` says in a sentence what was proved of the aligned networks, and `error` is their
    greatest relative change, NaN where there are none; `moved` counts, network by network, the
    units of each group that are not where they were. `notes` are about how the networks were read.
    """

    problem: Problem
    alignment: Alignment
    params: Params
    proof: str
    error: float
    seconds: float
    measured: Measured | None = None
    notes: tuple[str, ...] = ()
    moved: tuple[Mapping[str, int], ...] = field(default=())

    @property
    def aligned(self) -> tuple[Params, ...]:
        """Each network in the common basis; `UserError` where the merge is no mean in one."""
        if self.alignment.merged is not None:
            raise UserError("the method gives the merge whole: there are no aligned networks")
        pairs = zip(self.problem.networks, transported(self.problem, self.alignment), strict=True)
        return tuple(given_back(params, one) for one, params in pairs)


def merge_files(
    given: Given,
    method: Method,
    *,
    finish: Finish | None = None,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    points: int | None = None,
    seconds: float = inf,
    device: torch.device | None = None,
    home: Path,
    display: Display | None = None,
) -> Merged:
    """The networks in some files merged by `method`; nothing is written.

    What is being done is shown on `display`. `points` of the line between the networks are measured
    on the data set, by default `POINTS`. `UserError` where something does not fit, where the
    method or the finish does not apply, and where the aligned networks are proved to be others than
    those that were read.
    """
    finish = finish or Nothing()
    device = device or torch.device("cpu")
    check_points(POINTS if points is None else points, odd=True)
    count = len(given.files)
    shares = checked_weights(weights or (1 / count,) * count, count)
    shown = display or Display()
    with float32():
        given.fits(finish, points)
        if given.dataset is None:
            return _by_weights_alone(given, method, shares, seed, seconds, device, shown)
        workspace = Workspace(home, device)
        places = POINTS if points is None else points
        return _with_data(given, method, finish, shares, seed, places, seconds, workspace, shown)


def _by_weights_alone(
    given: Given,
    method: Method,
    weights: tuple[float, ...],
    seed: int,
    seconds: float,
    device: torch.device,
    shown: Display,
) -> Merged:
    """Without a data set: what the method makes of the weights."""
    shown.doing(f"reading and tracing {given.architecture.name}")
    each = given.heads or [given.architecture] * len(given.files)
    modules = {a: a.build((3, 32, 32), 10).to(device).eval() for a in dict.fromkeys(each)}
    if given.example is not None:
        examples: tuple[Any, ...] = (example_named(given.example),)
    else:
        examples = examples_of(each[0], modules[each[0]])
    examples = tuple(on_device(one, device) for one in examples[:1])
    networks = networks_in(given.files, [modules[a] for a in each], examples[0], given.exclude)
    given.check_outputs_hold(networks)
    problem = Problem(networks, seed=seed)
    for one in networks:
        check_other_sizes(one, examples[0])
    shown.doing(f"aligning by {label_of(method)}")
    aligned = _solved(method, problem, seconds)
    found = aligned.alignment
    change = _proved(problem, found, examples)
    return Merged(
        problem,
        found,
        method.merge(problem, found, weights),
        verdict(found, change, "on random inputs"),
        change.error,
        _seconds(aligned),
        notes=tuple(notes_of(given.files, networks)),
        moved=tuple(map(units_moved, found.maps)),
    )


def _with_data(
    given: Given,
    method: Method,
    finish: Finish,
    weights: tuple[float, ...],
    seed: int,
    points: int,
    seconds: float,
    workspace: Workspace,
    shown: Display,
) -> Merged:
    """With a data set: as a cell of a grid is measured, and the merge itself beside it."""
    name = str(given.dataset)
    shown.doing(f"reading and tracing {given.architecture.name}")
    with user_errors():
        data = load(name).to(workspace.device)
    networks = read_networks(given.architecture, given.files, data, workspace.device)
    given.check_outputs_hold(networks)
    recipe, notes = recipe_and_notes(networks, given.files, data, given.normalise, given.recipe)
    endpoints = tuple(
        Endpoint(given.architecture, name, recipe, file.seed, file=file) for file in given.files
    )
    shown.doing(f"evaluating the networks on {name}")
    ends = workspace.ends(endpoints)
    problem = Problem(
        ends.networks,
        ends.samples,
        align_seed(seed, endpoints),
        ends.per_network_data,
        ends.validation,
    )
    shown.doing(f"aligning by {label_of(method)}")
    aligned = _solved(method, problem, seconds)
    found = aligned.alignment
    change = _proved(problem, found, ())
    # A line of retrained networks would be no line, and takes as long as training does.
    along = finish if len(finish.points(lambdas(5))) > 1 else Nothing()
    cell = Cell(endpoints, method, along, seed, points)
    context = merge_context(cell, ends, aligned)
    for each in (along, finish):
        if reason := reason_against(each, context):
            raise UserError(f"the finish {label_of(each)} does not apply: it {reason}")
    shown.doing(f"measuring {points} points between the networks")
    scored = score_cell(cell, ends, context)
    shown.doing(f"merging, then {label_of(finish)}")
    merged = method.merge(unrounded(problem), found, weights)
    params = applied(finish, Merge(merged, weights, context)).params
    verify(problem, suspects(method, finish))
    written = given_back(params, problem.networks[0])
    return Merged(
        problem,
        found,
        written,
        verdict(found, change, "on training images"),
        change.error,
        _seconds(aligned),
        Measured(name, along, scored.columns, scored.curve, *_scores(ends, written)),
        tuple(notes),
        tuple(map(units_moved, found.maps)),
    )


def _scores(ends: EvaluatedNetworks, params: Params) -> tuple[tuple[Scores, ...], Scores]:
    module = ends.networks[0].module
    return ends.scores["test"], network_scores(module, params, ends.data["test"])


def _solved(method: Method, problem: Problem, seconds: float) -> Aligned:
    """The networks aligned by the method; `UserError` where it does not apply, or is unsound."""
    if reason := method.skip(problem):
        where = ": name some with --dataset" if "data" in reason and not problem.samples else ""
        raise UserError(f"{label_of(method)} does not apply: it {reason}{where}")
    try:
        return align(method, problem, seconds)
    except (NotEquivalentError, UnequalRunsError, ChangedError) as error:
        raise UserError(f"{label_of(method)}: {error}") from error


def _seconds(aligned: Aligned) -> float:
    return float(aligned.columns["align_seconds"] or 0)


def _proved(problem: Problem, alignment: Alignment, examples: Sequence[Any]) -> Change:
    """The aligned networks' greatest relative change; `UserError` where it is no rounding."""
    if alignment.merged is not None:
        return Change(nan)
    change = change_by_alignment(problem, alignment, examples)
    if alignment.is_exact and isnan(change.error):
        raise UserError(
            "nothing is written: on random inputs a network's outputs are not numbers, so that "
            "nothing can be proved of the aligned ones; name images with --dataset"
        )
    if alignment.is_exact and not change.is_rounding:
        raise UserError(
            f"nothing is written: the aligned networks are others than those that were read, their "
            f"outputs change by {change.error:.1e}, relative to the largest"
        )
    return change


def units_moved(maps: Mapping[str, Map]) -> dict[str, int]:
    """Group -> how many of its units are not where they were."""
    return {
        group: int((one.index != torch.arange(one.units, device=one.index.device)).sum())
        for group, one in maps.items()
        if isinstance(one, (Permutation, SignedPermutation))
    }
