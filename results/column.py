"""One column of a record: what it is called, what it means, and what it may hold."""

from dataclasses import dataclass
from math import inf, isfinite, isnan

Kind = type[str] | type[int] | type[float] | type[bool]

_GREATEST = 2**63 - 1
"""The largest whole number of a table that is read."""


@dataclass(frozen=True)
class Column:
    """One column: its name, Python type, unit (empty for none), meaning, and what it may hold.

    Numbers lie from `low` to `high`, texts are among `choices` where there are any. A number that
    is not finite is allowed where a merge that `diverges` can give one.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    low: float = -inf
    high: float = inf
    diverges: bool = False
    choices: tuple[str, ...] = ()

    def fault(self, value: str | int | float | bool) -> str | None:
        """What is wrong with a value of the right type, after "column 'x' "; `None` if nothing."""
        if isinstance(value, str):
            wrong = self.choices and value not in self.choices
            return f"holds {value[:40]!r}, not {' or '.join(self.choices)}" if wrong else None
        if isinstance(value, float) and not isfinite(value) and not self.diverges:
            return f"holds {value}, which is no number that can be measured"
        if abs(value) > _GREATEST and isinstance(value, int):
            return f"holds {value}, which is too large for a table"
        if not isnan(value) and not self.low <= value <= self.high:
            return f"holds {value!r}, which is {self._limits()}"
        return None

    def _limits(self) -> str:
        if self.high == inf:
            return f"below {self.low:g}"
        return f"not between {self.low:g} and {self.high:g}"
