"""Trained tensors as people keep them: a dictionary, a file, a folder of shards."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, serialization

from ...errors import UserError
from ..modules.extra_state import is_extra
from ..symmetry.axes import Params

Checkpoint = str | Path | Mapping[str, Any]
"""A dictionary of tensors by name, perhaps within another, or the path of a file or folder."""

State = Mapping[str, Any]
"""What a `state_dict` holds: tensors by name, and the extra states of layers."""

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""What Hugging Face calls the file of a folder; with `.index.json` it is the list of its shards."""

_LFS = b"version https://git-lfs"


def read(checkpoint: Checkpoint, mapped: bool = False) -> Mapping[str, Any]:
    """What `checkpoint` holds, on the CPU: tensors by name, perhaps within other dictionaries.

    Files are safetensors, or what `torch.save` wrote: these are read with `weights_only=True`, so
    that no code in them is run. A folder holds one file or the shards of one, as Hugging Face
    writes them. Tensors of safetensors are mapped: the system reads what is looked at, and takes it
    back where memory is short; those of `torch.save` are where `mapped` says so, and must then
    not be written over. Raises `UserError` where it is none of these.
    """
    if isinstance(checkpoint, Mapping):
        return checkpoint
    if not isinstance(checkpoint, (str, Path)):
        raise UserError(
            "a checkpoint is a state_dict, or the path of a file or a folder, "
            f"not {type(checkpoint).__name__}"
        )
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        return _folder(path, mapped)
    if not path.is_file():
        raise UserError(f"there is no checkpoint {str(path)!r}")
    return _file(path, mapped)


def _folder(path: Path, mapped: bool) -> Mapping[str, Any]:
    for name in WEIGHTS:
        if (index := path / f"{name}.index.json").is_file():
            return _shards(index, mapped)
        if (path / name).is_file():
            return _file(path / name, mapped)
    found = sorted(path.glob("*.safetensors"))
    if len(found) == 1:
        return _file(found[0], mapped)
    several = f"{len(found)} files of weights and no index" if found else "no weights"
    raise UserError(
        f"the folder {str(path)!r} holds {several}: {' or '.join(WEIGHTS)} is looked for, "
        "or their .index.json"
    )


def _shards(index: Path, mapped: bool) -> Params:
    """The tensors of all shards; each must be where the index says it is."""
    try:
        places = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        shards = {name: str(shard) for name, shard in places.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{str(index)!r} is no index of shards: it has no weight_map") from error
    found: Params = {}
    for shard in sorted(set(shards.values())):
        if Path(shard).name != shard:
            raise UserError(f"{str(index)!r} names the shard {shard!r}, which is not beside it")
        if not (index.parent / shard).is_file():
            raise UserError(f"the shard {shard!r}, which {str(index)!r} names, is missing")
        tensors = _file(index.parent / shard, mapped)
        for name in (name for name, place in shards.items() if place == shard):
            if name not in tensors:
                raise UserError(f"the shard {shard!r} lacks {name!r}, which {str(index)!r} names")
            found[name] = tensors[name]
    return found


def _file(path: Path, mapped: bool) -> Mapping[str, Any]:
    with path.open("rb") as file:
        start = file.read(len(_LFS))
    if not start:
        raise UserError(f"the checkpoint {str(path)!r} is empty")
    if start == _LFS:
        raise UserError(f"{str(path)!r} only points to a file of Git LFS: run git lfs pull")
    if path.suffix == ".safetensors" or not (is_zipfile(path) or start[0] == 0x80):
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise UserError(
                f"{str(path)!r} is neither safetensors nor what torch.save writes, or damaged "
                f"({_brief(error)})"
            ) from error
    if mapped and not is_zipfile(path):
        raise UserError(
            f"{str(path)!r} is in the oldest form of torch.save, which cannot be read in pieces: "
            "save it again, as safetensors at best"
        )
    try:
        found = serialization.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as error:  # whatever a damaged file makes it meet
        if type(error).__name__ == "UnpicklingError":
            raise UserError(
                f"{str(path)!r} holds objects beside tensors, which would run code when read: "
                "save model.state_dict() by itself, as safetensors at best"
            ) from error
        raise UserError(f"{str(path)!r} cannot be read ({_brief(error)})") from error
    if not isinstance(found, Mapping):
        raise UserError(f"{str(path)!r} holds {type(found).__name__} and no state_dict")
    return found


def _brief(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")[:120]


def state_dicts(found: Mapping[Any, Any], depth: int = 2) -> Iterator[tuple[str, State]]:
    """Every dictionary of tensors in `found`, itself first, with the keys that lead to it.

    Beside its tensors a dictionary has its extra states, in which nothing else is looked for.
    """
    named = {n: v for n, v in found.items() if isinstance(n, str)}
    if any(isinstance(v, Tensor) for v in named.values()):
        yield "", {n: v for n, v in named.items() if isinstance(v, Tensor) or is_extra(n)}
    if depth:
        for key, value in found.items():
            if isinstance(value, Mapping) and not is_extra(str(key)):
                for inner, state in state_dicts(value, depth - 1):
                    yield f"{key}.{inner}".rstrip("."), state
