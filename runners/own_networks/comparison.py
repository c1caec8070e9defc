"""The cells that compare methods on networks of a user's own."""

import re
import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import torch

from ...datasets.base import Dataset
from ...errors import UserError
from ...methods.base import Method, Network
from ...methods.modules.running_norms import running_norms
from ...methods.modules.usable import check_usable
from ...methods.networks.construction import network
from ...methods.networks.spectral_norms import without_spectral_norms
from ...methods.proving.randomness import RANDOM, RandomNetworkWarning, is_random
from ...methods.symmetry.axes import Symmetry
from ...plugin_files import short_path
from ..cells.merge import Cell
from ..finishes import Finish, Nothing, Repair, ResetNorm
from ..grids.blocks import each_method
from ..grids.files import check_name
from ..networks.base import Architecture
from ..networks.evaluate import batch_size, no_probabilities
from ..training.checkpoint_file import CheckpointFile
from ..training.checkpoints import Endpoint
from ..training.inputs import normalised
from ..training.recipes import GIVEN, Recipe
from .proof import check_other_sizes

LONGEST_NAME = 60
"""Letters of a table's name that is made of files' names: it names folders."""


def read_networks(
    architecture: Architecture,
    files: Sequence[CheckpointFile],
    dataset: Dataset,
    device: torch.device,
) -> tuple[Network, ...]:
    """The networks in `files`, each of which takes the images of `dataset` and tells its classes.

    Raises `UserError` where a checkpoint does not fit, and where the network does not suit the
    data: also where it computes another function of batches as large as it is evaluated on.
    """
    if len(files) < 2:
        raise UserError("methods bring networks together: give two checkpoints or more")
    module = architecture.build(dataset.shape, dataset.classes).to(device).eval()
    check_usable(module)
    samples = normalised(dataset, dataset.train, GIVEN)
    images = samples[torch.arange(2)][0].to(device)
    _suits(module, architecture.name, images, dataset)
    networks = networks_in(files, [module] * len(files), images)
    check_other_sizes(networks[0], images, batch_size(samples, module))
    return networks


def networks_in(
    files: Sequence[CheckpointFile],
    modules: Sequence[torch.nn.Module],
    example: Any,
    exclude: Sequence[str] = (),
) -> tuple[Network, ...]:
    """The networks in some checkpoints, each of the form of its module, which takes `example`.

    Those of one module are traced once, as far as their constants agree. Raises `UserError`, which
    names the file, where one does not fit.
    """
    found: list[Network] = []
    known: dict[torch.nn.Module, Symmetry] = {}
    for file, module in zip(files, modules, strict=True):
        found.append(_network_in(file, module, example, known.get(module), exclude))
        known.setdefault(module, found[-1].symmetry)
    return tuple(found)


def _network_in(
    file: CheckpointFile,
    module: torch.nn.Module,
    example: Any,
    symmetry: Symmetry | None,
    exclude: Sequence[str],
) -> Network:
    try:
        with warnings.catch_warnings():  # of what the commands refuse in a sentence
            warnings.simplefilter("ignore", RandomNetworkWarning)
            found = network(module, file.path, example=example, symmetry=symmetry, exclude=exclude)
        without_spectral_norms(found.module, found.symmetry)
        return found
    except UserError as error:
        named = file.path in str(error)
        raise UserError(str(error) if named else f"{short_path(file.path)}: {error}") from error


def notes_of(files: Sequence[CheckpointFile], networks: Sequence[Network]) -> list[str]:
    """What was found on the way in, file by file, in sentences."""
    return [
        f"{file.name}: {note.replace(repr(file.path), repr(Path(file.path).name))}"
        for file, one in zip(files, networks, strict=True)
        for note in one.notes
    ]


def comparison_cells(
    architecture: Architecture,
    files: Sequence[CheckpointFile],
    dataset: str,
    recipe: Recipe,
    methods: Iterable[Method],
    finishes: Iterable[Finish],
    points: int = 25,
    all_pairs: bool = False,
) -> list[Cell]:
    """All methods x all finishes on the networks together, or on each two of them."""
    endpoints = [Endpoint(architecture, dataset, recipe, file.seed, file=file) for file in files]
    sets = list(combinations(endpoints, 2)) if all_pairs else [tuple(endpoints)]
    every = product(sets, methods, finishes)
    return [Cell(one, method, finish, points=points) for one, method, finish in every]


def default_methods() -> tuple[Method, ...]:
    """Every method; cells of those that do not apply say why."""
    return each_method()


def default_finishes(module: torch.nn.Module) -> tuple[Finish, ...]:
    """The merge as it is, and with its units' statistics put right in the way that applies."""
    return (Nothing(), ResetNorm() if running_norms(module) else Repair())


def default_name(files: Sequence[CheckpointFile]) -> str:
    """A name for a table: those of the files, in small letters and with dashes."""
    words = [re.sub(r"[^a-z0-9]+", "-", file.name.lower()).strip("-") for file in files]
    name = "-".join(filter(None, words))[:LONGEST_NAME].strip("-") or "own-networks"
    try:
        check_name(name)
    except UserError:
        return f"own-{name}"
    return name


def _suits(module: torch.nn.Module, name: str, images: torch.Tensor, dataset: Dataset) -> None:
    """`UserError` unless the network gives a logit for each class of each image."""
    size = " x ".join(map(str, dataset.shape))
    try:
        with torch.no_grad():
            logits = module(images)
    except Exception as error:  # whatever images of another shape make it meet
        what = str(error).strip().partition("\n")[0]
        raise UserError(
            f"{name} cannot take the images of {dataset.name}, {size}: {what}"
        ) from error
    if logits.ndim != 2 or logits.shape[1] != dataset.classes:
        shape = " x ".join(map(str, logits.shape[1:])) or "a single number"
        raise UserError(
            f"{name} gives {shape} for an image, and {dataset.name} has {dataset.classes} classes: "
            f"say so with --network-args, such as '{{\"num_classes\": {dataset.classes}}}'"
        )
    no_probabilities(logits)
    if is_random(partial(module, images)):
        raise UserError(f"{name} {RANDOM}, so that nothing can be measured of it")
