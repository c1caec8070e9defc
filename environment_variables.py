"""Variables of the environment: set for a while, put back, and read as folders."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def variables_set(values: Mapping[str, str]) -> Iterator[None]:
    """Within it they have these `values`, for this process and those that it starts.

    Afterwards they are what they were, or not there again.
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def folder_named(variable: str) -> Path | None:
    """The folder that a variable names, absolute; `None` where it is not set."""
    given = os.environ.get(variable)
    return Path(given).expanduser().absolute() if given else None


@contextmanager
def folders_fixed(*variables: str) -> Iterator[None]:
    """Within it the folders that they name are absolute: the same wherever one stands."""
    named = {name: str(folder) for name in variables if (folder := folder_named(name))}
    with variables_set(named):
        yield


@contextmanager
def environment_kept() -> Iterator[None]:
    """Whatever is done to the variables within it, afterwards they are as before."""
    before = dict(os.environ)
    try:
        yield
    finally:
        set_environment(before)


def set_environment(variables: Mapping[str, str]) -> None:
    """From now on there are these variables and no others."""
    if dict(os.environ) != variables:
        os.environ.clear()
        os.environ.update(variables)
