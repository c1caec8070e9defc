"""The columns of a record: the one table that says what a cell's row holds.

`cells.csv` has these columns in this order. A blank means "not measured": a skipped cell has no
scores, a cell of three networks has no network `b`. What was measured and is not finite is written
`nan`, `inf` or `-inf`. Columns hold facts, names and parameters; labels are made of them for print
(`labels`). Columns are only ever added, never renamed, so that old tables stay readable.
"""

from math import inf

from .column import Column

SPLITS = ("train", "validation", "test")
"""Networks are trained on the first (scores are of at most 10,000 of its images); what is chosen or
fitted is fitted to the second, a tenth of the training images, which tables before it lack."""

INEQUIVALENT = "inequivalent"
"""An alignment that claims to be exact changes the networks' outputs. Such a cell has no scores,
but the `equivalence_error` that it was found by."""

FAILED = ("failed", INEQUIVALENT)
"""How cells end that were to have scores and have none."""

STATUSES = ("done", "skipped", *FAILED)

# Of what a network or a merge is scored by: unit, greatest value, meaning; then where it stands.
UNITS = {"loss": "nats", "accuracy": "share", "ece": "share"}
HIGHEST = {"loss": inf, "accuracy": 1, "ece": 1}
NAMES = {
    "loss": "mean cross-entropy",
    "accuracy": "share of images classified correctly",
    "ece": "expected calibration error, 15 bins",
}
PLACE_WORDS = {
    "a": "of the first network",
    "b": "of the second network, where there are two",
    "mean": "of the networks before the merge, their mean",
    "min": "of the networks before the merge, the lowest",
    "max": "of the networks before the merge, the highest",
    "mid": "of the merge with equal weights (lambda = 1/2 of two networks)",
}
_BARRIERS = {
    "chord": "above the line between the two networks (Entezari et al. 2021)",
    "mean": "above the mean of the two networks (Git Re-Basin, definition 2.2)",
}

_PARAMS = "JSON of the parameters of the {} that differ from their defaults"
_OF_EACH = "JSON of the {}; a list with those of each network where they differ"

_DEFINITION = (
    Column("cell", str, "", "key of everything that defines the cell; the name of its file"),
    Column("kind", str, "", "kind of cell: merge, transfer, agreement, planted, example, fidelity"),
    Column("dataset", str, "", "data set"),
    Column("dataset_digest", str, "", "hash of the data that lay under that name"),
    Column("network_family", str, "", "family of the architecture; of several, joined by '+'"),
    Column("network_params", str, "", _OF_EACH.format("sizes and switches of the architecture")),
    Column("recipe", str, "", "recipe by which the networks were trained"),
    Column("recipe_params", str, "", _OF_EACH.format("what differs from the recipe of that name")),
    Column("split", str, "", "how the training images were dealt to the networks"),
    Column("split_params", str, "", _PARAMS.format("split")),
    Column("seeds", str, "", "seeds of the networks, first to last, joined by '-'"),
    Column(
        "checkpoints",
        str,
        "",
        "names of the networks' files, first to last, joined by '+', where they were not trained "
        "here: their seeds are then hashes of the files",
    ),
    Column("networks", int, "", "number of networks that are merged", low=1),
    Column(
        "noise",
        float,
        "",
        "of a planted permutation: on each weight, in standard deviations of its tensor",
        low=0,
    ),
    Column("parameters", int, "", "number of trained weights in the first network", low=0),
    Column("method", str, "", "method"),
    Column("method_params", str, "", _PARAMS.format("method")),
    Column("maps_from", str, "", "networks on which the maps were found, where not on the cell's"),
    Column("paper", str, "", "where the method comes from"),
    Column("against", str, "", "the method whose maps were compared with this one's"),
    Column("against_params", str, "", _PARAMS.format("method compared with")),
    Column("finish", str, "", "what follows the merge"),
    Column("finish_params", str, "", _PARAMS.format("finish")),
    Column("points", int, "", "number of points of the line that were evaluated", low=2),
    Column("seed", int, "", "seed of the method's and the finish's own randomness"),
    Column("authors_code", str, "", "the authors' code whose result is held against this method's"),
    Column("differs", str, "", "where and why the method differs from that code, in words"),
)

_OUTCOME = (
    Column("status", str, "", f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}", choices=STATUSES),
    Column("reason", str, "", "why the cell was skipped or failed; blank when done"),
    Column("diverged", bool, "", "whether some loss of the merge or its line is not finite"),
)

