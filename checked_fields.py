"""Fields held to what their types say, literals and bounds among it, when a value is made.

    @dataclass(frozen=True)
    class Ascent(Method):
        order: Literal["random", "forward"] = "random"
        sweeps: PositiveInt = 100
        step: Annotated[float, Bounds(above=0, most=2)] = 1.0

The types are the one place where it is said what a field may be: the command line, grids in TOML
and Python all make values, and are all refused with the same sentence.
"""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache, wraps
from math import inf, isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from .errors import UserError, known_ones


@dataclass(frozen=True)
class Bounds:
    """Where a number lies: from `least` to `most`, or beyond `above` and `below`, both excluded."""

    least: float = -inf
    most: float = inf
    above: float = -inf
    below: float = inf

    def admit(self, value: object) -> bool:
        """Whether `value` lies within; what is no number is not judged."""
        if not isinstance(value, (int, float)):
            return True
        return self.least <= value <= self.most and (
            (self.above == -inf or self.above < value) and (self.below == inf or value < self.below)
        )

    @property
    def words(self) -> str:
        """What is said after `a number`: `above 0 and at most 1`."""
        if self.least > -inf and self.most < inf:
            return f"from {self.least} to {self.most}"
        said = {"of at least": self.least, "above": self.above}
        said |= {"of at most" if self.above == -inf else "at most": self.most, "below": self.below}
        return " and ".join(f"{word} {limit}" for word, limit in said.items() if abs(limit) < inf)


PositiveInt = Annotated[int, Bounds(least=1)]
NonNegativeInt = Annotated[int, Bounds(least=0)]
PositiveFloat = Annotated[float, Bounds(above=0)]
NonNegativeFloat = Annotated[float, Bounds(least=0)]
Fraction = Annotated[float, Bounds(least=0, most=1)]
PositiveFraction = Annotated[float, Bounds(above=0, most=1)]
Momentum = Annotated[float, Bounds(least=0, below=1)]
Real = Annotated[float, Bounds()]
"""Any finite number: said, rather than forgotten."""

Seed = Annotated[int, Bounds(least=0, below=2**63)]
"""What every source of random numbers here takes."""


class Checked:
    """A dataclass below this one refuses, with `UserError`, values that its fields cannot have.

    Its own `__post_init__`, where it has one, may then rely on each field by itself.
    """

    def __init_subclass__(cls, **keywords: object) -> None:
        super().__init_subclass__(**keywords)
        if own := vars(cls).get("__post_init__"):
            cls.__post_init__ = _checked_first(own)  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        check_fields(self)


def check_fields(value: Any) -> None:
    """`UserError`, one sentence, for the first field of `value` that is not of its type.

    NumPy's numbers become Python's, in place: they are equal, and only the latter have keys.
    """
    form = type(value)
    for name, wanted in field_types(form, with_bounds=True).items():
        given = getattr(value, name)
        if _fits(given, wanted):
            continue
        plain = _plain_numbers(given)
        if reason := misfit(plain, wanted, f"{name} of {_called(form)}"):
            raise UserError(reason)
        object.__setattr__(value, name, plain)


@cache
def field_types(form: type, with_bounds: bool = False) -> dict[str, Any]:
    """The type of every field; of one whose type cannot be read, that of its default."""
    own = [f for f in fields(form) if f.init]
    try:
        hints = get_type_hints(form, include_extras=with_bounds)
    except (NameError, TypeError):
        hints = {}
    return {f.name: hints.get(f.name, _type_of_default(f)) for f in own}


def misfit(value: object, wanted: Any, what: str) -> str | None:
    """Why `value` is none of the type `wanted`, a sentence that begins with `what`, or `None`."""
    if _fits(value, wanted):
        return None
    members = _members(wanted)
    literals = [one for m in members if get_origin(m) is Literal for one in get_args(m)]
    if literals:
        return unknown_value(what, value, [*literals, *([None] if NoneType in members else [])])
    inner = [get_args(m) for m in members if get_origin(m) is tuple]
    if inner and isinstance(value, tuple):
        pairs = zip(value, _repeated(inner[0], len(value)), strict=False)
        said = (misfit(one, kind, f"each of {what}") for one, kind in pairs)
        if first := next(filter(None, said), None):
            return first
        return f"{what} is a tuple of {len(inner[0])}, not of {len(value)}"
    return f"{what} is {' or '.join(map(type_in_words, members))}, not {_shown(value)}"


def unknown_value(what: str, value: object, known: Iterable[object]) -> str:
    """The sentence for a `value` that is none of those that are `known`, with the nearest one."""
    return f"{what} is none of the known values: {_shown(value)}; " + known_ones(
        str(value), map(str, known)
    )


def type_in_words(wanted: Any) -> str:
    """What a value of the type is, for a sentence: `a whole number of at least 1`."""
    if get_origin(wanted) is Annotated:
        inner, *marks = get_args(wanted)
        said = " and ".join(m.words for m in marks if isinstance(m, Bounds))
        return f"{type_in_words(inner)} {said}".rstrip()
    if wanted in PLAIN_WORDS:
        return PLAIN_WORDS[wanted]
    if get_origin(wanted) is Literal:
        return " or ".join(map(str, get_args(wanted)))
    if get_origin(wanted) is tuple or wanted is tuple:
        return "a tuple such as (1, 2), or (1,)"
    name = getattr(wanted, "__name__", str(wanted))
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


PLAIN_WORDS: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    NoneType: "None",
}


def _fits(value: object, wanted: Any) -> bool:
    origin = get_origin(wanted)
    if origin is Annotated:
        inner, *marks = get_args(wanted)
        return _fits(value, inner) and all(m.admit(value) for m in marks if isinstance(m, Bounds))
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(wanted))
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in get_args(wanted))
    if origin is tuple and isinstance(value, tuple):
        kinds = _repeated(get_args(wanted), len(value))
        return len(kinds) == len(value) and all(map(_fits, value, kinds))
    if wanted is int or wanted is float:  # True is an int to Python, and no number of anything
        number = int if wanted is int else (int, float)
        is_number = isinstance(value, number) and not isinstance(value, bool)
        return is_number and (isinstance(value, int) or isfinite(value))  # type: ignore[arg-type]
    form = origin or wanted
    try:
        return not isinstance(form, type) or isinstance(value, form)
    except TypeError:  # a protocol that says nothing of instances
        return True


def _repeated(inside: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    """The types of the members of a tuple of that length: `int, ...` is so many times `int`."""
    return inside[:1] * length if inside[1:] == (Ellipsis,) else inside


def _members(wanted: Any) -> tuple[Any, ...]:
    return get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)


def _plain_numbers(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_plain_numbers, value))
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _called(form: type) -> str:
    """The name under which tables have it, else that of its class."""
    names = (vars(form).get(part) for part in ("kind", "name"))
    return next((name for name in names if isinstance(name, str)), form.__name__)


def _type_of_default(field: Field[Any]) -> Any:
    return Any if field.default in (MISSING, None) else type(field.default)


def _checked_first(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(own)
    def __post_init__(self: Any) -> None:  # noqa: N807  # it takes that one's place
        check_fields(self)
        own(self)

    return __post_init__
