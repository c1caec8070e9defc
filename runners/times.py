"""Times in words: rounded as one says them, or to the digits that were measured."""


def duration(seconds: float) -> str:
    """How long something takes that one waits for: `0.3 s`, `40 s`, `4 min`, `2.5 h`, `12 days`."""
    if seconds < 1:
        return f"{seconds:.1g} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:,.0f} days"


def measured(seconds: float) -> str:
    """A time that was measured, to three digits: `254 µs`, `12.3 ms`, `4.21 s`, `612 s`."""
    for size, unit in ((1, "s"), (1e-3, "ms")):
        if seconds >= size:
            number = seconds / size
            return f"{number:.3g} {unit}" if number < 999.5 else f"{number:.0f} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
