"""`basinbench explain`: which units of a network may be permuted, and what pins the others."""

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import printable
from ...results.facts import document
from ...standard_output import print_document
from ..counting import counted
from ..times import measured

if TYPE_CHECKING:
    from ..own_networks.explaining import Explained

MOST = 40
"""Groups and axes that are printed one by one; --json has them all."""


def main(options: Namespace) -> int:
    """Trace, prove and print; 1 where the symmetry that was found is disproved."""
    from ..own_networks.explaining import explained
    from ..own_networks.named import network_named

    architecture = network_named(options.network, options.network_args)
    found = explained(architecture, options.input, options.dataset)
    if options.json:
        print_document(document(_as_plain(found)))
    else:
        print(printable("\n".join(_lines(found))))
    return 0 if found.is_proved else 1


def _lines(found: "Explained") -> Iterator[str]:
    groups = found.groups
    yield (
        f"{found.name}: {counted(sum(groups.values()), 'unit')} in "
        f"{counted(len(groups), 'group')} may be permuted; "
        f"{100 * found.share:.1f} % of all weights lie on an axis that moves; traced in "
        f"{measured(found.seconds)}"
    )
    for group, units in list(groups.items())[:MOST]:
        outer = " x ".join(found.within.get(group, ()))
        own = f", in an order of their own in each of {outer}" if outer else ""
        yield f"  {group:50} {units}{own}"
    if len(groups) > MOST:
        yield f"  and {counted(len(groups) - MOST, 'more group')}"
    yield from map(str, found.trials)
    yield "what stays, and why:"
    lines = str(found.explanation).splitlines()
    for line in lines[:MOST]:
        yield f"  {line}"
    if len(lines) > MOST:
        yield f"  and {counted(len(lines) - MOST, 'more axis', 'more axes')}"


def _as_plain(found: "Explained") -> dict[str, object]:
    return {
        "network": found.name,
        "groups": found.groups,
        "within": {group: list(names) for group, names in found.within.items() if names},
        "share_of_weights": found.share,
        "seconds": found.seconds,
        "proofs": [
            {
                "on": trial.on,
                "holds": trial.holds,
                "largest_change": trial.proof and trial.proof.change,
                "tolerance": trial.proof and trial.proof.tolerance,
                "modes": list(trial.proof.modes) if trial.proof else [],
                "reason": trial.reason,
            }
            for trial in found.trials
        ],
        "pins": [dict(pin) for pin in found.pins],
    }
