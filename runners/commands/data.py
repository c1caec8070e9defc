"""`basinbench data`: which data sets there are, and the making of those made from others."""

from argparse import Namespace

from ...errors import UserError, printable


def main(options: Namespace) -> int:
    """List the data sets, or prepare one; 0 when that went well."""
    from ...datasets.digest import digest
    from ...datasets.prepare import prepare
    from ...datasets.root import data_root
    from ..errors import user_errors

    if options.action is None:
        return _list()
    if options.name is None:
        raise UserError(
            "name the data set to prepare, as in `basinbench data prepare cifar10-jpeg`"
        )
    with user_errors():
        folder = prepare(options.name, data_root())
    print(f"{folder}: digest {digest(options.name)}")
    return 0


def _list() -> int:
    """A line for each data set: where it is, the digest of its data, and its size."""
    from ...datasets.inventory import inventory
    from ...datasets.root import data_root
    from ..errors import user_errors

    with user_errors():
        found = inventory()
    width = max(len(one.name) for one in found)
    for one in found:
        size = "" if one.bytes is None else f"{one.bytes / 1e6:7.1f} MB"
        print(
            printable(
                f"  {one.name:{width}}  {one.state:14}  {one.digest or '':16}  {size}".rstrip()
            )
        )
    print(f"data sets lie in {data_root()}; BASINBENCH_DATA names another folder")
    return 0
