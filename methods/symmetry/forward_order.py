"""The order in which a network writes its groups: each after those that it is made of."""

from collections.abc import Collection, Iterable, Mapping

Read = Mapping[str, Collection[frozenset[str]]]
"""Group -> for each weight that writes it, the groups that this weight reads."""


def is_forward(groups: Iterable[str], read: Read) -> bool:
    """Whether each of `groups` comes after all that one of the weights that write it reads."""
    before = set[str]()
    for group in groups:
        if not is_ready(read[group], before):
            return False
        before.add(group)
    return True


def is_ready(read: Collection[frozenset[str]], before: Collection[str]) -> bool:
    """Whether all that one weight reads is among the groups `before`, or there is no weight."""
    return not read or any(groups.issubset(before) for groups in read)


def forward_order(groups: Iterable[str], read: Read) -> list[str]:
    """`groups`, each as far as possible after all that the weights that write it read.

    Next is the first of which every weight has what it reads, else the first of which one has (a
    residual stream, which blocks that read it write too). Where groups wait for each other there is
    no such order, and they stay as they are.
    """
    groups = list(groups)
    left, order = list(groups), list[str]()
    while left:
        whole = (g for g in left if all(read_by.issubset(order) for read_by in read[g]))
        part = (g for g in left if is_ready(read[g], order))
        group = next(whole, None) or next(part, None)
        if group is None:
            return groups
        left.remove(group)
        order.append(group)
    return order
