"""`basinbench merge --from-files`: two checkpoints that need not fit into memory."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...errors import UserError, printable
from ...plugin_files import short_path
from ...results.facts import document, finite_or_text
from ...standard_output import print_document
from ..counting import counted
from ..errors import say
from ..keys import label_of
from ..own_networks.merge_lines import found_lines
from ..progress import display
from ..times import measured

if TYPE_CHECKING:
    from ...methods.base import Method
    from ..own_networks.from_files import MergedFiles

NOT_PROVED = "not proved: no network is run, so the symmetry that was traced is not tried on inputs"

WHOLE = (
    *("dataset", "normalise", "recipe", "points", "exclude"),
    *("aligned_out", "align_budget", "device", "force"),
)
"""Options of a merge of networks that are held."""


def main(options: Namespace, method: "Method", weights: Sequence[float] | None) -> int:
    """Match in the files, write the folder, and say what was found; 0 when that went well."""
    from ..own_networks.from_files import merge_from_files
    from ..own_networks.merging import units_moved
    from ..own_networks.named import arguments_of
    from ..own_networks.writing import check_outputs

    for name in WHOLE:
        if getattr(options, name):
            raise UserError(f"--{name.replace('_', '-')} does not go with --from-files")
    if options.finish != "none":
        raise UserError("--finish does not go with --from-files")
    if len(options.network_args) > 1:
        raise UserError("--network-args is given once with --from-files")
    maps_out = options.maps_out
    if maps_out is not None:
        check_outputs([maps_out, maps_out.with_suffix(".json")], options.checkpoints, force=False)
    with display() as shown:
        merged = merge_from_files(
            *options.checkpoints,
            network=options.network,
            arguments=arguments_of("".join(options.network_args) or "{}"),
            example=options.input,
            out=options.out,
            method=method,
            weights=weights,
            seed=options.seed,
            display=shown,
        )
    for note in merged.notes:
        say(note)
    moved = {file.name: {} for file in merged.files}
    moved[merged.files[1].name] = units_moved(merged.maps)
    if maps_out is not None:
        _write_maps(merged, options, method)
    if options.json:
        told = {
            "networks": [file.name for file in merged.files],
            "method": label_of(method),
            "proof": NOT_PROVED,
            "align_seconds": merged.seconds,
            "stats": finite_or_text(merged.stats),
            "groups": merged.networks[0].symmetry.groups(),
            "moved": moved,
            "written": [short_path(path) for path in merged.written],
        }
        print_document(document(told))
    else:
        print(printable("\n".join(_lines(merged, options, method, moved))))
    return 0


def _lines(
    merged: "MergedFiles",
    options: Namespace,
    method: "Method",
    moved: dict[str, dict[str, int]],
) -> Iterator[str]:
    names = " and ".join(file.name for file in merged.files)
    how = f"by {label_of(method)}, from their files; {measured(merged.seconds)}"
    yield f"{names} ({options.network}) {how}"
    yield NOT_PROVED
    first = merged.networks[0]
    yield from found_lines(merged.stats, first.symmetry.groups(), moved)
    kinds = sorted({str(t.dtype).removeprefix("torch.") for t in first.params.values()})
    shards = counted(len(merged.written), "file")
    tensors = f"{counted(len(first.params), 'tensor')} in {shards}, {', '.join(kinds)}"
    yield f"written: {short_path(options.out)} ({tensors})"


def _write_maps(merged: "MergedFiles", options: Namespace, method: "Method") -> None:
    from ..own_networks.writing import write_maps

    names = [file.name for file in merged.files]
    about = {"method": label_of(method), "networks": "+".join(names)}
    symmetry = merged.networks[0].symmetry
    write_maps(options.maps_out, names, ({}, merged.maps), symmetry, about)
