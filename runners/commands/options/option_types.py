"""What the options of the command line hold, read from their texts."""

import argparse
from pathlib import Path

_SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """A time such as 90, 30s, 2m or 1h."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in _SECONDS_PER_UNIT else (text, "s")
    try:
        found = float(number) * _SECONDS_PER_UNIT[unit]
    except ValueError:
        found = 0
    if not 0 < found < 1e9:
        raise argparse.ArgumentTypeError(f"a time such as 90, 30s, 2m or 1h, not {text!r}")
    return found


def share(text: str) -> float:
    """A number of GPUs, perhaps a part of one."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 64:
        raise argparse.ArgumentTypeError(f"a number of GPUs such as 0.5, not {text!r}")
    return found


def folder(text: str) -> Path:
    """A path that is not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a folder, not an empty name")
    return Path(text)


def formats(text: str) -> list[str]:
    """Formats of figures, with commas between them."""
    if wrong := set(text.split(",")) - {"svg", "pdf", "png"}:
        raise argparse.ArgumentTypeError(f"svg, pdf or png, not {sorted(wrong)[0]!r}")
    return text.split(",")


def positive(text: str) -> int:
    """A whole number from 1 to 1024."""
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"a number from 1 to 1024, not {text!r}")
    return int(text)


def odd(text: str) -> int:
    """An odd number from 3 to 1023, so that the middle of a line is one of its points."""
    if not text.isdecimal() or not 3 <= int(text) <= 1023 or int(text) % 2 == 0:
        raise argparse.ArgumentTypeError(f"an odd number from 3 to 1023, not {text!r}")
    return int(text)
