"""The programs of the table, and what each is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

PACKAGE = ""
"""Stands for the environment of this package."""


@dataclass(frozen=True)
class Program:
    """A script of this folder that runs a program, which `package` at `version` brings.

    It is left out for networks of more than `largest` weights, where it would take hours.
    """

    name: str
    script: str
    does: str = "align"
    package: str = PACKAGE
    version: str = ""
    says: str = ""
    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    largest: float = inf


_SINKHORN = {"iterations": 100, "learning_rate": 0.1}
_SINKHORN_SAYS = "squared distance of the weights, 100 steps of AdamW at 0.1"
_PLAIN = {"method": "identity", "does": "average"}

PROGRAMS: tuple[Program, ...] = (
    Program(
        "basinbench, weight matching",
        "own_program.py",
        says="random order of visits",
        settings={"method": "weight-matching"},
    ),
    Program(
        "basinbench, weight matching (widest first)",
        "own_program.py",
        says="the group that most weights touch is visited first",
        settings={"method": "weight-matching(order=widest)"},
    ),
    Program(
        "plain loop over scipy",
        "own_program.py",
        says="the same orders, every gain computed anew",
        settings={"method": "plain loop"},
    ),
    Program("rebasin", "rebasin_program.py", package="rebasin", version="0.0.47", says="defaults"),
    Program(
        "basinbench, Sinkhorn Re-Basin",
        "own_program.py",
        says=_SINKHORN_SAYS,
        settings={"method": "sinkhorn-rebasin"},
        largest=1e6,
    ),
    Program(
        "sinkhorn-rebasin",
        "sinkhorn_program.py",
        package="sinkhorn-rebasin",
        version="0.0.2",
        says=_SINKHORN_SAYS,
        settings=_SINKHORN,
        largest=1e6,
    ),
    Program("basinbench, plain average", "own_program.py", "average", settings=_PLAIN),
    Program(
        "fusion-bench",
        "fusion_program.py",
        "average",
        "fusion-bench",
        "0.2.33",
        "simple_average",
    ),
    Program(
        "mergekit",
        "mergekit_program.py",
        "average",
        "mergekit",
        "0.1.5",
        "linear; reads and writes the files within its time",
    ),
)
