"""The ladder from OTFusion as released to Git Re-Basin's activation matching.

Runs make its methods and reports look their cells up: what the rungs are is written here alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rung:
    """A method by its name and parameters, and in words the switch that was moved."""

    method: str
    switch: str
    params: Mapping[str, object] = field(default_factory=dict)


_LADDER_METHOD = "otfusion-activations"

LADDER: tuple[Rung, ...] = (
    Rung(
        _LADDER_METHOD,
        "OTFusion's code: Sinkhorn, root of distances,\n200 images, before the nonlinearity",
        {"solver": "sinkhorn"},
    ),
    Rung(_LADDER_METHOD, "its README: exact transport"),
    Rung(_LADDER_METHOD, "squared distances", {"squared": True}),
    Rung(_LADDER_METHOD, "all images", {"squared": True, "samples": None}),
    Rung(
        _LADDER_METHOD,
        "after the nonlinearity",
        {"squared": True, "samples": None, "when": "after"},
    ),
)
"""One switch at a time, and each kept: solver, distance, number of images, side of the
nonlinearity. The output layer stays in place in all of them. What is left to activation matching
is the road: least squares in the place of transport."""
