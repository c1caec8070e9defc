"""Records on disk as a run would leave them, with barriers that are known in closed form."""

import json
import re

import numpy as np

from basinbench.reports.data import families
from basinbench.reports.data.named import Named, named
from basinbench.results.record import Epoch, Point, Record, ends, summary

FORWARD = named("weight-matching", order="forward")
SINKHORN = named("otfusion-weights", solver="sinkhorn", regularisation=0.1)
SHORT, LONG, NEW = (
    named("retrain", epochs=2),
    named("retrain", epochs=30),
    named("scratch", epochs=30),
)
HEIGHTS = {Named("identity"): 1.0, Named("weight-matching"): 0.01, FORWARD: 0.02, SINKHORN: 0.3}
VARIANTS = ({}, {"when": "before"}, {"when": "before", "statistic": "centred"})
MANY = {
    named(name, **variant): 0.9 / (i + 1) / (j + 1)
    for i, name in enumerate(list(families.FAMILIES)[:6])
    for j, variant in enumerate(VARIANTS)
}
PAIRS = ("0-1", "2-3", "4-5")

ALL = MANY | HEIGHTS


def mlp(*widths):
    return named("mlp", widths=widths)


SMALL = mlp(64, 64)


def known(value):
    return value if isinstance(value, Named) else Named(value)


def record(
    method: Named | str,
    pair: str,
    finish: Named | str = "none",
    network: Named | str = SMALL,
    recipe: Named | str = "digits-short",
    **row,
):
    """A parabola on a slope: chord barrier HEIGHTS x (1 + pair) in test loss, half in train.

    Method, finish, network and recipe are `Named`, or the name of one that is as it comes.
    """
    method, finish, network, recipe = map(known, (method, finish, network, recipe))
    number = PAIRS.index(pair)
    height = ALL.get(method, 0.1) * (1 + number) / (1 if finish.name == "none" else 10)
    at = (0.0, 0.5, 1.0) if finish.name == "retrain" else np.linspace(0, 1, 25)
    curve = tuple(
        Point(
            t,
            split,
            0.1 + 0.02 * t + scale * height * 4 * t * (1 - t),
            0.95 - 0.2 * scale * height * 4 * t * (1 - t),
        )
        for split, scale in (("test", 1.0), ("train", 0.5))
        for t in at
    )
    scores = {
        f"{s}_ensemble_{q}": v
        for s in ("train", "test")
        for q, v in (("loss", 0.09), ("accuracy", 0.96), ("ece", 0.01))
    }
    for split in ("train", "test"):
        scores |= ends(split, "ece", [0.02, 0.03]) | {f"{split}_ece_mid": 0.04}
    definition = {
        "cell": re.sub("[^a-z0-9.]+", "-", f"{network}.{recipe}.{finish}.{method}.{pair}"),
        "dataset": "digits",
        "network_family": network.name,
        "network_params": network.params,
        "recipe": recipe.name,
        "recipe_params": recipe.params,
        "split": "shared",
        "split_params": "{}",
        "seeds": pair,
        "networks": 2,
        "method": method.name,
        "method_params": method.params,
        "finish": finish.name,
        "finish_params": finish.params,
        "points": 25,
        "seed": 0,
        "status": "done",
        "diverged": False,
        "permutation": method != SINKHORN,
        "equivalence_error": None if method == SINKHORN else 2e-15,
        "stats": json.dumps({"sweeps": 7 + number, "converged": True}),
        "align_seconds": (3e-6 if method.name == "identity" else 0.01) * (1 + number),
        "align_peak_bytes": 2.0**20 * (1 + number),
        "align_runs": 2,
        "device": "A Processor",
        "threads": 2,
        "precision": "float32",
        "torch": "2.6.0",
        "python": "3.11.7",
        "basinbench": "0.1.0",
        "commit": "0123456789abcdef+dirty",
        "date": f"2025-01-0{1 + number}T10:00:00+00:00",
    }
    return Record(definition | scores | summary(curve) | row, curve, _retraining(finish, height))


def _retraining(finish, height):
    """After e epochs a merge lost height / (1 + e) of its accuracy, a new network 0.9 / (1 + e)."""
    if finish not in (LONG, NEW):
        return ()
    lost = 0.9 if finish == NEW else min(height, 0.8)
    return tuple(
        Epoch(epoch, split, 0.1 + scale * lost / (1 + epoch), 0.95 - scale * lost / (1 + epoch))
        for epoch in (0, 1, 2, 5, 10, 30)
        for split, scale in (("test", 1.0), ("train", 0.5))
    )


def missing(method, pair, finish, status, reason, **row):
    found = record(method, pair, finish, **row)
    keep = {
        k: found[k]
        for k in (
            "cell",
            "dataset",
            "network_family",
            "network_params",
            "recipe",
            "recipe_params",
            "split",
            "split_params",
            "seeds",
            "networks",
            "method",
            "method_params",
            "finish",
            "finish_params",
            "device",
            "date",
        )
    }
    return Record(keep | {"status": status, "reason": reason})
