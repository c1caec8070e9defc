"""Numbers of things in words: of one, its singular."""


def counted(count: int, one: str, many: str = "") -> str:
    """`1 cell`, `3414 cells`, `12,000 cells`; `many` is the plural where that takes no s."""
    return f"{count:{',' if count >= 10_000 else ''}} {one if count == 1 else many or f'{one}s'}"
