"""Names for values: a hash that says what a value is, and seeds drawn from names."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cached_property


class Keyed:
    """A value that is stored under its key."""

    @cached_property
    def key(self) -> str:
        """The hash of everything that defines it."""
        return key(self)


def key(value: object) -> str:
    """16 hex digits that name `value`: equal values, on any machine, have equal keys.

    `value` is a dataclass, or made of dataclasses, tuples, dicts with string keys, numbers,
    strings, booleans and `None`; the class names and all fields count, and the code of a
    plug-in. Raises `TypeError` for anything else, and `ValueError` for a float that is not finite.
    """
    return hashlib.sha256(description(value).encode()).hexdigest()[:16]


def description(value: object) -> str:
    """The canonical JSON that `key` hashes, readable and complete."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def seed_of(*names: object) -> int:
    """A seed of 63 bits out of `names`: every seed in the project comes from here.

    Never from Python's `hash`, which differs from process to process for strings.
    """
    return int.from_bytes(hashlib.sha256(description(names).encode()).digest()[:8]) >> 1


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        own = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        digest = getattr(type(value), "digest", "")  # of the file that a plug-in comes from
        return {"class": type(value).__name__, **({"digest": digest} if digest else {}), **own}
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 1 == 1.0 in Python, so their keys must agree
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no key: {value!r}")
