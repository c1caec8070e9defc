"""Trained endpoints: what defines one, and where it is kept so that it is trained once."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from warnings import warn

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from ...checked_fields import Checked, NonNegativeInt, PositiveInt, Seed
from ...datasets.base import Dataset
from ...datasets.digest import digest
from ...datasets.splits import Shared, Split
from ...errors import UserError
from ...methods.modules.twin import tensors
from ...methods.symmetry.axes import Params
from ...results.facts import canonical
from ...results.files import write_whole
from ..keys import description, key
from ..networks.base import Architecture
from ..usage import used
from .checkpoint_file import CheckpointFile
from .inputs import Normalised, normalised
from .recipes import Recipe
from .steps import launch
from .train import OnEpoch, train


@dataclass(frozen=True)
class Endpoint(Checked):
    """One network to be trained: all that decides its parameters, save machine and versions.

    It sees part `part` of the `parts` into which `split` deals the training set of `dataset`. One
    that has a `file` was trained by somebody else: `recipe` is how its inputs are normalised and
    how it would be trained further.
    """

    kind: ClassVar[str] = "endpoint"

    network: Architecture
    dataset: str
    recipe: Recipe
    seed: Seed
    split: Split = field(default_factory=Shared)
    part: NonNegativeInt = 0
    parts: PositiveInt = 2
    file: CheckpointFile | None = None

    def more(self) -> dict[str, object]:
        """The data that the name of the data set stands for; `None` where it is not at hand."""
        return {"data": digest(self.dataset)}

    def samples(self, dataset: Dataset) -> Normalised:
        """The endpoint's own training images, normalised, on the device of `dataset`.

        Raises `UserError` when the data set does not suit the split or the recipe.
        """
        try:
            deal = self.split.parts(dataset.train.labels, dataset.classes, self.parts)
            whole = isinstance(self.split, Shared)
            images = dataset.train if whole else dataset.train.take(deal[self.part])
            return normalised(dataset, images, self.recipe)
        except ValueError as error:
            raise UserError(
                f"{dataset.name} does not suit {self.recipe.name!r}: {error}"
            ) from error


@dataclass(frozen=True)
class EndpointStore:
    """Trained endpoints as safetensors files under `home`/endpoints, named by the endpoint's key.

    A file is written whole or not at all; its metadata hold the endpoint's description, seconds,
    CPU seconds, peak memory, device, versions, final loss, and a checksum of all this and of every
    tensor.
    """

    home: Path

    def path(self, endpoint: Endpoint) -> Path:
        """Where `endpoint` is kept."""
        return self.home / "endpoints" / f"{key(endpoint)}.safetensors"

    def has(self, endpoint: Endpoint) -> bool:
        """Whether there is a file, sound or not: nothing has to be trained."""
        return endpoint.file is not None or self.path(endpoint).exists()

    def facts(self, endpoint: Endpoint) -> dict[str, str]:
        """The metadata of a kept endpoint: description, seconds, memory, device, torch, loss."""
        with safe_open(self.path(endpoint), "pt") as file:
            return file.metadata()

    def seconds(self, endpoint: Endpoint) -> float:
        """How long the kept endpoint was trained."""
        return float(self.facts(endpoint)["seconds"])

    def get(
        self,
        endpoint: Endpoint,
        module: nn.Module,
        samples: Normalised,
        device: torch.device | str,
        on_epoch: OnEpoch | None = None,
    ) -> Params:
        """Parameters of `endpoint` on `device`: read if kept, else trained and written.

        `module` is `endpoint.network` built for its data set; `samples` are the endpoint's own,
        as `endpoint.samples(dataset)` gives them. A damaged file is named in a warning, set aside
        as `*.damaged` and replaced; one that cannot be read is left alone. Raises `UserError` for
        that, and when the home folder cannot be written.
        """
        path = self.path(endpoint)
        if path.exists():
            try:
                return _read_checkpoint(path, description(endpoint), tensors(module), device)
            except OSError as error:
                raise UserError(f"cannot read checkpoint {path}: {error.strerror}.") from error
            except (SafetensorError, ValueError, TypeError, RuntimeError, KeyError) as error:
                aside = path.with_suffix(".damaged")
                _replace(path, aside)
                warn(
                    f"checkpoint {path} is damaged ({error}); "
                    f"it is now {aside.name} and the endpoint is trained again",
                    stacklevel=2,
                )
        _folder(path.parent)  # before minutes of training, not after
        losses = []

        def keep(epoch: int, epochs: int, loss: float) -> None:
            losses.append(loss)
            if on_epoch is not None:
                on_epoch(epoch, epochs, loss)

        taken = used(
            lambda: train(
                module, samples.to(device), endpoint.recipe, endpoint.seed, on_epoch=keep
            ),
            torch.device(device),
        )
        facts = {
            "description": description(endpoint),
            "seconds": f"{taken.seconds:.3f}",
            "cpu_seconds": f"{taken.cpu_seconds:.3f}",
            "peak_bytes": f"{taken.peak_bytes:.0f}",  # `nan` where unknown
            "device": _device_name(torch.device(device)),
            "threads": str(torch.get_num_threads()),
            "torch": torch.__version__,
            "steps": launch(),
            "loss": repr(losses[-1]) if losses else "",
        }
        _write_checkpoint(path, taken.result, facts)
        return taken.result


def _read_checkpoint(path: Path, what: str, form: Params, device: torch.device | str) -> Params:
    """The tensors in `path`; raises `ValueError` unless it is `what` and fits `form`."""
    with safe_open(path, "pt", device="cpu") as file:  # a full device is no damage of the file
        facts = file.metadata() or {}
        params = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if facts.get("description") != what:
        raise ValueError("it describes another endpoint")
    if facts.get("checksum") != _checksum(params, facts):
        raise ValueError("its contents do not have the checksum that was written with them")
    if {n: t.shape for n, t in params.items()} != {n: t.shape for n, t in form.items()}:
        raise ValueError("its tensors are not those of the network")
    if not all(tensor.isfinite().all() for tensor in params.values()):
        raise ValueError("some of its numbers are not finite")
    return {name: params[name].to(device) for name in form}


def _checksum(params: Params, facts: Mapping[str, str]) -> str:
    """A hash of all facts but itself, and of the bytes of all tensors on the CPU."""
    whole = hashlib.sha256()
    whole.update(canonical({k: v for k, v in facts.items() if k != "checksum"}).encode())
    for name, tensor in sorted(params.items()):
        whole.update(canonical([name, str(tensor.dtype), tensor.shape]).encode())
        whole.update(tensor.contiguous().flatten().view(torch.uint8).numpy().data)
    return whole.hexdigest()


def _write_checkpoint(path: Path, params: Params, facts: dict[str, str]) -> None:
    on_cpu = {name: tensor.detach().cpu() for name, tensor in params.items()}
    write_whole(path, save(on_cpu, facts | {"checksum": _checksum(on_cpu, facts)}))


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot create {folder}: {error.strerror}.") from error
    if not os.access(folder, os.W_OK):
        raise UserError(f"cannot write to {folder}.")


def _replace(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except OSError as error:
        raise UserError(f"cannot set aside damaged {path}: {error.strerror}.") from error


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
