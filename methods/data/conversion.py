"""Data as people have them, a data set, a loader, tensors, made what methods read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    default_collate,
)

from ...errors import UserError
from ..modules.forms import Inputs, in_precision, tensors_of
from .loaders import chosen_by
from .numbers import of_numbers
from .samples import Samples, Subset

LABELS = ("labels", "label", "targets", "target")
"""What dictionaries of inputs call their labels."""

UNLABELLED = -1
"""The label of what has none: no loss takes it."""


def samples_of(data: Any, like: Tensor) -> Samples:
    """`data` as `Samples`, on the device of the tensor `like` and floating in its precision.

    Takes a data set (of pairs of inputs and a label, of longer tuples with the label last, or of
    dictionaries), a `DataLoader` of one, whose order does not matter, a pair (inputs, labels) of
    tensors, a dictionary of tensors with `labels`, or inputs alone, whose label is `UNLABELLED`.
    No more than the first sample is read before a method asks for them. Raises `UserError` where
    it is none of these.
    """
    found = _indexed(data)
    if len(found) == 0 or (found is data and not isinstance(data, TensorDataset)):
        return found
    x, y = found[torch.arange(1)]
    fits = all(
        t.device == like.device and (not t.is_floating_point() or t.dtype == like.dtype)
        for t in tensors_of(x)
    )
    return found if fits and y.device == like.device else Converted(found, like)


def labels_of(y: Any, count: int) -> Tensor:
    """`y` as int64 labels of `count` samples; `UserError` unless they are whole numbers from 0."""
    try:
        labels = torch.as_tensor(y)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"labels must be whole numbers from 0, not {_short(y)}") from error
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or len(labels) != count:
        shape = tuple(labels.shape)
        raise UserError(f"labels must be one whole number a sample: {count} inputs have {shape}")
    if labels.is_complex() or (labels.is_floating_point() and not labels.equal(labels.round())):
        raise UserError("labels must be whole numbers from 0, and some are not whole")
    labels = labels.long()
    if count and (lowest := int(labels.min())) < 0:
        raise UserError(f"labels must be whole numbers from 0, and one is {lowest}")
    return labels


@dataclass(frozen=True, eq=False)
class Columns:
    """Inputs held as tensors, their first axis the samples, and their labels (n,)."""

    inputs: Any
    labels: Tensor

    def __post_init__(self) -> None:
        of_numbers(self.inputs)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> tuple[Any, Tensor]:
        return _rows(self.inputs, index), self.labels[index.to(self.labels.device)]


@dataclass(frozen=True, eq=False)
class Gathered:
    """Samples that a data set gives one by one, put together as a `DataLoader` would."""

    data: Any
    collate: Callable[[list[Any]], Any] = default_collate

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Tensor) -> tuple[Any, Tensor]:
        try:
            batch = self.collate([self.data[i] for i in index.tolist()])
        except (TypeError, RuntimeError) as error:
            raise UserError(
                f"samples of {type(self.data).__name__} cannot be put together "
                f"({str(error).splitlines()[0][:120]}): let its transform give tensors of one shape"
            ) from error
        x, y = _inputs_and_labels(batch, len(index))
        of_numbers(x)
        return x, y


@dataclass(frozen=True, eq=False)
class Converted:
    """The same samples on the device of `like`, floating inputs in its precision."""

    takes_indices: ClassVar[bool] = True

    samples: Samples
    like: Tensor

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Tensor) -> tuple[Any, Tensor]:
        x, y = self.samples[index]
        return _to(in_precision(x, self.like.dtype), self.like.device), y.to(self.like.device)


def _indexed(data: Any) -> Samples:
    """What gives inputs and labels at a tensor of indices."""
    if getattr(type(data), "takes_indices", False):
        return data
    if isinstance(data, DataLoader):
        return _of_loader(data)
    if isinstance(data, TensorDataset):
        return _of_tensors(data)
    if isinstance(data, IterableDataset):
        raise UserError("a data set that is only iterated has no order: give tensors or a Dataset")
    if isinstance(data, (Tensor, Mapping, Inputs)):
        return Columns(*_inputs_and_labels(data, _count(data)))
    if isinstance(data, tuple):
        return _of_pair(data)
    _is_no_pair_in_a_list(data)
    _are_no_raw_images(data)
    if not (hasattr(data, "__len__") and hasattr(data, "__getitem__")) or isinstance(data, str):
        raise UserError(
            "data are a Dataset of torch, a DataLoader, or tensors (inputs, labels), "
            f"not {type(data).__name__}"
        )
    if isinstance(getattr(data, "labels", None), Tensor) and not isinstance(data, Dataset):
        return data  # it knows its labels without a look at the inputs
    if isinstance(data, (Dataset, list)) or not _takes_tensors(data):
        return Gathered(data)
    return data


def _of_loader(loader: DataLoader) -> Samples:
    """The loader's data set, put together as it would: its order and batches do not matter."""
    if isinstance(loader.dataset, IterableDataset):
        raise UserError("a loader of an IterableDataset has no order: give tensors or a Dataset")
    plain = loader.collate_fn is default_collate
    if plain and isinstance(loader.dataset, TensorDataset):
        whole = _of_tensors(loader.dataset)
    else:
        whole = Gathered(loader.dataset, loader.collate_fn)
    taken = chosen_by(loader)
    return whole if taken is None else Subset(whole, taken)


