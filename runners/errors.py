"""Errors as sentences for the user."""

import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .. import folder_imports
from ..errors import UserError, printable


@contextmanager
def user_errors() -> Iterator[None]:
    """Within it, what `datasets` and `results` say about bad input becomes a `UserError`.

    They import nothing of ours and so raise `LookupError`, `OSError` and `ValueError` with a full
    sentence. A `KeyError` or `IndexError` is nobody's sentence but a mistake of ours, and passes.
    """
    try:
        yield
    except (KeyError, IndexError, UserError):
        raise
    except (LookupError, OSError, ValueError) as error:
        raise UserError(str(error)) from error


def in_one_line(error: BaseException) -> str:
    """What went wrong and, unless it is the user's own mistake, where in the code."""
    text = printable(" ".join(str(error).split()))
    if isinstance(error, UserError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in frames if frame.filename != folder_imports.ITSELF]
    ours = [frame for frame in frames if "site-packages" not in Path(frame.filename).parts]
    place = (ours or frames)[-1]  # not the line of a library that was called
    file = printable(Path(place.filename).name)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{what} ({file}, line {place.lineno})"


def say(sentence: str) -> None:
    """One line on standard error, whatever it is made of; where that is closed, nobody listens."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            line = f"basinbench: {printable(' '.join(sentence.split()))}"
            print(line, file=sys.stderr, flush=True)


def show_warnings_as_sentences() -> None:
    """Our own warnings become one line each; those of libraries are for developers (-W)."""
    warnings.showwarning = lambda message, *_: say(f"warning: {message}")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("default", category=UserWarning, module=r"basinbench\b")
