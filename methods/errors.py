"""What a user did that cannot work, in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in the input; its text is the sentence that the command line prints."""


def nearest(kind: str, name: str, known: Iterable[str]) -> UserError:
    """The error for an unknown `name` of a `kind` of thing, naming the nearest known one."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return UserError(f"unknown {kind} {name!r}; {hint}Known: {', '.join(known)}.")
