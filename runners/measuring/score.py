"""The numbers of one cell: its aligned networks merged along the line, finished, evaluated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from torch import Tensor

from ...methods.base import Method, Network
from ...methods.symmetry.axes import Params
from ...methods.symmetry.maps import Map, Reordering
from ...results.barriers import centroid, highest
from ...results.columns import SPLITS
from ...results.record import Epoch, ImageGroup, Point, summary
from ...results.record import ends as end_columns
from ..cells.merge import Cell
from ..finishes import applied
from ..finishes.base import MIDDLE, Merge, MergeContext, Nothing
from ..networks.evaluate import Scores, lambdas, line, network_scores, score, weights, with_ends
from ..seeds import seed_of
from ..training.origins import as_drawn
from .align import Aligned
from .curve_precision import LABEL, CurvePrecision, swept
from .workspace import EvaluatedNetworks


@dataclass(frozen=True)
class Scored:
    """The columns of a record that hold scores, and the record's series.

    `precision` is the number format of all of it where it is not that of every record.
    """

    columns: dict[str, float | bool]
    curve: tuple[Point, ...]
    retraining: tuple[Epoch, ...]
    groups: tuple[ImageGroup, ...]
    precision: str = ""

    @property
    def series(self) -> tuple[tuple[Point, ...], tuple[Epoch, ...], tuple[ImageGroup, ...]]:
        """What a record has beside its row, in its order."""
        return self.curve, self.retraining, self.groups


def merge_context(cell: Cell, ends: EvaluatedNetworks, aligned: Aligned) -> MergeContext:
    """What the cell's finish is told about the networks, whatever the place on the line."""
    seed = seed_of("finish", cell.seed, *map(as_drawn, cell.endpoints))
    return MergeContext(aligned.problem, aligned.alignment, ends.samples, ends.recipe, seed)


def score_cell(
    cell: Cell,
    ends: EvaluatedNetworks,
    context: MergeContext,
    precision: CurvePrecision = "float32",
) -> Scored:
    """Scores at every point of the line that the cell's finish treats.

    The ends of every line are the networks as they were trained (`with_ends`), evaluated once for
    all methods. In bfloat16 only the
    line of a merge that has no finish is swept: of others most time is the finish's.
    """
    pair = len(ends.networks) == 2
    has_line = pair and context.alignment.merged is None
    places = cell.finish.points(lambdas(cell.points) if has_line else (MIDDLE,))
    treated_at = _folded(cell, ends, context) or _unfolded(cell, ends, context)
    quick = precision == "bfloat16" and len(places) > 1 and isinstance(cell.finish, Nothing)
    if quick:
        device = context.problem.device
        treated = swept(places, (MIDDLE,), treated_at, lambda at: _highest(at, ends), device)
    else:
        treated = {t: treated_at(t) for t in places}
    found = {t: at.scores for t, at in treated.items()}
    columns: dict[str, float | bool] = {**_end_columns(ends)}
    curve = ()
    for split in SPLITS:
        middle = found[MIDDLE][split]
        columns |= {
            f"{split}_loss_mid": middle.loss,
            f"{split}_accuracy_mid": middle.accuracy,
            f"{split}_ece_mid": middle.ece,
        }
        if not pair:
            columns |= _centroid_columns(split, ends.scores[split], middle)
    if pair:
        trained = [{split: ends.scores[split][i] for split in SPLITS} for i in range(2)]
        curve = tuple(
            Point(t, split, at[split].loss, at[split].accuracy)
            for t, at in with_ends(trained, found).items()
            for split in SPLITS
        )
        columns |= summary(curve)
    retraining = tuple(
        Epoch(epoch, split, at[split].loss, at[split].accuracy)
        for epoch, at in sorted(treated[MIDDLE].epochs.items())
        for split in SPLITS
    )
    merges = (*found.values(), *treated[MIDDLE].epochs.values())
    columns["diverged"] = not all(isfinite(at[split].loss) for at in merges for split in SPLITS)
    groups = _image_groups(ends.scores["test"], found[MIDDLE]["test"])
    return Scored(columns, curve, retraining, groups, LABEL if quick else "")