def _of_tensors(data: TensorDataset) -> Samples:
    *inputs, labels = data.tensors
    if not inputs:
        return Columns(labels, torch.full((len(labels),), UNLABELLED))
    found = labels_of(labels, len(labels))
    if len(inputs) == 1 and found is labels:
        of_numbers(inputs[0])
        return data
    return Columns(inputs[0] if len(inputs) == 1 else tuple(inputs), found)


def _of_pair(data: tuple[Any, ...]) -> Samples:
    if len(data) != 2:
        raise UserError(
            f"data in a tuple are (inputs, labels), not {len(data)} things: "
            "several inputs stand in a tuple or a dictionary of their own"
        )
    inputs, labels = data
    if not any(True for _ in tensors_of(inputs)):
        inputs = torch.as_tensor(inputs)
    return Columns(inputs, labels_of(labels, _count(inputs)))


def _inputs_and_labels(batch: Any, count: int) -> tuple[Any, Tensor]:
    """A batch cut in two; `UNLABELLED` where it has no labels."""
    if isinstance(batch, Mapping):
        name = next((name for name in LABELS if name in batch), None)
        values = {n: _as_tensor(n, v, count) for n, v in batch.items() if n != name}
        inputs = {n: v for n, v in values.items() if v is not None}
        if name is not None and inputs:
            return inputs, labels_of(batch[name], count)
        batch = inputs
    if isinstance(batch, (tuple, list)) and len(batch) > 1:
        *inputs, labels = batch
        x = inputs[0] if len(inputs) == 1 else tuple(inputs)
        return x, labels_of(labels, count)
    if isinstance(batch, (tuple, list)) and batch:
        batch = batch[0]
    if not any(True for _ in tensors_of(batch)):
        raise UserError(f"a sample is inputs and a label, not {type(batch).__name__}")
    return batch, torch.full((count,), UNLABELLED)


def _as_tensor(name: Any, value: Any, count: int) -> Tensor | None:
    """What a dictionary of `count` samples holds under `name`; `None` for words, and for nothing.

    `default_collate` makes of a list of numbers in each sample a list of one tensor a place.
    """
    if isinstance(value, Tensor) or value is None:
        return value
    if isinstance(value, str) or (value and isinstance(value, list) and isinstance(value[0], str)):
        return None
    try:
        if isinstance(value, (list, tuple)) and any(isinstance(v, Tensor) for v in value):
            found = torch.stack(list(value), dim=1)
        else:
            found = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        found = torch.empty(0)
    if found.shape[:1] != (count,):
        raise UserError(
            f"of the samples {name!r} is {_short(value)}, and no tensor with one entry for each of "
            f"the {count}: let it be one, or leave it out"
        )
    return found


def _is_no_pair_in_a_list(data: Any) -> None:
    tensors = isinstance(data, list) and all(isinstance(each, Tensor) for each in data)
    if tensors and len(data) == 2 and data[0].shape != data[1].shape:
        raise UserError("a list holds samples one by one: a pair is a tuple, (inputs, labels)")


def _are_no_raw_images(data: Any) -> None:
    """`UserError` for a data set as `basinbench.dataset` makes it, and for a split of one."""
    split = getattr(data, "train", data)
    parts = (getattr(split, name, None) for name in ("images", "labels"))
    if all(isinstance(part, Tensor) for part in parts) and not hasattr(split, "__getitem__"):
        raise UserError(
            "a basinbench.Dataset holds raw pixels, and nothing says how these networks want them: "
            "give tensors as they were trained on, such as (test.images / 255, test.labels) of its "
            "test split"
        )


def _count(inputs: Any) -> int:
    sizes = {len(t) if t.ndim else 0 for t in tensors_of(inputs)}
    if len(sizes) != 1:
        counts = " and ".join(map(str, sorted(sizes))) or "none"
        raise UserError(f"tensors of inputs hold the samples along their first axis: {counts}")
    return sizes.pop()


def _takes_tensors(data: Any) -> bool:
    """Whether `data` gives a batch at a tensor of indices, and not only a sample at a number."""
    try:
        x, y = data[torch.arange(1)]
        return isinstance(y, Tensor) and y.shape[:1] == (1,) and _count(x) == 1
    except Exception:  # whatever a foreign class does with a tensor
        return False


def _rows(x: Any, index: Tensor) -> Any:
    return _each(x, lambda t: t[index.to(t.device)])


def _to(x: Any, device: torch.device) -> Any:
    return _each(x, lambda t: t.to(device))


def _each(x: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """`x` with every tensor in it changed."""
    if isinstance(x, Tensor):
        return change(x)
    if isinstance(x, Inputs):
        return Inputs(_each(x.args, change), _each(x.kwargs, change))
    if isinstance(x, Mapping):
        return {name: _each(value, change) for name, value in x.items()}
    if isinstance(x, (tuple, list)):
        return type(x)(_each(value, change) for value in x)
    return x


def _short(value: Any) -> str:
    return repr(value)[:60]
