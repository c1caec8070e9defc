"""Which of this package's own endpoints a checkpoint is, where its file says so."""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from safetensors import SafetensorError, safe_open

from ..keys import description
from ..networks.catalogue import families
from .checkpoints import Endpoint
from .recipes import Recipe


def as_drawn(endpoint: Endpoint) -> Endpoint:
    """The endpoint by which random draws are named: for a file of the store that which it is.

    So a network gets the same draws, and with them the same numbers, by whichever way it comes.
    """
    if endpoint.file is None:
        return endpoint
    return _origin(endpoint.file.path, endpoint.file.digest) or endpoint


@lru_cache(maxsize=64)
def _origin(path: str, digest: str) -> Endpoint | None:
    """The endpoint that the metadata of a file describe; `None` where they describe none."""
    del digest  # a file that was changed is looked at anew
    try:
        with safe_open(path, "pt") as file:
            told = (file.metadata() or {}).get("description", "")
        found = _revived(json.loads(told)["value"])
    except (SafetensorError, OSError, ValueError, TypeError, KeyError):
        return None
    exactly = isinstance(found, Endpoint) and description(found) == told
    return found if exactly else None


def _revived(value: Any) -> Any:
    """The value that `keys.plain` wrote; `KeyError` for a kind that is not known here."""
    if isinstance(value, list):
        return tuple(map(_revived, value))
    if not isinstance(value, Mapping):
        return value
    form = _kinds()[value["kind"]]
    names = {f.name for f in fields(form)}
    return form(**{name: _revived(one) for name, one in value.items() if name in names})


def _kinds() -> Mapping[str, Any]:
    """Every class of which endpoints are made, by its kind."""
    from ...datasets import splits
    from . import augmentation, recipes, schedules

    forms = [
        form
        for module in (splits, augmentation, recipes, schedules)
        for form in vars(module).values()
        if isinstance(form, type)
    ]
    own = {
        str(vars(form).get("kind", vars(form).get("name"))): form
        for form in forms
        if {"kind", "name"} & vars(form).keys()
    }
    return {**own, **families(), "endpoint": Endpoint, "recipe": Recipe}
