"""Facts as JSON holds them: what runs write and reports look for is made here."""

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any


def canonical(value: object) -> str:
    """JSON with sorted names and without blanks; `ValueError` where a float is not finite."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def finite_or_text(value: Any) -> Any:
    """Floats that JSON cannot hold as the texts that `float` reads: `inf`, `-inf`, `nan`."""
    return _with_floats(value, lambda number: number if isfinite(number) else str(number))


def document(value: object) -> str:
    """`value` as JSON for scripts (RFC 8259: no NaN); a float that is not finite is `null`."""
    told = _with_floats(value, lambda number: number if isfinite(number) else None)
    return json.dumps(told, indent=1, allow_nan=False)


def _with_floats(value: object, written: Callable[[float], object]) -> object:
    """`value`, every float in it as it is to be `written`."""
    if isinstance(value, Mapping):
        return {name: _with_floats(item, written) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_floats(item, written) for item in value]
    return written(value) if isinstance(value, float) else value
