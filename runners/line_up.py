"""Which methods stand in a block: all there are, or some with every plug-in beside them."""

from ..methods.base import Method
from ..methods.catalogue import built_in, methods


def each_method() -> tuple[Method, ...]:
    """Each method of the catalogue as it comes: a new file in `methods` is in every grid."""
    return tuple(method() for method in methods().values())


def chosen(*some: Method) -> tuple[Method, ...]:
    """Some methods, and every plug-in: where there is no time for all, a user's own is there."""
    own = (method() for name, method in methods().items() if name not in built_in())
    return (*some, *own)
