"""What a comparison of a user's networks consists of, from the words of options or arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...methods.base import Method, Network
from ..cells.merge import Cell
from ..errors import user_errors
from ..finishes import Finish
from ..networks.base import Architecture
from ..networks.evaluate import check_points
from ..networks.sources.given import GivenNetwork
from ..training.checkpoint_file import CheckpointFile
from ..training.recipes import Recipe
from .comparison import (
    comparison_cells,
    default_finishes,
    default_methods,
    notes_of,
    read_networks,
)
from .doubts import doubts, held_out_note
from .named import recipe_named
from .normalisation import inputs_named, tried_inputs


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
    names: Sequence[str] = (),
) -> Plan:
    """The cells of all `methods` x all `finishes` (default: those that apply) on the networks.

    `names`: what notes call the networks, by default as their files are called.
    All that can be wrong with the networks, the data and how these fit is found before anything is
    measured: `UserError`.
    """
    check_points(points, odd=True)
    with user_errors():
        data = load(dataset).to(device)
    networks = read_networks(architecture, files, data, torch.device(device))
    if isinstance(architecture, GivenNetwork):
        architecture = architecture.on_images(data.shape, data.classes)
    how, notes = recipe_and_notes(networks, files, data, normalise, recipe, names)
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


def recipe_and_notes(
    networks: Sequence[Network],
    files: Sequence[CheckpointFile],
    dataset: Dataset,
    normalise: str | None,
    recipe: str | None,
    names: Sequence[str] = (),
) -> tuple[Recipe, list[str]]:
    """The recipe that the words say, or what is found of the normalisation; what is to be said.

    How the files were read, how images are normalised if that was found out, on which images things
    are fitted; then warnings, of each network that does not suit the data.
    """
    inputs = None if normalise is None else inputs_named(normalise, dataset.shape[0])
    how = None if recipe is None and inputs is None else recipe_named(recipe, inputs)
    tried = tried_inputs(networks, dataset, None if how is None else how.inputs)
    notes = notes_of(files, networks)
    if how is None:
        how = recipe_named(None, tried.inputs)
        notes.append(str(tried))
    notes += filter(None, [held_out_note(dataset)])
    called = names or [file.name for file in files]
    notes += (f"warning: {sentence}" for sentence in doubts(tried, called, dataset.classes))
    return how, notes
