"""Finishes that train: the merge for some more epochs, or a new network for as long."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...checked_fields import NonNegativeFloat, NonNegativeInt
from ...methods.symmetry.axes import Params
from ..training.train import train
from .base import Finish, Finished, Merge, middle

AT = (0, 1, 2, 5, 10, 30)
"""Epochs after which retrained networks are looked at; long retraining hides every difference."""


@dataclass(frozen=True)
class Retrain(Finish):
    """Training of the merge with equal weights for some more epochs, with the recipe's own loss.

    With plain averaging it is the baseline of OTFusion's Table 1, and after the method `parent`
    one network retrained for as long. The recipe's schedule begins anew, its learning rate
    multiplied by `lr_scale`: a cosine or one cycle is run once over these `epochs`, so that the
    network after 5 epochs of 30 is not the one that is retrained for 5; a warm-up and the falls of
    `Steps` come after as many epochs as in training, or not at all. `at`: after which epochs it is
    evaluated, besides the last; 0 is the merge itself. Only at one half: a curve of retrained
    networks would no longer be a line.
    """

    epochs: NonNegativeInt = 1
    lr_scale: NonNegativeFloat = 0.1
    at: tuple[NonNegativeInt, ...] = AT

    name: ClassVar[str] = "retrain"

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        return _trained(merge, merge.params, self.epochs, self.lr_scale, self.at)


@dataclass(frozen=True)
class FromScratch(Finish):
    """A new network trained for as long as merges are retrained: what retraining alone would give.

    The merge is ignored. The network has the form of the first one, its initialisation is drawn
    from the cell's seed, and it is trained on the data of all networks together, by their recipe
    with its whole learning rate, its schedule as for `Retrain`. One method's cells are enough:
    those of all methods are the same. `at`: as for `Retrain`; 0 is the initialisation.
    """

    epochs: NonNegativeInt = 1
    at: tuple[NonNegativeInt, ...] = AT

    name: ClassVar[str] = "scratch"

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return middle(line)

    def apply(self, merge: Merge) -> Finished:
        return _trained(merge, None, self.epochs, 1.0, self.at)


def _trained(
    merge: Merge, start: Params | None, epochs: int, lr_scale: float, at: tuple[int, ...]
) -> Finished:
    """The network after the last epoch, and after those of `at`."""
    context, wanted, kept = merge.context, {*at, epochs}, {}

    def keep(epoch: int, params: Params) -> None:
        if epoch in wanted:
            kept[epoch] = params

    params = train(
        context.module,
        context.samples,
        context.recipe,
        context.seed,
        params=start,
        epochs=epochs,
        lr_scale=lr_scale,
        on_params=keep,
    )
    return Finished(params, kept)
