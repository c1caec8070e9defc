"""`basinbench merge`: checkpoints of a user's own merged into one."""

import math
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UserError, printable
from ...plugin_files import short_path
from ...results.facts import document, finite_or_text
from ...standard_output import print_document
from ...user_folders import default_home
from ..counting import counted
from ..errors import say
from ..keys import label_of
from ..own_networks.merge_lines import found_lines
from ..progress import display
from ..threads import working_threads
from ..times import measured
from . import merge_from_files

if TYPE_CHECKING:
    from ...methods.base import Method
    from ..finishes import Finish
    from ..own_networks.merging import Merged
    from ..training.checkpoint_file import CheckpointFile


def main(options: Namespace) -> int:
    """Read, align, prove, merge, finish, and write; 0 when all of that went well."""
    with working_threads(options.threads):
        return _merge(options)


def _merge(options: Namespace) -> int:
    from ..measuring.environment import find_device
    from ..own_networks.given import Given
    from ..own_networks.merging import merge_files
    from ..own_networks.named import network_named, one_finish, one_method
    from ..own_networks.writing import check_outputs
    from ..training.checkpoint_file import checkpoint_files

    method, finish = one_method(options.method), one_finish(options.finish)
    weights = _weights(options.weights)
    if options.from_files:
        return merge_from_files.main(options, method, weights)
    files = checkpoint_files(options.checkpoints)
    if len(files) < 2:
        raise UserError("a merge is of two checkpoints or more")
    outputs = _outputs(options, files)
    check_outputs(list(outputs.values()), [Path(file.path) for file in files], options.force)
    made_with = options.network_args or ["{}"]
    if len(made_with) not in (1, len(files)):
        raise UserError(
            f"--network-args is given once, or once for each of the {len(files)} checkpoints, "
            f"not {counted(len(made_with), 'time')}"
        )
    each = [network_named(options.network, arguments) for arguments in made_with]
    given = Given(
        each[0],
        files,
        options.dataset,
        options.normalise,
        options.recipe,
        options.input,
        options.exclude,
        each if len(each) > 1 else (),
        [path for what, path in outputs.items() if what not in ("maps", "axes")],
    )
    with display() as shown:
        merged = merge_files(
            given,
            method,
            finish=finish,
            weights=weights,
            seed=options.seed,
            points=options.points,
            seconds=options.align_budget or math.inf,
            device=find_device(options.device),
            home=default_home(),
            display=shown,
        )
    for note in merged.notes:
        say(note)
    _write(merged, options, files, method, finish, outputs)
    if options.json:
        print_document(document(_as_plain(merged, method, finish, files, outputs)))
    else:
        print(printable("\n".join(_lines(merged, options, method, finish, files, outputs))))
    return 0


