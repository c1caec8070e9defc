"""What a merge prints of the method's run."""

from collections.abc import Iterator, Mapping

from ..counting import counted

MOST_GROUPS = 20
"""Groups whose moved units are printed one by one; --json and --maps-out have them all."""


def found_lines(
    stats: Mapping[str, object], sizes: Mapping[str, int], moved: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    """What the method says of its run; group -> units moved of each network that has any."""
    said = ", ".join(f"{k.replace('_', ' ')} {_number(v)}" for k, v in stats.items())
    yield f"found: {said or 'the method says nothing of its run'}"
    for name, own in moved.items():
        if not any(own.values()):
            continue
        total = sum(sizes.get(group, 0) for group in own)
        yield f"  {name}: {sum(own.values()):,} of {counted(total, 'unit')} moved"
        for group, count in list(own.items())[:MOST_GROUPS]:
            yield f"    {group:40} {count:5} of {sizes.get(group, 0)}"
        if len(own) > MOST_GROUPS:
            yield f"    and {counted(len(own) - MOST_GROUPS, 'more group')}"


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
