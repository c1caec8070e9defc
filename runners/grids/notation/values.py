"""Values made of the words that say what they are, each checked against its field's type."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from inspect import isabstract
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from ....checked_fields import PLAIN_WORDS, field_types, unknown_value
from ....errors import UserError, nearest
from ....plugin_files import is_present
from ...keys import kind_of
from .syntax import Expression, Sweep, Term

T = TypeVar("T")

CONSTANTS = {"None": None, "True": True, "False": False}


class MisfitError(UserError):
    """A value that is not of the type that its place has."""


def made(form: type[T], term: Term) -> T:
    """The `form` with the parameters that `term` gives; the others have their defaults.

    Raises `UserError` for a parameter that it does not have, with the nearest one, for a value of
    another type, and where the form itself refuses.
    """
    given = values_of(form, term)
    own = [f for f in fields(form) if f.init]  # type: ignore[arg-type]
    lacking = [f.name for f in own if _is_required(f) and f.name not in given]
    if lacking:
        raise UserError(f"{term.name} needs a value of {', '.join(lacking)}")
    return _refusals_named(term.name, lambda: form(**given))


def values_of(form: type, term: Term) -> dict[str, Any]:
    """The values that `term` gives, by the fields of `form`; errors as for `made`."""
    types = field_types(form)
    given: dict[str, Any] = {}
    for name, expression in term.parameters:
        if name == "digest" and name not in types:  # of the file that a plug-in comes from
            _check_digest(form, term, expression)
            continue
        if name not in types:
            raise (
                nearest(f"parameter of {term.name}", name, types)
                if types
                else UserError(f"{term.name} has no parameters, so no {name!r}")
            )
        given[name] = converted(expression, types[name], f"{name} of {term.name}")
    return given


def converted(expression: Expression, wanted: Any, what: str) -> Any:
    """The value of the type `wanted`; `UserError` with what it should be where it is none."""
    origin = get_origin(wanted)
    if isinstance(expression, Sweep):
        raise MisfitError(f"{what} is one value here, not several in square brackets")
    if origin in (Union, UnionType):
        return _one_of(expression, get_args(wanted), what)
    if origin is Literal:
        return _literal(expression, get_args(wanted), what)
    if origin is tuple or wanted is tuple:
        return _tuple(expression, get_args(wanted), what)
    if isinstance(expression, tuple):
        if wanted is Any or wanted is object:
            return tuple(converted(one, wanted, what) for one in expression)
        raise MisfitError(f"{what} is {_in_words(wanted)}, not a tuple")
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        by_value = {str(member.value): member for member in wanted}
        return by_value[_literal(expression, tuple(by_value), what)]
    if wanted in _PLAIN:
        return _plain(expression, wanted, what)
    if wanted is Any or wanted is object:
        return _guessed(expression)
    return _nested(expression, wanted, what)


def named_kinds(base: type[T]) -> dict[str, type[T]]:
    """The concrete classes below `base` by their kind, those of plug-ins among them."""
    found: dict[str, type[T]] = {}
    waiting: list[type[T]] = [base]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if is_dataclass(form) and not isabstract(form) and is_present(form.__module__):
            kind = vars(form).get("kind", vars(form).get("name"))
            if isinstance(kind, str):
                found[kind] = form
    return found


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _one_of(expression: Expression, choices: tuple[Any, ...], what: str) -> Any:
    """The value of the first type that fits, texts last: they fit everything."""
    faults: list[UserError] = []
    for choice in sorted(choices, key=lambda c: (c is str, c is not NoneType)):
        try:
            return converted(expression, choice, what)
        except UserError as fault:
            faults.append(fault)
    said = [fault for fault in faults if not isinstance(fault, MisfitError)]
    if said:  # a name that is known has a wrong parameter
        raise said[0]
    raise MisfitError(f"{what} is {' or '.join(map(_in_words, choices))}, not {_text(expression)}")


def _literal(expression: Expression, choices: tuple[Any, ...], what: str) -> Any:
    by_text = {str(choice): choice for choice in choices}
    text = _text(expression)
    if text not in by_text:
        raise MisfitError(unknown_value(what, text, choices))
    return by_text[text]


def _tuple(expression: Expression, inside: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    if not isinstance(expression, tuple):
        raise MisfitError(f"{what} is a tuple such as (1, 2), or (1,), not {_text(expression)}")
    if not inside:
        return tuple(converted(one, Any, what) for one in expression)
    if len(inside) == 2 and inside[1] is Ellipsis:
        return tuple(converted(one, inside[0], what) for one in expression)
    if len(expression) != len(inside):
        raise MisfitError(f"{what} is a tuple of {len(inside)}, not of {len(expression)}")
    pairs = zip(expression, inside, strict=True)
    return tuple(converted(one, wanted, what) for one, wanted in pairs)


def _plain(expression: Term, wanted: type, what: str) -> object:
    """A number, a text, a boolean or `None`."""
    text, bare = expression.name, not expression.parameters
    if wanted is str and bare:
        return text
    if bare and not expression.quoted:
        try:
            return _PLAIN[wanted](text)
        except (KeyError, ValueError):
            pass
    raise MisfitError(f"{what} is {_in_words(wanted)}, not {_text(expression)}")


def _constant(*allowed: str) -> Callable[[str], object]:
    return lambda text: {name: CONSTANTS[name] for name in allowed}[text]


def _whole(text: str) -> int:
    if "_" in text:
        raise ValueError(text)
    return int(text)


def _real(text: str) -> float | int:
    """A whole number as it is written: 1 and 1.0 are equal, and print alike in no table."""
    value = float(text)
    if "_" in text or value - value != 0:
        raise ValueError(text)
    return value


_PLAIN: Mapping[Any, Callable[[str], object]] = {
    bool: _constant("True", "False"),
    int: _whole,
    float: _real,
    str: str,
    NoneType: _constant("None"),
}


def _in_words(wanted: Any) -> str:
    if wanted in PLAIN_WORDS:
        return PLAIN_WORDS[wanted]
    if get_origin(wanted) is Literal:
        return " or ".join(map(str, get_args(wanted)))
    return "a tuple" if get_origin(wanted) is tuple else f"one of: {', '.join(named_kinds(wanted))}"


def _guessed(expression: Term) -> object:
    """A number, a boolean or `None` where it reads as one, else a text: nothing says which."""
    for kind in (NoneType, bool, int, float, str):
        try:
            return _plain(expression, kind, "it")
        except MisfitError:
            continue
    raise MisfitError(f"{_text(expression)} is no plain value")


def _nested(expression: Term, wanted: type, what: str) -> object:
    """A value of a class by its kind: `adam(lr=0.01)` where an optimiser is due."""
    known = named_kinds(wanted)
    if expression.name not in known:
        raise MisfitError(unknown_value(what, expression.name, known))
    return made(known[expression.name], expression)


def _text(expression: Expression) -> str:
    if isinstance(expression, Sweep):
        return f"[{', '.join(map(_text, expression.values))}]"
    if isinstance(expression, tuple):
        return f"({', '.join(map(_text, expression))})"
    inside = ", ".join(f"{name}={_text(value)}" for name, value in expression.parameters)
    return f"{expression.name}({inside})" if inside else expression.name


def _check_digest(form: type, term: Term, given: Expression) -> None:
    present = getattr(form, "digest", "")
    if _text(given) != present:
        now = present or "none"
        raise UserError(
            f"{term.name} is of another state of its plug-in: {_text(given)}, now {now}"
        )


def _refusals_named(name: str, make: Callable[[], T]) -> T:
    """What `make` gives; its refusal as a sentence that begins with the `name`."""
    try:
        value = make()
        kind_of(value)
        return value
    except UserError:  # it names the field and its owner already
        raise
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: {error}") from error
