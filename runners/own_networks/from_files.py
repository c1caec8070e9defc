"""Two networks that need not fit into memory, matched in their files and merged."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ...errors import UserError
from ...methods.base import Method, weighted_mean
from ...methods.identity import Identity
from ...methods.modules.blank import parameters_on_meta
from ...methods.modules.extra_state import loads_more
from ...methods.modules.forms import Batch
from ...methods.modules.precision import as_they_came
from ...methods.modules.twin import tensors
from ...methods.modules.usable import check_usable
from ...methods.networks.checks import listed, traced_otherwise
from ...methods.networks.construction import made_module
from ...methods.networks.loading import loaded
from ...methods.networks.merged import checked_weights
from ...methods.networks.stored import StoredNetwork, stored_network
from ...methods.symmetry.axes import Symmetry
from ...methods.symmetry.maps import Map
from ...methods.symmetry.parts import parts_in_basis
from ...methods.tracing.trace import trace
from ...methods.weight_matching import WeightMatching
from ...plugin_files import short_path
from ..keys import label_of
from ..measuring.environment import float32
from ..progress import Display
from ..training.checkpoint_file import CheckpointFile, checkpoint_files
from .examples import example_named, examples_of
from .named import network_named, one_method
from .shards import check_folder, write_shards
from .writing import check_writable

T = TypeVar("T")

ROOM = 2**30
"""Bytes of gains that are kept: of seven billion parameters those of two groups."""

BLOCK = 2**22
"""Numbers of a tensor that are averaged at a time."""


@dataclass(frozen=True, eq=False)
class MergedFiles:
    """What was found and written: `maps` bring the second network to the order of the first.

    `seconds` are those of the matching, `stats` what it says of its run, `written` the shards,
    `notes` how the files were read.
    """

    files: tuple[CheckpointFile, ...]
    networks: tuple[StoredNetwork, ...]
    maps: Mapping[str, Map]
    stats: Mapping[str, float]
    seconds: float
    written: tuple[Path, ...]
    notes: tuple[str, ...]


def merge_from_files(
    *checkpoints: str | Path,
    network: str | nn.Module | Callable[..., nn.Module],
    out: str | Path,
    arguments: Mapping[str, Any] | None = None,
    example: str | Batch | None = None,
    method: str | Method | type[Method] = "weight-matching",
    weights: Sequence[float] | None = None,
    seed: int = 0,
    display: Display | None = None,
) -> MergedFiles:
    """Merge two checkpoints that are never held: two networks may be larger than the memory.

    `network` makes the module, or is a text such as `"hf:FOLDER"`, and `arguments` what it is made
    with; only its buffers get numbers. `example` is a batch of its inputs, or the text that
    `--input` takes; Hugging Face's networks need none. Weights are read when they are needed and
    converted to float32 a block at a time; what is held is about the gains of the widest group
    four times, and 1 GiB of others. The maps and the merge are those of `merge`, to rounding.

    It is written to the new folder `out` in shards, with the configuration that lies beside the
    first checkpoint. What `merge` proves on inputs is not proved: no network is ever run. Raises
    `UserError`, in one sentence, where something does not fit.
    """
    chosen = _checked(one_method(method))
    folder, shown = Path(out), display or Display()
    check_folder(folder)
    files = checkpoint_files(checkpoints)
    if len(files) != 2:
        raise UserError(f"from files two checkpoints are merged, not {len(files)}")
    shares = checked_weights(weights or (0.5, 0.5), 2)
    with float32(), torch.no_grad():
        shown.doing("tracing the network")
        with parameters_on_meta():
            module, inputs = _made(network, arguments, example)
        check_usable(module)
        read = [_of_file(file, loaded, module, file.path, True) for file in files]
        symmetry = _symmetry([each.module for each in read], inputs)
        if getattr(chosen, "inner_orders", "own") == "shared":
            symmetry = symmetry.without_inner_orders()
        shown.doing("reading the checkpoints through")
        first, second = (
            _of_file(file, stored_network, each, symmetry)
            for file, each in zip(files, read, strict=True)
        )
        extra = _in_shards(first.extra)
        shown.doing(f"matching by {label_of(chosen)}")
        start = time.perf_counter()
        maps, stats = _matched(chosen, first, second, seed)
        seconds = time.perf_counter() - start
        shown.doing("writing the merge")
        about = {
            "method": label_of(chosen),
            "networks": "+".join(file.name for file in files),
            "digests": "+".join(file.digest for file in files),
        }
        sizes = {name: value.nbytes for name, value in (first.params | extra).items()}
        merge = chain(merged_tensors(first, second, maps, shares), extra.items())
        written = write_shards(folder, merge, sizes, about, Path(files[0].path))
    notes = [
        f"{f.name}: {note}" for f, n in zip(files, (first, second), strict=True) for note in n.notes
    ]
    return MergedFiles(files, (first, second), maps, stats, seconds, tuple(written), tuple(notes))


def merged_tensors(
    first: StoredNetwork,
    second: StoredNetwork,
    maps: Mapping[str, Map],
    weights: Sequence[float],
) -> Iterator[tuple[str, Tensor]]:
    """Every tensor of the weighted mean of `first` and of `second` as `maps` put it, by name.

    As `Method.merge` gives it: in the types of the first network, computed in float32, or in
    float64 where one is.
    """
    types = {v.dtype for n in (first, second) for v in n.params.values()}
    full = torch.float64 if torch.float64 in types else torch.float32
    for name, own in first.params.items():
        if name in first.kept:
            yield name, own.clone()
            continue
        found = torch.empty_like(own, memory_format=torch.contiguous_format)
        other = second.params[name]
        for rows, moved in parts_in_basis(first.symmetry, name, other, maps, BLOCK):
            pair = (
                {name: part.to(full) if part.is_floating_point() else part}
                for part in (own[rows], moved)
            )
            mean = weighted_mean(list(pair), weights)
            found[rows] = as_they_came(mean, {name: own.dtype})[name]
        yield name, found


def _checked(method: Method) -> Method:
    if isinstance(method, Identity):
        return method
    if isinstance(method, WeightMatching) and method.start == "identity" and not method.as_released:
        return method
    raise UserError(
        f"{label_of(method)} looks at whole networks: from files they are matched by "
        "weight-matching, from the identity, or averaged as they are by identity"
    )


def _made(
    network: str | nn.Module | Callable[..., nn.Module],
    arguments: Mapping[str, Any] | None,
    example: Any,
) -> tuple[nn.Module, Any]:
    """The module, and a batch of its inputs."""
    given = example_named(example) if isinstance(example, str) else example
    if isinstance(network, str):
        architecture = network_named(network, json.dumps(dict(arguments or {})))
        module = architecture.build((3, 32, 32), 10)
        return module, examples_of(architecture, module)[0] if given is None else given
    module = made_module(network, arguments)
    if given is None:
        raise UserError("a symmetry is found with an example: give example=, a batch of inputs")
    return module, given


def _symmetry(modules: Sequence[nn.Module], inputs: Any) -> Symmetry:
    """That of the first of two modules, each as its checkpoint sets it; the other has the same.

    `UserError` where they differ in what no mean can be taken of: constants, extra states, and
    what code of their own makes of a checkpoint.
    """
    first, second = modules
    symmetry = trace(first.eval(), inputs)
    if others := traced_otherwise(second, tensors(second), symmetry):
        raise UserError(f"{listed(others)} of one network has other values than the other's")
    if loads_more(second) and symmetry.program is not None:
        other, widths = trace(second.eval(), inputs), list[tuple[int, int]]()
        if where := symmetry.program.difference(other.program, frozenset(), widths):
            raise UserError(f"the networks are no two of one function: {where}")
    return symmetry


def _in_shards(extra: Mapping[str, Any]) -> dict[str, Tensor]:
    """The extra states of a network as shards hold them; `UserError` where they hold none such."""
    check_writable(Path("model.safetensors"), extra)
    return dict(extra)


def _of_file(file: CheckpointFile, made: Callable[..., T], *given: Any) -> T:
    """What is `made` of a checkpoint; `UserError`, which names the file, where it does not fit."""
    try:
        return made(*given)
    except UserError as error:
        named = file.path in str(error)
        raise UserError(str(error) if named else f"{short_path(file.path)}: {error}") from error


def _matched(
    method: Method, first: StoredNetwork, second: StoredNetwork, seed: int
) -> tuple[Mapping[str, Map], dict[str, float]]:
    """The second network's maps, and what the method says."""
    if not isinstance(method, WeightMatching):
        return {}, {}
    if all(units < 2 for units in first.symmetry.groups().values()):
        raise UserError("nothing to match: no units of these networks may change places")
    match = method.match(first, second, torch.Generator().manual_seed(seed), ROOM)
    return match.maps, {
        "objective": match.objective,
        "sweeps": match.sweeps,
        "solves": match.solves,
        "converged": match.converged,
    }
