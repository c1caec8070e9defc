"""Which of this package's own endpoints a checkpoint is, where its file says so."""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from safetensors import SafetensorError, safe_open

from ...datasets.splits import Split
from ..keys import description
from ..networks.catalogue import families
from .augmentation import Augmentation
from .checkpoints import Endpoint
from .recipes import Constants, Optimiser, Recipe
from .schedules import Schedule


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
    bases = (Split, Augmentation, Optimiser, Schedule)
    parts = (form for base in bases for form in base.__subclasses__())
    forms = (Endpoint, Recipe, Constants, *parts, *families().values())
    return {kind: form for form in forms if (kind := _kind(form)) is not None}


def _kind(form: type) -> str | None:
    """The stable name that stands in keys: as `keys.kind_of` has it, of the class."""
    return vars(form).get("kind", vars(form).get("name"))
