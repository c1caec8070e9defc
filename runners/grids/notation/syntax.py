"""The words of the tables as a text: `name(parameter=value, ...)`, read and never evaluated.

A value is a word, a number, a text in quotes, a tuple in round brackets or another such name with
its parameters. Square brackets hold several values in the place of one: a sweep.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, product

from ....errors import UserError

CLOSES = {"(": ")", "[": "]"}
QUOTES = "\"'"

DEEPEST = 20
"""Brackets within brackets: no value of ours has more than three."""


@dataclass(frozen=True)
class Term:
    """A name with its parameters; a number and a word alone are names without any."""

    name: str
    parameters: "tuple[tuple[str, Expression], ...]" = ()
    quoted: bool = False


@dataclass(frozen=True)
class Sweep:
    """Several values, each of which takes the place in its turn."""

    values: "tuple[Expression, ...]"


Expression = Term | Sweep | tuple["Expression", ...]
"""What a text says, before it is known of what."""


def read(text: str) -> Expression:
    """The expression that `text` writes; `UserError` where it is none, with what is wrong."""
    if (
        max(accumulate((sign in CLOSES) - (sign in CLOSES.values()) for sign in text), default=0)
        > DEEPEST
    ):
        raise UserError(f"{text[:20]!r}... has brackets within more than {DEEPEST} others")
    reader = _Reader(text)
    found = reader.expression()
    reader.end()
    return found


def each_of(expression: Expression) -> Iterator[Expression]:
    """The expression without sweeps, once for every choice among their values, in order."""
    if isinstance(expression, Sweep):
        for value in expression.values:
            yield from each_of(value)
    elif isinstance(expression, tuple):
        yield from product(*map(each_of, expression))
    else:
        names = [name for name, _ in expression.parameters]
        for values in product(*(each_of(value) for _, value in expression.parameters)):
            yield replace(expression, parameters=tuple(zip(names, values, strict=True)))


def split_outside(text: str, separator: str) -> list[str]:
    """The parts of `text` between separators that stand outside all brackets, without blanks."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in CLOSES) - (sign in CLOSES.values())
        if sign == separator and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


class _Reader:
    """Goes through a text once, from left to right."""

    def __init__(self, text: str):
        self._text = text
        self._at = 0

    def expression(self) -> Expression:
        sign = self._peek()
        if sign == "(":
            return self._several(sign)
        if sign == "[":
            if not (values := self._several(sign)):
                raise self._fault("holds a list without values")
            return Sweep(values)
        if sign in QUOTES and sign:
            return self._quoted(sign)
        name = self._word()
        return Term(name, self._parameters() if self._peek() == "(" else ())

    def end(self) -> None:
        if self._peek():
            raise self._fault(f"goes on with {self._text[self._at :]!r} after its end")

    def _several(self, bracket: str) -> tuple[Expression, ...]:
        """The values in brackets; a comma may follow the last."""
        self._at += 1
        found: list[Expression] = []
        while self._peek() != CLOSES[bracket]:
            found.append(self.expression())
            self._comma(bracket)
        self._at += 1
        return tuple(found)

    def _parameters(self) -> tuple[tuple[str, Expression], ...]:
        self._at += 1
        found: dict[str, Expression] = {}
        while self._peek() != ")":
            name = self._word()
            if self._peek() != "=":
                raise self._fault(f"has {name!r} in brackets; write parameter=value")
            self._at += 1
            if name in found:
                raise self._fault(f"gives {name!r} twice")
            found[name] = self.expression()
            self._comma("(")
        self._at += 1
        return tuple(found.items())

    def _comma(self, bracket: str) -> None:
        """Past a comma, or up to the closing bracket."""
        if self._peek() == ",":
            self._at += 1
        elif self._peek() != CLOSES[bracket]:
            missing = "lacks a comma" if self._peek() else f"lacks a closing {CLOSES[bracket]!r}"
            raise self._fault(missing)

    def _word(self) -> str:
        self._peek()
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in "()[]=,":
            self._at += 1
        word = self._text[start : self._at].strip()
        if not word:
            what = repr(self._text[self._at]) if self._at < len(self._text) else "the end"
            raise self._fault(f"has {what} where a name or a value is due")
        return word

    def _quoted(self, quote: str) -> Term:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            raise self._fault(f"lacks a closing {quote}")
        word, self._at = self._text[self._at + 1 : end], end + 1
        return Term(word, quoted=True)

    def _peek(self) -> str:
        """The next sign that is no blank; empty at the end."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _fault(self, what: str) -> UserError:
        return UserError(f"{self._text!r} {what}")