def _image_groups(own: Sequence[Scores], middle: Scores) -> tuple[ImageGroup, ...]:
    """What the merge, the networks' mean and the best of them achieve on groups of test images."""
    lowest = min(own, key=lambda s: s.loss)
    best = max(own, key=lambda s: s.accuracy)
    losses = (middle.losses, _mean([s.losses for s in own]), lowest.losses)
    accuracies = (middle.accuracies, _mean([s.accuracies for s in own]), best.accuracies)
    return tuple(
        ImageGroup(group, scores)
        for group, scores in enumerate(zip(*losses, *accuracies, strict=True))
    )


def _mean(of_each: Sequence[Sequence[float]]) -> list[float]:
    return [sum(values) / len(values) for values in zip(*of_each, strict=True)]


def _highest(treated: "Mapping[float, _Treated]", ends: EvaluatedNetworks) -> set[float]:
    """The places of the line at which some barrier of some split is found."""
    found: set[float] = set()
    for split in SPLITS:
        merges = {t: each.scores[split] for t, each in treated.items()}
        at = with_ends(ends.scores[split], merges)
        scores = at.values()
        found |= highest(list(at), [s.loss for s in scores], [s.accuracy for s in scores])
    return found


BySplit = dict[str, Scores]


@dataclass(frozen=True)
class _Treated:
    """The scores of a finished network, and those after epochs of its training."""

    scores: BySplit
    epochs: Mapping[int, BySplit] = field(default_factory=dict)


TreatedAt = Callable[[float], _Treated]
"""Place on the line -> what the finished network there achieves."""


def _unfolded(cell: Cell, ends: EvaluatedNetworks, context: MergeContext) -> TreatedAt:
    """Merge, finish and evaluate the whole network at every place."""
    merged = line(cell.method, context.problem, context.alignment)
    count = len(ends.networks)

    def evaluate(params: Params) -> BySplit:
        return {split: network_scores(context.module, params, ends.data[split]) for split in SPLITS}

    def at(t: float) -> _Treated:
        finished = applied(cell.finish, Merge(merged(t), weights(t, count), context))
        epochs = {epoch: evaluate(params) for epoch, params in finished.epochs.items()}
        return _Treated(evaluate(finished.params), epochs)

    return at


def _folded(cell: Cell, ends: EvaluatedNetworks, context: MergeContext) -> TreatedAt | None:
    """The same with the first layer evaluated once, where the line is a plain weighted mean."""
    is_mean = type(cell.method).merge is Method.merge and isinstance(cell.finish, Nothing)
    if not is_mean or len(ends.networks) != 2 or context.ends is None:
        return None
    kept = context.problem.kept
    lines = {}
    for split, layers in ends.first_layers.items():
        if layers is None:
            return None
        aligned = zip(ends.networks, context.alignment.maps, strict=True)
        orders = [_order(network, maps, layers.weight) for network, maps in aligned]
        lines[split] = layers.line(context.ends, orders, kept)
    return lambda t: _Treated({s: score(at(t), ends.data[s].labels) for s, at in lines.items()})


def _order(network: Network, maps: Mapping[str, Map], weight: str) -> Tensor | None:
    """The order in which a first layer's units stand under `maps`; `None` if they do more."""
    axis = network.symmetry.axes[weight][0]
    if any(not isinstance(maps.get(g), Reordering | None) for g in axis.groups):
        return None
    return axis.index(maps, network.numbers.device)


def _end_columns(ends: EvaluatedNetworks) -> dict[str, float]:
    columns: dict[str, float] = {}
    for split in SPLITS:
        own = ends.scores[split]
        for quantity in ("loss", "accuracy", "ece"):
            columns |= end_columns(split, quantity, [getattr(s, quantity) for s in own])
            columns[f"{split}_ensemble_{quantity}"] = getattr(ends.ensemble[split], quantity)
    return columns


def _centroid_columns(split: str, own: Sequence[Scores], middle: Scores) -> dict[str, float]:
    """The barriers of more than two networks: only the merge with equal weights is known."""
    loss = centroid([s.loss for s in own], middle.loss)
    accuracy = -centroid([s.accuracy for s in own], middle.accuracy)
    return {
        f"{split}_barrier_{definition}_{quantity}": value
        for definition in ("chord", "mean")
        for quantity, value in (("loss", loss), ("accuracy", accuracy))
    }
