"""The data sets that need neither disk nor network: they come with a library or with Python."""

from collections.abc import Callable, Mapping

from .base import Dataset
from .characters import characters
from .digits import digits

EMBEDDED: Mapping[str, Callable[[], Dataset]] = {"digits": digits, "characters": characters}