_ALIGNMENT = (
    Column(
        "equivalence_error",
        float,
        "",
        "greatest relative change of the outputs by the alignment alone, in float64, or in "
        "float32 where the networks allow no more; blank where the maps are not permutations",
        low=0,
        diverges=True,
    ),
    Column("permutation", bool, "", "whether every map only reorders units"),
    Column("stats", str, "", "what the method says about its run (sweeps, objective), as JSON"),
    Column("align_seconds", float, "s", "wall time of `align` alone, on a warm device", low=0),
    Column("align_cpu_seconds", float, "s", "CPU time of `align` alone, of all threads", low=0),
    Column(
        "align_device_seconds",
        float,
        "s",
        "time that kernels of `align` were at work on an accelerator, of a run beside the timed "
        "one; blank on a CPU, and for runs that are too long to be repeated",
        low=0,
    ),
    Column("align_peak_bytes", float, "bytes", "peak memory that `align` alone adds", low=0),
    Column(
        "align_runs", int, "", "number of runs of `align`; of several the first are warm-up", low=1
    ),
    Column(
        "recovered",
        float,
        "share",
        "units, of all groups together, that meet the unit which was planted as theirs",
        low=0,
        high=1,
    ),
    Column(
        "objective_ratio",
        float,
        "",
        "inner product of all weights that the maps reach, as a multiple of the planted one",
        diverges=True,
    ),
    Column(
        "agreement",
        float,
        "share",
        "units that are not dead, of all groups together, to which both methods give the same "
        "partner",
        low=0,
        high=1,
    ),
    Column(
        "weights_difference",
        float,
        "",
        "greatest difference between a weight of the merge and that of the authors' code; blank "
        "where the shapes differ",
        low=0,
    ),
    Column(
        "authors_accuracy",
        float,
        "share",
        "images that the authors' merge classifies correctly",
        0,
        1,
    ),
    Column("own_accuracy", float, "share", "images that this merge classifies correctly", 0, 1),
    Column("cell_seconds", float, "s", "wall time of the whole cell, training left out", low=0),
    Column(
        "train_seconds",
        float,
        "s",
        "wall time of the training of all networks of the cell together, whenever it was; blank "
        "where none was trained or it is not known",
        low=0,
    ),
)


def _score_columns(split: str) -> tuple[Column, ...]:
    """The columns of what was measured on one split."""
    places = tuple(
        Column(
            f"{split}_{quantity}_{place}",
            float,
            UNITS[quantity],
            f"{NAMES[quantity]} on {split} {where}",
            low=0,
            high=HIGHEST[quantity],
            diverges=True,
        )
        for quantity in NAMES
        for place, where in PLACE_WORDS.items()
    )
    ensemble = tuple(
        Column(
            f"{split}_ensemble_{quantity}",
            float,
            UNITS[quantity],
            f"{NAMES[quantity]} on {split} of the networks' mean predicted probabilities",
            low=0,
            high=HIGHEST[quantity],
            diverges=True,
        )
        for quantity in NAMES
    )
    barriers = tuple(
        Column(
            f"{split}_barrier_{definition}_{quantity}",
            float,
            UNITS[quantity],
            f"greatest {'rise of the loss' if quantity == 'loss' else 'fall of the accuracy'} "
            f"on {split} {where.replace('above', 'below') if quantity == 'accuracy' else where}; "
            "of more than two networks, at equal weights alone",
            low=-HIGHEST[quantity],
            high=HIGHEST[quantity],
            diverges=True,
        )
        for definition, where in _BARRIERS.items()
        for quantity in ("loss", "accuracy")
    )
    return places + ensemble + barriers


_WHERE = (
    Column("device", str, "", "the processor that ran the cell"),
    Column("threads", int, "", "number of CPU threads", low=1),
    Column(
        "workers", int, "", "processes that ran cells side by side, each with such threads", low=1
    ),
    Column("precision", str, "", "number format of the evaluation"),
    Column("torch", str, "", "version of PyTorch"),
    Column("python", str, "", "version of Python"),
    Column("basinbench", str, "", "version of this package"),
    Column("commit", str, "", "commit of this package, where it is known"),
    Column("method_digest", str, "", "hash of the code of the method; blank in older rows"),
    Column(
        "plugins",
        str,
        "",
        "JSON of what the cell has from plug-ins (`method mine`), each with the hash of its code; "
        "blank where it has nothing, and in older rows",
    ),
    Column("date", str, "", "when the cell was run, UTC, ISO 8601"),
)

COLUMNS: tuple[Column, ...] = (
    *_DEFINITION,
    *_OUTCOME,
    *_ALIGNMENT,
    *(column for split in SPLITS for column in _score_columns(split)),
    *_WHERE,
)
WHAT_IT_IS: tuple[str, ...] = tuple(
    c.name for c in _DEFINITION if c.name not in ("cell", "parameters", "paper", "differs")
)
"""The columns that say what a cell is. Rows that share them all, and not their key, are one cell in
two states of somebody's code, unless `STATE_OF_CODE` says that it was the same."""

STATE_OF_CODE = ("plugins", "method_digest")
"""The columns that say which state of the code measured a cell; both are blank in older rows."""

SCORES_OF: dict[str, tuple[str, ...]] = {
    s: tuple(c.name for c in _score_columns(s)) for s in SPLITS
}
"""Split -> the columns of what networks and merges were scored on it."""

SCORES: frozenset[str] = frozenset(name for names in SCORES_OF.values() for name in names)
"""All of them."""

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
