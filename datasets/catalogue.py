"""All data sets by name."""

from difflib import get_close_matches
from pathlib import Path

from ..errors import UserError
from ..user_folders import default_home
from .base import Dataset, hold_out
from .embedded import EMBEDDED
from .formats.cifar import CIFAR_SETS, cifar
from .formats.idx import FOLDERS, idx
from .formats.parquet import has_parquet, parquet
from .plugged import made_by, plugged_datasets
from .root import data_root as data_root


def names(root: Path | None = None) -> tuple[str, ...]:
    """Every data set that `load` knows: built-in ones, parquet folders under `root`, plug-ins'.

    Raises `UserError` where a plug-in takes the name of another one.
    """
    root = data_root() if root is None else root
    builtin = (*EMBEDDED, *FOLDERS, *CIFAR_SETS)
    folders = sorted(root.iterdir()) if root.is_dir() else []
    own = [f.name for f in folders if f.is_dir() and f.name not in builtin and has_parquet(f)]
    plugged = plugged_datasets()
    for name in (*builtin, *own):
        if name in plugged:
            raise UserError(f"two data sets are called {name!r}: rename that of the plug-in")
    return (*builtin, *own, *plugged)


def load(name: str, root: Path | None = None) -> Dataset:
    """The data set of that name, from `root` (default: `data_root()`) or the network.

    A part of its training images is held out for validation (`hold_out`).

    Raises `LookupError` for an unknown name, with the nearest one; `FileNotFoundError` when it is
    neither on disk nor downloadable; `ValueError` when what is on disk is damaged. Each says so
    in one sentence.
    """
    return hold_out(_whole(name, data_root() if root is None else root))


def _whole(name: str, root: Path) -> Dataset:
    """The data set with all of its training images."""
    if make := EMBEDDED.get(name):
        return make()
    if name in FOLDERS:
        return idx(name, root)
    if name in CIFAR_SETS:
        return cifar(name, root)
    if name not in (known := names(root)):
        close = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise LookupError(
            f"unknown data set {name!r}; {hint}Known: {', '.join(known)}; further parquet folders "
            f"are looked for in {root}."
        )
    if source := plugged_datasets().get(name):
        return made_by(source, name)
    return parquet(root / name, default_home() / "decoded")
