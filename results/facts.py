"""Facts as a record's column holds them: what runs write and reports look for is made here."""

import json


def canonical(value: object) -> str:
    """JSON with sorted names and without blanks; `ValueError` where a float is not finite."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
