"""What makes a network of a user's own, and what it is shown where nobody says what it sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

Arguments = Mapping[str, Any]
"""Keyword arguments of what makes a network, in what JSON has."""

Examples = Callable[[nn.Module], tuple[Any, ...]]
"""A network -> batches of inputs that it takes, of several lengths or sizes; none where unknown."""


def no_examples(module: nn.Module) -> tuple[Any, ...]:
    """None: nothing says what the network sees."""
    del module
    return ()


@dataclass(frozen=True)
class Source:
    """A function that makes a network from keyword arguments, and what decides what it makes.

    `files` are the files whose content does, with what they import below the folder `root`, and
    `more` whatever else.
    """

    make: Callable[..., object]
    files: tuple[Path, ...]
    more: tuple[str, ...] = ()
    examples: Examples = field(default=no_examples)
    root: Path | None = None
