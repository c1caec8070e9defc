"""Methods by their names, as quick as they get, for laws that ask whether and not how well."""

from basinbench.methods.annealing import Annealing
from basinbench.methods.base import Method
from basinbench.methods.best_of import BestOf
from basinbench.methods.fedma import FedMA
from basinbench.methods.frank_wolfe import FrankWolfe
from basinbench.methods.pfnm import PFNM
from basinbench.methods.sinkhorn_rebasin import SinkhornRebasin
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.weight_matching import WeightMatching

CHEAPER: dict[str, Method] = {
    "annealing": Annealing(steps=10, batch=16),
    "best-of": BestOf(restarts=1, samples=64, precision="float64"),
    "frank-wolfe": FrankWolfe(iterations=4),
    "sinkhorn-rebasin": SinkhornRebasin(iterations=3),
    "fedma": FedMA(sweeps=1, batch=96),
    "pfnm": PFNM(sweeps=1),
    "straight-through": StraightThrough(epochs=1, batch=48, judge=48),
    "weight-matching": WeightMatching(precision="float64"),
}
