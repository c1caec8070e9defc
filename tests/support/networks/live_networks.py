"""Small networks that are alive, and what the laws make of them once."""

from functools import cache

from torch import Tensor

from basinbench.methods.base import Alignment, Method
from basinbench.runners.networks.alive import ARCHITECTURES as ARCHITECTURES
from basinbench.runners.networks.alive import CLASSES as CLASSES
from basinbench.runners.networks.alive import NESTED as NESTED
from basinbench.runners.networks.alive import SHAPE as SHAPE
from basinbench.runners.networks.alive import alive as alive
from basinbench.runners.networks.alive import built as built
from basinbench.runners.networks.alive import network as network
from basinbench.runners.networks.alive import problem as problem
from basinbench.runners.networks.alive import samples as samples
from basinbench.runners.networks.alive import shuffled as shuffled


@cache
def alignment(method: Method, name: str) -> Alignment:
    """The alignment of `problem(name)` by `method`, made once for all the laws that look at it."""
    return method.align(problem(name))


def clone(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tensors.items()}
