"""Which data sets of some cells cannot be had, and why."""

from collections.abc import Iterable

from ...datasets.catalogue import load
from ...datasets.digest import digest
from ...datasets.inventory import PREPARED, how_to_get
from ...errors import UserError
from ..errors import user_errors
from .transfer import AnyCell, required_networks


def missing_datasets(cells: Iterable[AnyCell]) -> dict[str, str]:
    """Name -> reason, for the data sets of `cells` that neither lie there nor can be downloaded.

    What can be downloaded is, here: keys hold the digests of data, so it has to be there before
    they are asked for.
    """
    found: dict[str, str] = {}
    for name in dict.fromkeys(e.dataset for cell in cells for e in required_networks(cell)):
        if digest(name) is not None:
            continue
        if name in PREPARED:
            found[name] = f"data set {name!r} is not there; {how_to_get(name)}"
            continue
        try:
            with user_errors():
                load(name)
        except UserError as error:
            found[name] = str(error)
    return found
