"""What a value is: a stable name and what differs from the defaults; the key made of both."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from ..checked_fields import Checked
from ..results.facts import canonical
from ..results.labels import label

KEY_VERSION = 2
"""Stands in every key: when the scheme changes, so do all keys. 1 hashed classes' names."""


Facts = dict[str, object]
"""Parameters by name, in what JSON has."""

MANY = 65_536
_KEPT: dict[int, tuple[object, Facts]] = {}
"""Facts by the identity of their value, which is kept beside them: no other can take its place."""


class Keyed(Checked):
    """A value that is stored under its key."""

    @property
    def key(self) -> str:
        """The hash of everything that defines it."""
        return key(self)


def key(value: object) -> str:
    """16 hex digits that name `value`: equal values, on any machine, have equal keys.

    `value` is a dataclass, or made of dataclasses, tuples, dicts with string keys, numbers,
    strings, booleans and `None`. A dataclass counts by the stable name of its kind and by the
    fields that differ from their defaults: neither a class's name, nor a module's path, nor a new
    field with a default changes a key, nor does a field that does not decide whether two values are
    equal (`compare=False`: where a file lies). Raises `TypeError` for anything else, and
    `ValueError` for a float that is not finite.
    """
    return hashlib.sha256(description(value).encode()).hexdigest()[:16]


def description(value: object) -> str:
    """The canonical JSON that `key` hashes, readable and complete."""
    return canonical({"key_version": KEY_VERSION, "value": plain(value)})


def kind_of(value: object) -> str:
    """The stable name of the class of `value`: its own `kind`, else its own `name`.

    An inherited name would give two classes one key, so each class states its own. Raises
    `TypeError` where it does not.
    """
    own = vars(type(value))
    for attribute in ("kind", "name"):
        if isinstance(own.get(attribute), str):
            return own[attribute]
    raise TypeError(
        f"{type(value).__name__} has no key: give the class a `kind: ClassVar[str]` of its own"
    )


@lru_cache(maxsize=1024)
def label_of(value: object) -> str:
    """What `value` is called in print: its name with the parameters that differ from defaults."""
    return label(kind_of(value), params(value))


def params(value: object) -> Facts:
    """The fields of a dataclass that differ from their defaults, as plain JSON values.

    Fields without a default always count, and so do those that the class names in `stated`.
    """
    stated, defaults = getattr(type(value), "stated", ()), _defaults(type(value))
    return {
        name: own
        for name, own in plain_fields(value).items()
        if name in stated or name not in defaults or canonical(own) != defaults[name]
    }


def plain_fields(value: object) -> Facts:
    """All fields of a dataclass that decide what it is, as plain JSON values."""
    counted = (f.name for f in fields(value) if f.compare)  # type: ignore[arg-type]
    return {name: plain(getattr(value, name)) for name in counted}


def plain(value: object) -> object:
    """`value` in what JSON has; dataclasses as their kind and their parameters."""
    if is_dataclass(value) and not isinstance(value, type):
        # Asked of the class, as a protocol is slow to ask: grids hold ten thousands of values.
        more = getattr(type(value), "more", None)
        own = _own_facts(value) if isinstance(value, Keyed) else _kept_facts(value)
        return {**own, **(more(value) if more else {})}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 1 == 1.0 in Python, so their keys must agree
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no key: {value!r}")


def _own_facts(value: object) -> Facts:
    """All of a dataclass but what it has `more`."""
    digest = getattr(type(value), "digest", "")  # of the file that a plug-in comes from
    return {
        "kind": kind_of(value),
        **params(value),
        **({"digest": digest} if digest else {}),
    }


def _kept_facts(value: Any) -> Facts:
    """As `_own_facts`: cells share their networks and methods, whose facts are made once.

    Told by identity, as equal values may differ in a type that JSON knows (`True` and 1). Not for
    what is `Keyed`: it holds endpoints, whose data may come to lie there meanwhile.
    """
    if (found := _KEPT.get(id(value))) is not None:
        return found[1]
    facts = _own_facts(value)
    if type(value).__dataclass_params__.frozen:
        with suppress(TypeError):  # what has no hash may change
            hash(value)
            if len(_KEPT) >= MANY:
                _KEPT.clear()
            _KEPT[id(value)] = value, facts
    return facts


@cache
def _defaults(form: type) -> dict[str, str]:
    """The canonical JSON of the default of every field that has one."""
    every = ((f, f.default_factory) for f in fields(form) if f.compare)
    made = {f.name: f.default if make is MISSING else make() for f, make in every}
    return {n: canonical(plain(value)) for n, value in made.items() if value is not MISSING}
