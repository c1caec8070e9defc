"""What a comparison of a user's networks consists of, from the words of options or arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...methods.base import Method
from ..cells.merge import Cell
from ..errors import user_errors
from ..finishes import Finish
from ..networks.base import Architecture
from ..training.checkpoint_file import CheckpointFile
from ..training.recipes import Recipe
from .comparison import (
    comparison_cells,
    default_finishes,
    default_methods,
    doubt,
    notes_of,
    read_networks,
)
from .named import recipe_named
from .normalisation import found_inputs, inputs_named


@dataclass(frozen=True)
class Plan:
    """The cells of a comparison, and sentences about how the networks were read."""

    cells: list[Cell]
    notes: list[str]


def planned(
    architecture: Architecture,
    files: Sequence[CheckpointFile],
    dataset: str,
    *,
    methods: Sequence[Method] = (),
    finishes: Sequence[Finish] = (),
    normalise: str | None = None,
    recipe: str | None = None,
    points: int = 25,
    all_pairs: bool = False,
    device: torch.device | str = "cpu",
) -> Plan:
    """The cells of all `methods` x all `finishes` (default: those that apply) on the networks.

    All that can be wrong with the networks, the data and how these fit is found before anything is
    measured: `UserError`.
    """
    with user_errors():
        data = load(dataset).to(device)
    networks = read_networks(architecture, files, data, torch.device(device))
    notes = notes_of(files, networks)
    how = recipe_for(data, normalise, recipe)
    if how is None:
        found = found_inputs(networks, data)
        how = recipe_named(None, found.inputs)
        notes.append(str(found))
        if sentence := doubt(found, data.classes):
            notes.append(f"warning: {sentence}")
    cells = comparison_cells(
        architecture,
        files,
        dataset,
        how,
        methods or default_methods(),
        finishes or default_finishes(networks[0].module),
        points,
        all_pairs,
    )
    return Plan(cells, notes)


def recipe_for(dataset: Dataset, normalise: str | None, recipe: str | None) -> Recipe | None:
    """The recipe that the words say; `None` where they leave open how images are normalised."""
    inputs = None if normalise is None else inputs_named(normalise, dataset.shape[0])
    if recipe is None and inputs is None:
        return None
    return recipe_named(recipe, inputs)
