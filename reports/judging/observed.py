"""What was measured of each pair of networks, and that of the first networks alone."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..data.clustered import Networks, count_networks


class Observed(NamedTuple):
    """One number of each pair of networks, or of each larger set of them."""

    networks: Sequence[Networks]
    values: Sequence[float]

    @classmethod
    def of(cls, found: Iterable[tuple[Networks, float]]) -> "Observed":
        """From pairs of networks and number."""
        pairs = list(found)
        return cls(tuple(networks for networks, _ in pairs), [value for _, value in pairs])

    @property
    def trained(self) -> int:
        """How many networks there are."""
        return count_networks(tuple(self.networks))

    def first(self, networks: int) -> "Observed":
        """Of the first so many networks alone, by their seeds: as many of every place in a cell."""
        every = sorted({name for each in self.networks for name in each}, key=_by_seed)
        places: dict[str, int] = defaultdict(int)
        ranks = {}
        for name in every:
            place = name.lstrip("0123456789")
            ranks[name] = (places[place], place)
            places[place] += 1
        kept = set(sorted(every, key=lambda name: ranks[name])[:networks])
        pairs = zip(self.networks, self.values, strict=True)
        return Observed.of((each, value) for each, value in pairs if kept.issuperset(each))


def _by_seed(name: str) -> tuple[int, str]:
    digits = name.rstrip("abcdefghijklmnopqrstuvwxyz")
    return (int(digits) if digits.isdigit() else 0, name)
