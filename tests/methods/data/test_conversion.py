"""Data as people have them become inputs and labels by their indices."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
)

from basinbench import Inputs, Network, Problem, UserError, trace
from basinbench.methods.data.conversion import UNLABELLED, samples_of

X, Y = torch.arange(24.0).view(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
LIKE = torch.zeros(())
INDEX = torch.tensor([4, 1])


class Rows(Dataset):
    """Samples one by one, in one of the forms that data sets have."""

    def __init__(self, form: str) -> None:
        self.form = form

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, i: int) -> Any:
        if not isinstance(i, int):
            raise TypeError(f"an index is a number, not {type(i).__name__}")
        x, y = X[i], int(Y[i])
        return {
            "pair": (x, y),
            "three": (x, 2 * x, y),
            "dictionary": {"x": x, "label": y, "text": "words"},
            "lists": {"x": x, "mask": [y, 1, 0], "label": y},
            "nested": {"x": x, "more": {"y": x}, "label": y},
            "tensor": (x, Y[i]),
            "numbers": (x.numpy(), y),
        }[self.form]


class Plain:
    """A class that has heard of no tensors."""

    def __len__(self) -> int:
        return len(X)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return X[range(6)[i]], int(Y[i])


ONE_INPUT: dict[str, Any] = {
    "tensors": TensorDataset(X, Y),
    "pair": (X, Y),
    "arrays": (X.numpy(), Y.numpy()),
    "lists": (X, Y.tolist()),
    "whole numbers as floats": TensorDataset(X, Y.float()),
    "column of labels": TensorDataset(X, Y[:, None]),
    "rows": Rows("pair"),
    "rows of tensors": Rows("tensor"),
    "rows of arrays": Rows("numbers"),
    "list": [(X[i], int(Y[i])) for i in range(6)],
    "no torch": Plain(),
    "loader": DataLoader(TensorDataset(X, Y), batch_size=4, shuffle=True),
    "loader of rows": DataLoader(Rows("pair"), batch_size=4),
    "part": Subset(TensorDataset(X.flip(0), Y.flip(0)), [5, 4, 3, 2, 1, 0]),
    "double": TensorDataset(X.double(), Y),
    "half": (X.half(), Y.int()),
}


@pytest.mark.parametrize("form", ONE_INPUT)
def test_every_form_gives_the_same_samples(form: str):
    samples = samples_of(ONE_INPUT[form], LIKE)
    assert len(samples) == 6
    x, y = samples[INDEX]
    torch.testing.assert_close(x, X[INDEX])
    torch.testing.assert_close(y, Y[INDEX])


def test_several_inputs_stay_several():
    for form in (Rows("three"), TensorDataset(X, 2 * X, Y), ((X, 2 * X), Y)):
        (a, b), y = samples_of(form, LIKE)[INDEX]
        torch.testing.assert_close((a, b, y), (X[INDEX], 2 * X[INDEX], Y[INDEX]))
    for form in (Rows("dictionary"), {"x": X, "labels": Y}, ({"x": X}, Y)):
        x, y = samples_of(form, LIKE)[INDEX]
        torch.testing.assert_close((x, y), ({"x": X[INDEX]}, Y[INDEX]))
    x, _ = samples_of((Inputs((X,), {"t": 2 * X}), Y), LIKE.double())[INDEX]
    torch.testing.assert_close(x.args[0], X[INDEX].double())
    torch.testing.assert_close(x.kwargs["t"], 2 * X[INDEX].double())


def test_what_converts_in_a_dictionary_is_among_the_inputs():
    mask = torch.stack([Y, torch.ones(6), torch.zeros(6)], dim=1).long()
    whole = {"x": X, "mask": mask.tolist(), "words": ["a"] * 6, "label": Y.tolist()}
    for form in (Rows("lists"), whole):
        x, y = samples_of(form, LIKE)[INDEX]
        torch.testing.assert_close((x, y), ({"x": X[INDEX], "mask": mask[INDEX]}, Y[INDEX]))


def test_inputs_alone_have_no_label():
    for form in (X, TensorDataset(X), {"x": X}):
        assert samples_of(form, LIKE)[INDEX][1].tolist() == [UNLABELLED] * 2


def test_a_tensor_data_set_that_fits_is_not_copied():
    data = TensorDataset(X, Y)
    assert samples_of(data, LIKE) is data


def test_a_loader_of_some_samples_gives_these_and_draws_nothing():
    sampler = SubsetRandomSampler([1, 4, 5])
    before = torch.random.get_rng_state()
    samples = samples_of(DataLoader(TensorDataset(X, Y), 2, sampler=sampler), LIKE)
    assert torch.equal(before, torch.random.get_rng_state())
    torch.testing.assert_close(samples[torch.arange(3)][0], X[[1, 4, 5]])


class Endless(IterableDataset):
    def __iter__(self) -> Iterator[Tensor]:
        raise AssertionError("nobody may read it")


FAULTS: dict[str, tuple[Any, str]] = {
    "fractions": ((X, Y + 0.5), "some are not whole"),
    "NaN": ((X, Y * torch.nan), "some are not whole"),
    "negative": ((X, Y - 1), "and one is -1"),
    "short": ((X, Y[:3]), r"one whole number a sample: 6 inputs have \(3,\)"),
    "one-hot": ((X, nn.functional.one_hot(Y)), r"one whole number a sample: 6 inputs have \(6, 3"),
    "words": ((X, ["a"] * 6), "whole numbers from 0, not"),
    "rows of words": ([(X[0], "a"), (X[1], "b")], "whole numbers from 0, not"),
    "endless": (Endless(), "only iterated has no order"),
    "loader of endless": (DataLoader(Endless()), "of an IterableDataset has no order"),
    "text": ("mnist", "data are a Dataset of torch, a DataLoader, or tensors"),
    "number": (3, "not int"),
    "three": ((X, X, Y), "not 3 things"),
    "unequal": (((X, X[:2]), Y), "samples along their first axis: 2 and 6"),
    "pair in a list": ([X, Y], r"a pair is a tuple, \(inputs, labels\)"),
    "rows of unequal sizes": ([(X[0], 0), (X[1, :2], 1)], "give tensors of one shape"),
    "nested": (Rows("nested"), "of the samples 'more' is"),
    "ragged": ({"x": X, "mask": [[1], [1, 2]] * 3, "label": Y}, "of the samples 'mask' is"),
    "for all samples": ({"x": X, "scale": 2.0, "label": Y}, "of the samples 'scale' is 2.0"),
    "pictures": ([(object(), 1)], "let its transform give tensors"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_are_no_data_is_one_sentence(fault: str):
    data, sentence = FAULTS[fault]
    with pytest.raises(UserError, match=sentence) as error:
        samples_of(data, LIKE)[torch.arange(2)]
    assert "\n" not in str(error.value)


def test_a_problem_takes_them_too():
    module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    net = Network(module, dict(module.state_dict()), trace(module, X))
    problem = Problem((net, net), DataLoader(Rows("pair")), 0, ((X, Y), [(X[0], 1)]), (X, Y))  # type: ignore[arg-type]
    torch.testing.assert_close(problem.training_data[INDEX][0], X[INDEX])
    assert problem.per_network_data is not None
    assert [len(data) for data in problem.per_network_data] == [6, 1]
    with pytest.raises(UserError, match="1 sets of data do not fit 2 networks"):
        Problem((net, net), per_network_data=((X, Y),))  # type: ignore[arg-type]
