"""A network of a user's own as an architecture of the benchmark: a value that has a key."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn

from ....code_digest import digest_of
from ....errors import UserError
from ....methods.modules.forms import logits_of
from ....results.facts import canonical
from ..base import Architecture
from .computed import words_of
from .hugging_face import of_hugging_face
from .python_code import of_file, of_module
from .source import Source
from .timm_models import of_timm
from .torchvision_models import of_torchvision

FORMS = "file.py:factory, package.module:factory, torchvision:NAME, timm:NAME or hf:FOLDER"
"""How a network is named; a factory is a function or class that makes it."""

FOLDER = "hf"
"""A folder as Hugging Face writes it."""


@dataclass(frozen=True)
class GivenNetwork(Architecture):
    """What `source` makes with `arguments`, the JSON of keyword arguments.

    Its key holds `code`, the digest of the code that makes it, and not the `folder` in which files
    and modules are looked for. `computes` is the digest of what it computes on images, where that
    is asked for (`on_images`): code may read a file or a variable that decides it. Make one with
    `given_network`.
    """

    kind: ClassVar[str] = "given"

    source: str
    arguments: str
    code: str
    folder: str = field(compare=False)
    computes: str = ""

    def on_images(self, shape: tuple[int, int, int], classes: int) -> "GivenNetwork":
        """The same network, whose key holds what it computes on images of `shape` as well.

        That of a library or a folder follows from its arguments and its files alone.
        """
        if _parts(self.source)[0] in (*_LIBRARIES, FOLDER):
            return self
        words = words_of(self.build(shape, classes), torch.zeros(2, *shape))
        return replace(self, computes=_digest_of(words))

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        del shape, classes  # its own arguments say what it takes and gives
        module = self.module()
        # Here logits are what a network gives; Hugging Face's give more. A hook goes wherever the
        # module goes, into every copy and every trace.
        module.register_forward_hook(lambda _module, _inputs, result: logits_of(result))
        return module

    def module(self) -> nn.Module:
        """A new module; `UserError` where it cannot be made, or its code is no longer the same."""
        found = source_of(self.source, Path(self.folder))
        if _digest(found) != self.code:
            raise UserError(f"the code of {self.source} has changed since this run began")
        return _made(found, self.source, json.loads(self.arguments))

    def examples(self, module: nn.Module) -> tuple[Any, ...]:
        """Batches that the network takes, of several sizes, where its source knows of any."""
        return source_of(self.source, Path(self.folder)).examples(module)


def given_network(
    source: str, arguments: Mapping[str, Any] | None = None, folder: Path | None = None
) -> GivenNetwork:
    """The network that the text `source` names, one of `FORMS`, made with `arguments`.

    Files and modules are looked for in `folder` (default: the current one). It is made once, so
    that whatever is wrong is said now: `UserError`.
    """
    source, folder = _placed(source, (folder or Path.cwd()).absolute())
    found = source_of(source, folder)
    try:
        told = canonical(dict(arguments or {}))
    except (TypeError, ValueError) as error:
        raise UserError(f"the arguments of {source} are what JSON can hold: {error}") from error
    made = GivenNetwork(source, told, _digest(found), str(folder))
    made.module()
    return made


def source_of(text: str, folder: Path) -> Source:
    """What the text names; `UserError` where it is none of `FORMS`, or there is no such thing."""
    home, name = _parts(text)
    if home in _LIBRARIES:
        return _LIBRARIES[home](name)
    if home == FOLDER:
        return of_hugging_face(folder / name)
    if home.endswith(".py"):
        return of_file(folder / home, name)
    return of_module(home, name, folder)


def _parts(text: str) -> tuple[str, str]:
    """Where a network comes from, and its name there."""
    home, _, name = text.partition(":")
    if home not in (*_LIBRARIES, FOLDER):
        home, _, name = text.rpartition(":")  # a path may hold a colon, a name does not
    if not home or not name:
        raise UserError(f"{text!r} names no network; write {FORMS}")
    if home not in (*_LIBRARIES, FOLDER) and not home.endswith(".py") and set(home) & set("/\\"):
        raise UserError(f"{home!r} is no Python file: it ends in .py")
    return home, name


def _placed(text: str, folder: Path) -> tuple[str, Path]:
    """The text without the folders in it, and where the file or folder that it names lies."""
    home, name = _parts(text)
    if home == FOLDER:
        path = folder / Path(name).expanduser()
        return f"{home}:{path.name}", path.parent
    if home.endswith(".py"):
        path = folder / Path(home).expanduser()
        return f"{path.name}:{name}", path.parent
    return text, folder


_LIBRARIES = {"torchvision": of_torchvision, "timm": of_timm}


def _digest(source: Source) -> str:
    """8 hex digits of the code and whatever else decides what a source makes."""
    parts = (*(digest_of(file, root=source.root) for file in source.files), *source.more)
    return _digest_of(parts)


def _digest_of(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _made(source: Source, text: str, arguments: Mapping[str, Any]) -> nn.Module:
    try:
        found = source.make(**arguments)
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        told = f" with the arguments {canonical(dict(arguments))}" if arguments else ""
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"{text} cannot be made{told}: {what}") from error
    if not isinstance(found, nn.Module):
        raise UserError(f"{text} makes {type(found).__name__}, and no torch.nn.Module")
    return found
