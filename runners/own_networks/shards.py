"""A network written as a folder of shards, as Hugging Face reads them, one shard held at a time."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from ...errors import UserError
from ...plugin_files import short_path

SHARD = 2**28
"""Bytes of a shard, unless one tensor has more: so much is held while it is written."""

BESIDE = ("*.json", "*.txt", "*.model", "*.jinja")
"""What lies beside the weights in a folder of Hugging Face: configuration, tokenizer."""


def check_folder(path: Path) -> None:
    """`UserError` where a network cannot be written to the folder `path`, new or empty."""
    if path.suffix in (".safetensors", ".pt", ".pth", ".bin"):
        raise UserError(f"{short_path(path)}: what is merged from files goes to a folder of shards")
    if path.exists() and not path.is_dir():
        raise UserError(f"{short_path(path)} is no folder")
    if path.is_dir() and any(path.iterdir()):
        raise UserError(f"the folder {short_path(path)} is not empty: name a new one")


def write_shards(
    folder: Path,
    tensors: Iterable[tuple[str, Tensor]],
    sizes: Mapping[str, int],
    about: Mapping[str, str],
    like: Path | None = None,
) -> list[Path]:
    """The `tensors`, which come in the order of `sizes` (bytes), in new files of `folder`.

    It appears whole or not at all. Configuration and tokenizer are those of the folder `like`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        for name in _beside(like):
            shutil.copyfile(name, part / name.name)
        names = _written(part, iter(tensors), sizes, about)
        if folder.is_dir():
            folder.rmdir()  # empty, as was asked before
        part.replace(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return [folder / name for name in names]


def _written(
    part: Path,
    tensors: Iterator[tuple[str, Tensor]],
    sizes: Mapping[str, int],
    about: Mapping[str, str],
) -> list[str]:
    shards = _shards(sizes)
    places: dict[str, str] = {}
    for number, names in enumerate(shards, 1):
        file = "model.safetensors"
        if len(shards) > 1:
            file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        held = dict(next(tensors) for _ in names)
        if list(held) != names:
            raise ValueError(f"{list(held)} came where {names} were due")
        save_file(held, part / file, {"format": "pt", **about})
        (part / file).chmod(part.stat().st_mode & 0o666)  # as other files: save_file says 0600
        places |= dict.fromkeys(names, file)
        del held  # before the next is made
    if len(shards) > 1:
        index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": places}
        text = json.dumps(index, indent=1) + "\n"
        (part / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    return list(dict.fromkeys(places.values()))


def _shards(sizes: Mapping[str, int]) -> list[list[str]]:
    """The names of the tensors of each shard."""
    shards: list[list[str]] = []
    held = SHARD
    for name, size in sizes.items():
        if held + size > SHARD:
            shards.append([])
            held = 0
        shards[-1].append(name)
        held += size
    return shards


def _beside(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.is_dir():
        for pattern in BESIDE:
            yield from (p for p in folder.glob(pattern) if not p.name.endswith(".index.json"))
