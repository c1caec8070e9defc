"""Data sets of plug-ins: functions without arguments that say they return a `Dataset`."""

import hashlib
from collections.abc import Callable
from functools import cache

from ..errors import UserError
from ..plugin_files import Plugin, home_of
from ..plugin_things import plugged_functions
from ..working_folder import working_folder_kept
from .base import Dataset

Source = Callable[[], Dataset]


def plugged_datasets(of: tuple[Plugin, ...] | None = None) -> dict[str, Source]:
    """The functions that plug-ins (default: all) bring, by the names of their data sets.

    By default also those that were handed over.
    """
    return {**plugged_functions(Dataset, "data set", of), **(_HANDED_OVER if of is None else {})}


_HANDED_OVER: dict[str, Source] = {}


def hand_over(dataset: Dataset) -> str:
    """From now on `dataset` goes by its name, in this process alone; the name."""

    def handed_over() -> Dataset:
        return dataset

    _HANDED_OVER[dataset.name] = handed_over
    return dataset.name


def made_by(source: Source, name: str) -> Dataset:
    """The data set of `source`, which is called `name`, made once in this process.

    Raises `UserError` where the function fails, or returns something else or by another name.
    """
    made = _made(source)
    if not isinstance(made, Dataset):
        raise UserError(f"{home_of(source)}: {source.__name__} returned no Dataset, but {made!r}")
    if made.name != name:
        raise UserError(
            f"{home_of(source)}: {source.__name__} returned a data set called {made.name!r}; "
            f"call it {name!r}, as the function"
        )
    return made


def digest_of_pixels(dataset: Dataset) -> str:
    """16 hex digits of the images and labels: the data itself, however it was made."""
    whole = hashlib.sha256()
    for part in (dataset.train, dataset.validation, dataset.test):
        whole.update(str(tuple(part.images.shape)).encode())
        whole.update(part.images.cpu().contiguous().numpy().tobytes())
        whole.update(part.labels.cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()[:16]


@cache
def digest_of_source(source: Source, name: str) -> str:
    """The digest of what `source` gives, computed once in this process."""
    return digest_of_pixels(made_by(source, name))


@cache
def _made(source: Source) -> object:
    try:
        with working_folder_kept():
            return source()
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {error}"
        raise UserError(f"{home_of(source)}: {source.__name__} failed: {what}") from error