def _weights(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UserError(
            f"--weights are numbers with commas, such as 0.3,0.7, not {text!r}"
        ) from error


def _outputs(options: Namespace, files: "tuple[CheckpointFile, ...]") -> dict[str, Path]:
    """What is written -> where: the merge, each aligned network under its name, the maps."""
    found = {"merge": options.out}
    if options.aligned_out is not None:
        for file in files:
            name = file.name.replace("/", "-").replace("\\", "-")
            found[file.name] = options.aligned_out / f"{name}{options.out.suffix}"
    if options.maps_out is not None:
        if options.maps_out.suffix != ".safetensors":
            raise UserError(
                f"--maps-out ends in .safetensors, unlike {short_path(options.maps_out)}"
            )
        found |= {"maps": options.maps_out, "axes": options.maps_out.with_suffix(".json")}
    return found


def _write(
    merged: "Merged",
    options: Namespace,
    files: "tuple[CheckpointFile, ...]",
    method: "Method",
    finish: "Finish",
    outputs: Mapping[str, Path],
) -> None:
    from ..own_networks.writing import write_checkpoint, write_maps

    aligned = (
        merged.aligned if options.aligned_out is not None else ()
    )  # before anything is written
    about = {
        "method": label_of(method),
        "finish": label_of(finish),
        "networks": "+".join(file.name for file in files),
        "digests": "+".join(file.digest for file in files),
    }
    extra = [network.extra for network in merged.problem.networks]
    write_checkpoint(outputs["merge"], merged.params | extra[0], about)
    for file, params, own in zip(files, aligned, extra, strict=False):
        write_checkpoint(outputs[file.name], params | own, {**about, "network": file.name})
    if "maps" in outputs:
        symmetry = merged.problem.networks[0].symmetry
        names = [file.name for file in files]
        write_maps(outputs["maps"], names, merged.alignment.maps, symmetry, about)


def _lines(
    merged: "Merged",
    options: Namespace,
    method: "Method",
    finish: "Finish",
    files: "tuple[CheckpointFile, ...]",
    outputs: Mapping[str, Path],
) -> Iterator[str]:
    """What was proved, found, measured and written."""
    after = "" if finish.name == "none" else f", then {label_of(finish)}"
    names = " and ".join(file.name for file in files)
    yield f"{names} ({options.network}) by {label_of(method)}{after}; {measured(merged.seconds)}"
    yield f"proved: {merged.proof}"
    sizes = merged.problem.networks[0].symmetry.groups()
    moved = {file.name: own for file, own in zip(files, merged.moved, strict=True)}
    yield from found_lines(merged.alignment.stats, sizes, moved)
    yield from _measured(merged)
    count = len(merged.params)
    kinds = sorted({str(t.dtype).removeprefix("torch.") for t in merged.params.values()})
    merge = short_path(outputs["merge"])
    yield f"written: {merge} ({counted(count, 'tensor')}, {', '.join(kinds)})"
    for what, path in outputs.items():
        if what != "merge":
            yield f"         {short_path(path)}"


def _measured(merged: "Merged") -> Iterator[str]:
    found = merged.measured
    if found is None:
        return
    own = ", ".join(f"{100 * score.accuracy:.2f}" for score in found.networks)
    together = 100 * found.columns["test_ensemble_accuracy"]
    yield f"accuracy on {found.dataset}, test: {100 * found.final.accuracy:.2f} % of the merge"
    yield f"  networks: {own} %; their ensemble: {together:.2f} %"
    loss = found.columns.get("test_barrier_chord_loss")
    accuracy = found.columns.get("test_barrier_chord_accuracy")
    if loss is not None and accuracy is not None:
        points = f"at {len({point.at for point in found.curve})} points, {label_of(found.along)}"
        yield (
            f"  barrier: {loss:.4f} nats of loss, {100 * accuracy:.2f} points of accuracy "
            f"({points})"
        )


def _as_plain(
    merged: "Merged",
    method: "Method",
    finish: "Finish",
    files: "tuple[CheckpointFile, ...]",
    outputs: Mapping[str, Path],
) -> dict[str, object]:
    """One document with all that was found."""
    found = merged.measured
    told: dict[str, object] = {
        "networks": [file.name for file in files],
        "method": label_of(method),
        "finish": label_of(finish),
        "proof": merged.proof,
        "largest_change": merged.error,
        "align_seconds": merged.seconds,
        "stats": finite_or_text(merged.alignment.stats),
        "groups": merged.problem.networks[0].symmetry.groups(),
        "moved": {file.name: dict(own) for file, own in zip(files, merged.moved, strict=True)},
        "written": {what: short_path(path) for what, path in outputs.items()},
    }
    if found is not None:
        told["measured"] = {
            "dataset": found.dataset,
            "accuracy": found.final.accuracy,
            "loss": found.final.loss,
            "networks_accuracy": [score.accuracy for score in found.networks],
            "along": label_of(found.along),
            "barrier": found.columns.get("test_barrier_chord_loss"),
            "accuracy_barrier": found.columns.get("test_barrier_chord_accuracy"),
        }
    return told
