"""Methods compared on networks of a user's own, from Python."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

import torch
from safetensors.torch import save
from torch import nn

from ...datasets.base import Dataset
from ...datasets.catalogue import load
from ...datasets.plugged import hand_over
from ...environment_variables import variables_set
from ...errors import UserError
from ...methods.base import Method, Network, Problem
from ...methods.networks.construction import made_module
from ...methods.wrappers.impossible import computes_another, does_not_fit
from ...results.files import write_whole
from ...results.record import Record
from ...user_folders import HOME, default_home
from ..cells.merge import Cell
from ..errors import user_errors
from ..execution.engine import Engine
from ..finishes import Finish
from ..folders import check_writable
from ..keys import label_of
from ..measuring.budget import Budget
from ..measuring.environment import find_devices
from ..networks.base import Architecture
from ..networks.sources.given import given_network
from ..networks.sources.live import live_network
from ..training.checkpoint_file import CheckpointFile, checkpoint_files
from .named import Named, finishes_named, methods_named, network_named
from .plan import planned

if TYPE_CHECKING:
    import pandas as pd

CURVES = "curves"
"""Under which name the curves stand in the `attrs` of a comparison."""


def compare(
    *networks: Network | str | Path,
    dataset: str | Dataset,
    network: str | nn.Module | Callable[..., nn.Module] | None = None,
    arguments: Mapping[str, Any] | None = None,
    methods: Named[Method] = (),
    finishes: Named[Finish] = (),
    normalise: str | None = None,
    recipe: str | None = None,
    points: int = 25,
    all_pairs: bool = False,
    align_budget: float = inf,
    device: str | None = None,
    home: str | Path | None = None,
    again: bool = False,
) -> "pd.DataFrame":
    """Methods on your networks: a row for each method and finish, the lowest barrier first.

    `networks`: two or more, as `basinbench.network` makes them, or paths of checkpoints; of these,
    `network` is the module, a function that makes it, or a text such as "torchvision:resnet18", and
    `arguments` what that is made with. They are measured whole and traced anew: one that leaves
    parts to itself (`exclude=`), or has a symmetry written by hand, is refused.
    `dataset`: its name, or one that `basinbench.dataset` makes.
    `methods` and `finishes`: values, classes, or texts as the tables print them
    ("weight-matching(order=widest)"); by default all that apply.
    `normalise`: how pixels are normalised ("unit", "standard", "imagenet", "symmetric", or a mean
    and a deviation a channel, "0.5/0.25"); by default that of these under which the networks'
    loss on held-out training images is lowest, which a warning says. Warnings also name each
    network that is near chance, and each that does clearly better under another normalisation.
    `align_budget`: seconds that one alignment may take.

    What is fitted (a temperature, a bias, a method's setting) is fitted to the data set's
    `validation`. Where it brings none, a tenth of its training images stand in for it, on which
    your networks may have been trained: a warning says so.

    The columns: `barrier` is the greatest rise of the test loss above the line between the two
    networks, as `basinbench.line` defines it (nats; of more networks, at equal weights),
    `accuracy` that of the merge with equal weights on the test set (a share), `align_seconds` those
    of the alignment alone; of what was not measured they are blank, and `reason` says why.
    `attrs["curves"]` is a table of loss and accuracy along the line. What was measured before is
    read back, also by `basinbench compare`; `again` measures it anew. Raises `UserError`, in one
    sentence, where something does not fit.
    """
    folder = Path(home).absolute() if home is not None else default_home()
    check_writable("home", folder)
    with variables_set({HOME: str(folder)}):  # decoded data sets go there as well
        name = dataset if isinstance(dataset, str) else hand_over(dataset)
        architecture, files = _read(networks, network, arguments, folder, name)
        devices = find_devices(device)
        plan = planned(
            architecture,
            files,
            name,
            methods=methods_named(methods),
            finishes=finishes_named(finishes),
            normalise=normalise,
            recipe=recipe,
            points=points,
            all_pairs=all_pairs,
            device=devices[0],
            names=[f"network {i}" for i, one in enumerate(networks) if isinstance(one, Network)],
        )
        for note in plan.notes:
            warn(note.removeprefix("warning: "), stacklevel=2)
        engine = Engine(folder, devices)
        engine.run(plan.cells, again, Budget(inf, align_budget))
        records = [(cell, engine.records.read(cell.key)) for cell in plan.cells]
        return _table([(cell, record) for cell, record in records if record is not None])


def _read(
    networks: Sequence[Network | str | Path],
    form: str | nn.Module | Callable[..., nn.Module] | None,
    arguments: Mapping[str, Any] | None,
    home: Path,
    dataset: str,
) -> tuple[Architecture, tuple[CheckpointFile, ...]]:
    """The networks' architecture, and their checkpoints; `dataset` is what they are shown."""
    if len(networks) < 2:
        raise UserError("methods bring networks together: give two or more")
    own = [one for one in networks if isinstance(one, Network)]
    if len(own) == len(networks):
        if form is not None:
            raise UserError("networks know their module: network= is for paths of checkpoints")
        if arguments is not None:
            raise UserError("networks are made already: arguments= is for paths of checkpoints")
        return _form(own, dataset), checkpoint_files([_written(one, home) for one in own])
    if own:
        raise UserError("give networks or paths of checkpoints, and not some of both")
    if form is None:
        raise UserError("network= says what the checkpoints are of, as 'torchvision:resnet18' does")
    files = checkpoint_files([Path(str(one)) for one in networks])
    if isinstance(form, str):
        if ":" in form:
            return given_network(form, arguments), files
        return network_named(form, json.dumps(dict(arguments or {}))), files
    return live_network(made_module(form, arguments), _images(dataset)), files


def _form(networks: Sequence[Network], dataset: str) -> Architecture:
    """What all `networks` are: one module serves them all, and one symmetry, traced anew."""
    for one in networks:
        if one.symmetry.excluded:
            raise UserError(
                "compare measures whole networks: exclude= is for align, merge and line"
            )
        if one.symmetry.program is None:
            raise UserError(
                "compare traces the networks itself: a symmetry that was written by hand is for "
                "align, merge and line"
            )
    shapes = [{name: value.shape for name, value in one.params.items()} for one in networks]
    if any(other != shapes[0] for other in shapes):
        raise UserError("the networks are not of one form: they differ in layers or shapes")
    problem = Problem(tuple(networks))
    if reason := does_not_fit(problem) or computes_another(problem):
        raise UserError(f"compare {reason}")
    images = _images(dataset)
    first, *others = [live_network(one.module, images) for one in networks]
    if any(other != first for other in others):
        raise UserError(
            "the networks are not of one form: they differ in what they compute on these images, "
            "or in training mode"
        )
    return first


def _images(dataset: str) -> torch.Tensor:
    """Two blank images of the data set."""
    with user_errors():
        return torch.zeros(2, *load(dataset).shape)


def _written(network: Network, home: Path) -> Path:
    """The file in which the network's parameters are kept, by their content.

    One as `torch.save` writes it where there are extra states, which may be no tensors.
    """
    params = {name: value.detach().cpu().clone() for name, value in network.params.items()}
    if network.extra:
        file = BytesIO()
        torch.save(params | network.extra, file)
        content, suffix = file.getvalue(), ".pt"
    else:
        content, suffix = save(params), ".safetensors"
    path = home / "given" / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    return path


def _table(found: Sequence[tuple[Cell, Record]]) -> "pd.DataFrame":
    import pandas as pd

    rows = pd.DataFrame([_row(cell, record) for cell, record in found])
    rows = rows.sort_values("barrier", kind="stable", ignore_index=True)
    rows.attrs[CURVES] = pd.DataFrame(
        [
            {**_names(cell), "at": p.at, "split": p.split, "loss": p.loss, "accuracy": p.accuracy}
            for cell, record in found
            for p in record.curve
        ]
    )
    return rows


def _names(cell: Cell) -> dict[str, object]:
    names = "+".join(e.file.name for e in cell.endpoints if e.file)
    return {"networks": names, "method": label_of(cell.method), "finish": label_of(cell.finish)}


def _row(cell: Cell, record: Record) -> dict[str, object]:
    return {
        **_names(cell),
        "status": record.status,
        "barrier": record["test_barrier_chord_loss"],
        "accuracy_barrier": record["test_barrier_chord_accuracy"],
        "accuracy": record["test_accuracy_mid"],
        "networks_accuracy": record["test_accuracy_mean"],
        "ensemble_accuracy": record["test_ensemble_accuracy"],
        "align_seconds": record["align_seconds"],
        "equivalence_error": record["equivalence_error"],
        "reason": record["reason"],
    }
