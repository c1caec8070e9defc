"""The columns of a record's series: a table each, beside that of the cells."""

from .column import Column
from .columns import HIGHEST, NAMES, PLACE_WORDS, SPLITS, UNITS

GROUP_COUNT = 25
"""Into so many groups the test images are cut: image i belongs to group i modulo as many."""

_AT_A_POINT = (
    Column("split", str, "", f"{', '.join(SPLITS[:-1])} or {SPLITS[-1]}", choices=SPLITS),
    Column("loss", float, "nats", "mean cross-entropy", low=0, diverges=True),
    Column("accuracy", float, "share", "share of images classified correctly", 0, 1, diverges=True),
)

CURVE_COLUMNS: tuple[Column, ...] = (
    Column("cell", str, "", "the cell that the point belongs to"),
    Column("lambda", float, "", "weight of the second network; the first has 1 - lambda", 0, 1),
    *_AT_A_POINT,
)

RETRAINING_COLUMNS: tuple[Column, ...] = (
    Column("cell", str, "", "the cell whose merge was trained, or whose network was from scratch"),
    Column("epoch", int, "", "epochs of training after the merge; 0 is the merge itself", low=0),
    *_AT_A_POINT,
)

GROUP_PLACES = {"loss": ("mid", "mean", "min"), "accuracy": ("mid", "mean", "max")}
_GROUP_WORDS = {
    "mid": PLACE_WORDS["mid"],
    "mean": PLACE_WORDS["mean"],
    "min": "of the network with the lowest loss on all test images",
    "max": "of the network with the highest accuracy on all test images",
}

IMAGE_GROUP_COLUMNS: tuple[Column, ...] = (
    Column("cell", str, "", "the cell whose networks and merge were evaluated"),
    Column(
        "group",
        int,
        "",
        f"the group of test images: image i is in group i modulo {GROUP_COUNT}",
        0,
        GROUP_COUNT - 1,
    ),
    *(
        Column(
            f"test_{quantity}_{place}",
            float,
            UNITS[quantity],
            f"{NAMES[quantity]} on this group {_GROUP_WORDS[place]}",
            low=0,
            high=HIGHEST[quantity],
            diverges=True,
        )
        for quantity, places in GROUP_PLACES.items()
        for place in places
    ),
)
