"""Where in a TOML file something stands: `tomllib` tells what it says, and not in which line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ....errors import UserError


@dataclass(frozen=True)
class Place:
    """A table of the file: the top (`None`) or block number `block`, perhaps its `[block.part]`."""

    block: int | None = None
    part: str = ""


class SourceLines:
    """The lines of one file, called `name` in messages."""

    def __init__(self, name: str, text: str):
        self._name = name
        self._lines = text.splitlines()

    @contextmanager
    def blame(self, place: Place, key: str = "", word: str = "") -> Iterator[None]:
        """Within it, what is refused is refused with the line of `word` under `key` in `place`."""
        try:
            yield
        except (UserError, ValueError) as error:
            line = self.line(place, key, word)
            raise UserError(f"{self._name}, line {line}: {error}") from error

    def line(self, place: Place, key: str = "", word: str = "") -> int:
        """The number of the line, from 1; of what cannot be told from others, that before it."""
        first, end = self._bounds(place)
        keyed = (
            self._find(rf"\s*(\w+\.)?[\"']?{re.escape(key)}[\"']?\s*=", first, end) if key else None
        )
        start = first if keyed is None else keyed
        here = rf".*{re.escape(word)}"
        found = self._find(here, start, end) if word else None
        return (start if found is None else found) + 1

    def _bounds(self, place: Place) -> tuple[int, int]:
        """The first line of a table, and the first after it."""
        heads = [i for i, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*block", line)]
        if place.block is None or not heads:
            return 0, heads[0] if heads and place.block is None else len(self._lines)
        heads.append(len(self._lines))
        first, end = heads[place.block], heads[place.block + 1]
        if place.part:
            inner = self._find(rf"\s*\[\s*block\s*\.\s*{place.part}", first, end)
            first = first if inner is None else inner
        return first, end

    def _find(self, pattern: str, first: int, end: int) -> int | None:
        return next((i for i in range(first, end) if re.match(pattern, self._lines[i])), None)
