"""Every finish: one list."""

from ...plugin_files import Plugin
from ...plugin_things import join, plugged_classes
from .applying import applied as applied
from .applying import reason_against as reason_against
from .base import Finish as Finish
from .base import Finished as Finished
from .base import Merge as Merge
from .base import MergeContext as MergeContext
from .base import Nothing as Nothing
from .batch_norm import ResetNorm as ResetNorm
from .calibration import BiasCorrection as BiasCorrection
from .calibration import TemperatureScaling as TemperatureScaling
from .repair import Repair as Repair
from .repair import Rescale as Rescale
from .retraining import FromScratch as FromScratch
from .retraining import Retrain as Retrain

BUILT_IN = (
    Nothing,
    ResetNorm,
    Repair,
    Rescale,
    Retrain,
    FromScratch,
    BiasCorrection,
    TemperatureScaling,
)


def finishes() -> dict[str, type[Finish]]:
    """Every finish by its name, those of plug-ins last."""
    found: dict[str, type[Finish]] = {finish.name: finish for finish in BUILT_IN}
    join(found, plugged_finishes(), "finish")
    return found


def plugged_finishes(of: tuple[Plugin, ...] | None = None) -> dict[str, type[Finish]]:
    """The finishes of plug-ins (default: of all) by their names."""
    return plugged_classes(Finish, "finish", ("name",), of)
