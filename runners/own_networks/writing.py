"""What leaves a merge: checkpoints and maps, in files that are not there yet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from ...errors import UserError
from ...methods.symmetry.axes import Symmetry
from ...methods.symmetry.maps import Map, Reordering
from ...methods.symmetry.permutation_spec import to_axes_to_perm
from ...plugin_files import short_path
from ...results.files import write_whole

PICKLED = (".pt", ".pth", ".bin")
"""Endings of files as torch.save writes them; all others are safetensors."""


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], force: bool) -> None:
    """`UserError` where a file would be written that must not be, or cannot.

    What is read is never written, and what is there only with `force`.
    """
    read = {path.resolve() for path in inputs}
    seen: set[Path] = set()
    for path in outputs:
        if path.suffix not in (".safetensors", ".json", *PICKLED):
            raise UserError(
                f"{short_path(path)}: a checkpoint ends in .safetensors, or in "
                f"{', '.join(PICKLED)} for a file as torch.save writes it"
            )
        place = path.resolve()
        if place in seen:
            raise UserError(f"{short_path(path)} would be written twice")
        seen.add(place)
        if any(place == one or one in place.parents for one in read):
            raise UserError(f"{short_path(path)} is one of the checkpoints that are read")
        if path.is_dir():
            raise UserError(f"{short_path(path)} is a folder")
        if path.exists() and not force:
            raise UserError(f"{short_path(path)} is there already; --force writes over it")
        there = next((p for p in path.absolute().parents if p.exists()), path)
        if not there.is_dir():
            raise UserError(f"{short_path(path)} cannot be: {short_path(there)} is no folder")


def check_writable(path: Path, extra: Mapping[str, Any]) -> None:
    """`UserError` where the extra states of a network do not go into a file of this ending."""
    others = [name for name, value in extra.items() if not isinstance(value, Tensor)]
    if others and path.suffix not in PICKLED:
        raise UserError(
            f"the extra state {others[0]!r} is {type(extra[others[0]]).__name__}, and safetensors "
            f"hold tensors alone: merge into one file that ends in {', '.join(PICKLED)}"
        )


def write_checkpoint(path: Path, params: Mapping[str, Any], about: Mapping[str, str]) -> None:
    """`params` as a checkpoint that anybody can read; of tensors that share memory, copies.

    Extra states may be among them where `check_writable` says so. Of safetensors `about` becomes
    the metadata.
    """
    own = {n: _own(v) if isinstance(v, Tensor) else v for n, v in params.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in PICKLED:
        aside = path.with_name(f".{path.name}.new")
        torch.save(own, aside)
        aside.replace(path)
        return
    write_whole(path, save(own, {"format": "pt", **about}))


def _own(value: Tensor) -> Tensor:
    return value.detach().cpu().clone().contiguous()


def write_maps(
    path: Path,
    names: Sequence[str],
    maps: Sequence[Mapping[str, Map]],
    symmetry: Symmetry,
    about: Mapping[str, str],
) -> None:
    """The maps of all networks as tensors, `NETWORK/GROUP/index`, and in words beside them.

    The JSON has, for each group, which unit of each network stands at which place of the common
    basis, where that is a permutation, and `axes_to_perm`, in which tensors' dimensions the group
    stands. Units within others are numbered through all of these.
    """
    tensors = {
        f"{name}/{group}/{part}": value
        for name, own in zip(names, maps, strict=True)
        for group, each in own.items()
        for part, value in _parts(each)
    }
    write_checkpoint(path, tensors, about)
    told = {
        **about,
        "groups": symmetry.groups(),
        "within": {group: list(names) for group, names in symmetry.within().items() if names},
        "permutations": {
            name: {g: m.index.tolist() for g, m in own.items() if isinstance(m, Reordering)}
            for name, own in zip(names, maps, strict=True)
        },
        **_axes(symmetry),
    }
    write_whole(path.with_suffix(".json"), (json.dumps(told, indent=1) + "\n").encode())


def _parts(value: object) -> Iterator[tuple[str, Tensor]]:
    """The tensors of which a map is made, by the names of its fields."""
    if not is_dataclass(value) or isinstance(value, type):
        return
    for each in fields(value):
        own = getattr(value, each.name)
        if isinstance(own, Tensor):
            yield each.name, own
        elif isinstance(own, Map):
            yield from ((f"{each.name}.{part}", t) for part, t in _parts(own))
        elif isinstance(own, (tuple, list)):
            for place, one in enumerate(own):
                yield from ((f"{each.name}.{place}.{part}", t) for part, t in _parts(one))


def _axes(symmetry: Symmetry) -> dict[str, object]:
    """`axes_to_perm`; where that form cannot express an axis, its segments of sizes and groups."""
    try:
        return {
            "axes_to_perm": {name: list(row) for name, row in to_axes_to_perm(symmetry).items()}
        }
    except ValueError as error:
        axes = {
            name: [[[[f.size, f.group] for f in s] for s in axis.segments] for axis in own]
            for name, own in symmetry.axes.items()
        }
        return {"axes_to_perm": None, "why_not": str(error), "segments": axes}
