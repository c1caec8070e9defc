"""Small networks that are alive, and what the laws make of them once."""

from functools import cache

from torch import Tensor

from basinbench.methods.base import Alignment, Method
from basinbench.runners.specimens import ARCHITECTURES as ARCHITECTURES
from basinbench.runners.specimens import CLASSES as CLASSES
from basinbench.runners.specimens import SHAPE as SHAPE
from basinbench.runners.specimens import alive as alive
from basinbench.runners.specimens import built as built
from basinbench.runners.specimens import network as network
from basinbench.runners.specimens import problem as problem
from basinbench.runners.specimens import samples as samples
from basinbench.runners.specimens import shuffled as shuffled


@cache
def alignment(method: Method, name: str) -> Alignment:
    """The alignment of `problem(name)` by `method`, made once for all the laws that look at it."""
    return method.align(problem(name))


def clone(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tensors.items()}
