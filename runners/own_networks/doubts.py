"""What speaks against the data of a comparison, network by network, in sentences."""

from collections.abc import Sequence

from ...datasets.base import Dataset
from .normalisation import TriedInputs, near_chance

CLEARLY = 0.1
"""Nats by which a network's loss is lower under another normalisation, if that is no accident."""


def doubts(tried: TriedInputs, names: Sequence[str], classes: int) -> list[str]:
    """A sentence for networks near chance, and for those that want another normalisation.

    `names`: those of the networks, in their order.
    """
    lost = [i for i in range(len(names)) if near_chance(tried.accuracy(i), classes)]
    found = []
    if lost:
        who = "the networks classify" if len(lost) == len(names) else _classify(names, lost)
        each = " and ".join(f"{100 * tried.accuracy(i):.1f}" for i in lost)
        found.append(
            f"{who} {each} % of held-out training images correctly, which is near chance for "
            f"{classes} classes: are network, data set and the order of its labels those that they "
            "were trained with?"
        )
    for i, name in enumerate(names):
        best, used = (tried.scores[n][i].loss for n in (tried.best(i), tried.name))
        if i not in lost and not used - best < CLEARLY:
            found.append(
                f"the images of {name} may have been normalised by {tried.best(i)!r}: its loss on "
                f"held-out training images is {best:.3g} then, and {used:.3g} as they are "
                "normalised here, where all networks take the same"
            )
    return found


def held_out_note(dataset: Dataset) -> str | None:
    """Which images are fitted to, where the networks of a user may have been trained on them."""
    if not dataset.held_out:
        return None
    count, rest = len(dataset.validation), len(dataset.train)
    return (
        f"{dataset.name} has no validation split, so {count:,} of its {count + rest:,} training "
        f"images stand in for one, those of basinbench.load({dataset.name!r}).validation: a "
        "temperature, a bias or a method's setting is fitted to them, and too well where your "
        "networks were trained on them"
    )


def _classify(names: Sequence[str], places: Sequence[int]) -> str:
    verb = "classifies" if len(places) == 1 else "classify"
    return f"{' and '.join(names[i] for i in places)} {verb}"
