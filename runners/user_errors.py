"""Built-in errors whose text is meant for the user, as `UserError`."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..methods.errors import UserError


@contextmanager
def user_errors() -> Iterator[None]:
    """Within it, what `datasets` and `results` say about bad input becomes a `UserError`.

    They import nothing of ours and so raise `LookupError`, `OSError` and `ValueError` with a full
    sentence. A `KeyError` or `IndexError` is nobody's sentence but a mistake of ours, and passes.
    """
    try:
        yield
    except (KeyError, IndexError):
        raise
    except (LookupError, OSError, ValueError) as error:
        raise UserError(str(error)) from error
