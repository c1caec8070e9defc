"""`basinbench compare`: methods on checkpoints of a user's own, as on the cells of a grid."""

from argparse import Namespace
from typing import TYPE_CHECKING

from ..errors import say
from .run import run_chosen

if TYPE_CHECKING:
    from .chosen_cells import ChosenCells


def main(options: Namespace) -> int:
    """Measure, gather, and say how it ended, as `basinbench run` does."""
    return run_chosen(options, _chosen)


def _chosen(options: Namespace) -> "ChosenCells":
    """The cells of the checkpoints that the options name, and the name of their table."""
    from ..grids.files import check_name
    from ..measuring.environment import find_devices
    from ..own_networks.comparison import default_name
    from ..own_networks.named import finishes_named, methods_named, network_named
    from ..own_networks.plan import planned
    from ..training.checkpoint_file import checkpoint_files
    from .chosen_cells import ChosenCells

    if options.name is not None:
        check_name(options.name)
    files = checkpoint_files(options.checkpoints)
    plan = planned(
        network_named(options.network, options.network_args),
        files,
        options.dataset,
        methods=methods_named(options.method),
        finishes=finishes_named(options.finish),
        normalise=options.normalise,
        recipe=options.recipe,
        points=options.points,
        all_pairs=options.all_pairs,
        device=find_devices(options.device)[0],
    )
    for note in plan.notes:
        say(note)
    return ChosenCells([*plan.cells], options.name or default_name(files), [*plan.cells])
