"""What a user did that cannot work, or has not installed, in one sentence fit to be shown."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from importlib.util import find_spec


class UserError(ValueError):
    """A mistake in the input; its text is the sentence that the command line prints."""


class MissingLibraryError(UserError, ImportError):
    """A library that only some uses need is not installed; its text names the extra to install."""


# Controls but the line break and the tab, marks that turn the direction of what follows, and
# halves of characters, which no file can hold.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""`text` that may be shown in a terminal, a table or a page: controls are written out.

    An escape becomes the four characters `\x1b`, so that nobody's name or error text moves a
    cursor, hides a line or rings a bell. Line breaks and tabs stay. A text that has been through
    this once stays as it is.
    """
    return _UNPRINTABLE.sub(lambda found: _written_out(ord(found[0])), text)


def _written_out(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def kind(value: object) -> str:
    """What `value` is, for a sentence: `a dict`, `an int`, `None`."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def nearest(kind: str, name: str, known: Iterable[str], first: Collection[str] = ()) -> UserError:
    """The error for an unknown `name` of a `kind` of thing, naming the nearest known one.

    Those that are among `first` are told before the others.
    """
    return UserError(f"unknown {kind} {name!r}; {known_ones(name, known, first)}")


def known_ones(name: str, known: Iterable[str], first: Collection[str] = ()) -> str:
    """The second half of a sentence on an unknown `name`: the nearest of those `known`, and all."""
    known = sorted(known, key=lambda each: (each not in first, each))
    close = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(known)}."


# Extra of pyproject.toml -> the module to import -> the library that brings it.
EXTRAS = {
    "run": {
        "filelock": "filelock",
        "ot": "POT",
        "pandas": "pandas",
        "PIL": "pillow",
        "pyarrow": "pyarrow",
        "sklearn": "scikit-learn",
        "torchvision": "torchvision",
    },
    "report": {
        "itables": "itables",
        "jinja2": "jinja2",
        "markdown_it": "markdown-it-py",
        "matplotlib": "matplotlib",
        "pandas": "pandas",
        "plotly": "plotly",
        "tabulate": "tabulate",
    },
    "models": {"timm": "timm", "transformers": "transformers"},
    "ray": {"ray": "ray"},
    "slurm": {"submitit": "submitit"},
}


def require(extra: str, *modules: str) -> None:
    """`MissingLibraryError` where one of `modules` (default: all of `extra`) is not installed."""
    libraries = EXTRAS[extra]
    missing = [libraries[m] for m in modules or libraries if find_spec(m) is None]
    if missing:
        *others, last = missing
        are, them = ("are", "them") if others else ("is", "it")
        names = f"{', '.join(others)} and {last}" if others else last
        raise MissingLibraryError(
            f"{names} {are} not installed; pip install 'basinbench[{extra}]' brings {them}"
        )
