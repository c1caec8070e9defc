"""How networks are brought into one basis: the interface, and one file per method."""

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .activation_matching import ActivationMatching as ActivationMatching
    from .annealing import Annealing as Annealing
    from .base import Alignment as Alignment
    from .base import Method as Method
    from .base import Network as Network
    from .base import Problem as Problem
    from .base import Samples as Samples
    from .baselines import Parent as Parent
    from .best_of import BestOf as BestOf
    from .cca_merge import CCAMerge as CCAMerge
    from .fedma import FedMA as FedMA
    from .forward_bipartite import ForwardBipartite as ForwardBipartite
    from .frank_wolfe import FrankWolfe as FrankWolfe
    from .identity import Identity as Identity
    from .merge_many import MergeMany as MergeMany
    from .neuron_alignment import NeuronAlignment as NeuronAlignment
    from .otfusion import OTFusionActivations as OTFusionActivations
    from .otfusion import OTFusionWeights as OTFusionWeights
    from .pfnm import PFNM as PFNM
    from .plugins.catalogue import find_method as find_method
    from .plugins.catalogue import methods as methods
    from .plugins.function import method as method
    from .sinkhorn_rebasin import SinkhornRebasin as SinkhornRebasin
    from .straight_through import StraightThrough as StraightThrough
    from .weight_matching import WeightMatching as WeightMatching
    from .zipit import ZipIt as ZipIt

_HOMES = {
    "ActivationMatching": ".activation_matching",
    "Alignment": ".base",
    "Annealing": ".annealing",
    "BestOf": ".best_of",
    "CCAMerge": ".cca_merge",
    "FedMA": ".fedma",
    "ForwardBipartite": ".forward_bipartite",
    "FrankWolfe": ".frank_wolfe",
    "Identity": ".identity",
    "MergeMany": ".merge_many",
    "Method": ".base",
    "Network": ".base",
    "NeuronAlignment": ".neuron_alignment",
    "OTFusionActivations": ".otfusion",
    "OTFusionWeights": ".otfusion",
    "PFNM": ".pfnm",
    "Parent": ".baselines",
    "Problem": ".base",
    "Samples": ".base",
    "SinkhornRebasin": ".sinkhorn_rebasin",
    "StraightThrough": ".straight_through",
    "WeightMatching": ".weight_matching",
    "ZipIt": ".zipit",
    "find_method": ".plugins.catalogue",
    "method": ".plugins.function",
    "methods": ".plugins.catalogue",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
