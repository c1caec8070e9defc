"""Methods as their authors' code has them, where that differs from their papers or from this."""

from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.cca_merge import CCAMerge
from ...methods.fedma import FedMA
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.pfnm import PFNM
from ...methods.straight_through import StraightThrough
from ...methods.weight_matching import WeightMatching
from ...methods.zipit import ZipIt

AS_RELEASED: tuple[Method, ...] = (
    WeightMatching(as_released=True),
    ActivationMatching(precision="float32"),
    StraightThrough(keep="last"),
    OTFusionWeights(as_released=True),
    OTFusionWeights(as_released=True, solver="sinkhorn"),
    OTFusionWeights(as_released=True, solver="sinkhorn", ground_metric="log"),
    OTFusionActivations(as_released=True),
    PFNM(as_released=True),
    FedMA(as_released=True, epochs=0),
    ZipIt(as_released=True),
    CCAMerge(as_released=True),
)
"""The presets; the docstring of each method says what they change, and what still differs.

Sinkhorn on distances of activations that are not normalised is not among them: there the authors'
code stops with plans that are not numbers.
"""
