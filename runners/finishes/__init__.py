"""Every finish: one list."""

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


def finishes() -> dict[str, type[Finish]]:
    """Every finish by its name."""
    every = (
        Nothing,
        ResetNorm,
        Repair,
        Rescale,
        Retrain,
        FromScratch,
        BiasCorrection,
        TemperatureScaling,
    )
    return {finish.name: finish for finish in every}
