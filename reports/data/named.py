"""How results name a method or a finish: by its facts, which no label has to be read for."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from ...results.facts import canonical
from ...results.labels import method_label


class Named(NamedTuple):
    """A method or finish by its name and the JSON of its parameters that differ from defaults.

    `maps_from` says on which networks a method's maps were found, where not on the merged ones.
    """

    name: str
    params: str = "{}"
    maps_from: str = ""

    @property
    def parameters(self) -> Mapping[str, object]:
        """Its parameters, and what sets it apart besides."""
        own = json.loads(self.params or "{}")
        return own | ({"by": self.maps_from} if self.maps_from else {})

    @property
    def is_plain(self) -> bool:
        """Whether everything is as it comes."""
        return not self.parameters

    @property
    def label(self) -> str:
        """What it is called in tables and on the command line."""
        return method_label(self.name, self.params, self.maps_from)

    def __str__(self) -> str:
        return self.label


def named(name: str, /, **params: object) -> Named:
    """`named("weight-matching", order="forward")`: the fact that a record has of it."""
    return Named(name, canonical(params))
