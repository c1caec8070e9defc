"""A method out of one function: its signature, and all that it may return."""

import random
from collections.abc import Callable

import live_networks
import numpy as np
import pytest
import torch

import basinbench
from basinbench.errors import UserError
from basinbench.methods.base import Alignment, Problem, transported
from basinbench.methods.plugins.function import FunctionMethod, as_alignment
from basinbench.methods.symmetry.maps import Linear, Map, Permutation
from basinbench.runners.keys import key, label_of
from basinbench.runners.measuring.timing import same_result

# ruff: noqa: ARG001, ARG005  # the functions stand for methods: their arguments are a contract


@basinbench.method(paper="an example")
def turned_round(problem: Problem, *, shift: int = 1, groups: tuple[str, ...] = ()):
    """Every unit meets the one some places further."""
    return {
        g: torch.arange(n).roll(shift)
        for g, n in problem.networks[1].widths.items()
        if not groups or g in groups
    }


def index_of(problem: Problem, group: str = "hidden.0") -> torch.Tensor:
    return torch.arange(problem.networks[1].widths[group]).roll(3)


def test_a_function_becomes_a_value_with_its_name_and_docstring():
    value = turned_round(shift=2)
    assert (value.name, value.paper) == ("turned-round", "an example")
    assert turned_round.__doc__ == "Every unit meets the one some places further."
    assert label_of(value) == "turned-round(shift=2)"
    assert value == turned_round(shift=2) != turned_round()
    assert hash(value) == hash(turned_round(shift=2))
    assert key(value) != key(turned_round())
    assert isinstance(value, basinbench.Method)
    assert value.skip(live_networks.problem("mlp")) is None
    with pytest.raises(TypeError, match="unexpected keyword argument 'shfit'"):
        turned_round(shfit=2)


def test_hyper_parameters_reach_the_function():
    problem = live_networks.problem("mlp")
    maps = turned_round(shift=5, groups=("hidden.1",)).align(problem).maps
    assert maps == ({}, {"hidden.1": Permutation(torch.arange(40).roll(5))})


FORMS: dict[str, Callable[[torch.Tensor], object]] = {
    "tensor": lambda i: i,
    "32 bits": lambda i: i.int(),
    "list": lambda i: i.tolist(),
    "array": lambda i: i.numpy(),
    "map": Permutation,
    "permutation matrix": lambda i: torch.eye(len(i))[i],
    "nested list": lambda i: torch.eye(len(i), dtype=torch.int64)[i].tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_index_is_the_same_permutation(form: str):
    problem = live_networks.problem("mlp")
    index = index_of(problem)
    alignment = as_alignment({"hidden.0": FORMS[form](index)}, problem)
    assert same_result(alignment, Alignment(({}, {"hidden.0": Permutation(index)})))


def test_a_matrix_goes_in_and_its_pseudo_inverse_back():
    problem = live_networks.problem("mlp")
    generator = torch.Generator().manual_seed(0)
    tall = torch.randn(40, 32, generator=generator, dtype=torch.float64)
    m = as_alignment([{}, {"hidden.0": tall}], problem).maps[1]["hidden.0"]
    assert isinstance(m, Linear)
    torch.testing.assert_close(m.back @ m.into, torch.eye(32, dtype=torch.float64))
    rotation = torch.linalg.qr(tall[:32]).Q
    m = as_alignment({"hidden.0": rotation.numpy()}, problem).maps[1]["hidden.0"]
    assert isinstance(m, Linear)
    torch.testing.assert_close(m.back, rotation.T)


def test_maps_of_many_networks_parameters_and_alignments():
    three = live_networks.problem("mlp", (1, 2, 3))
    index = index_of(three)
    alignment = as_alignment([None, {"hidden.0": index}, {}], three)
    assert [dict(maps) for maps in alignment.maps] == [{}, {"hidden.0": Permutation(index)}, {}]
    own = Alignment(({}, {}, {}), {"sweeps": 3})
    assert as_alignment(own, three) is own
    params = {k: 2 * v for k, v in three.networks[0].params.items()}
    merged = as_alignment(params, three)
    assert merged.merged is not None
    assert all(torch.equal(merged.merged[k], v) for k, v in params.items())


def test_merged_parameters_may_be_wider_if_they_are_so_everywhere():
    problem = live_networks.problem("mlp")
    net = problem.networks[0]
    wider = Linear(torch.eye(36, 32, dtype=torch.float64), torch.eye(32, 36, dtype=torch.float64))
    params = net.symmetry.transport(net.params, {"hidden.0": wider})

    @basinbench.method(paper="none")
    def widened(problem: Problem):
        return params

    merged = widened().align(problem).merged
    assert merged is not None
    x = live_networks.samples(4)[:][0]
    torch.testing.assert_close(net(x, merged), net(x))
    params["hidden.0.bias"] = params["hidden.0.bias"][:-1]
    with pytest.raises(UserError, match=r"'hidden.0.bias' has the shape \(35,\), where \(36,\)"):
        widened().align(problem)


WRONG: dict[str, tuple[Callable[[Problem], object], str]] = {
    "nothing": (lambda p: None, "returned None; a method returns a dict"),
    "a number": (lambda p: 3, "returned an int; a method returns a dict"),
    "a tensor": (lambda p: torch.arange(3), "returned a Tensor; a method"),
    "too few maps": (lambda p: [{}], "returned 1 dicts of maps for 2 networks"),
    "no dict": (lambda p: [{}, index_of(p)], "returned a Tensor for network 1, not a dict"),
    "no group": (lambda p: {"hiden.0": index_of(p)}, "network 1 has no group 'hiden.0'; it has"),
    "short": (lambda p: {"hidden.0": [0, 1]}, "group 'hidden.0' has 32 units, its index 2"),
    "twice": (
        lambda p: {"hidden.0": [1, 1, *range(2, 32)]},
        "the index of group 'hidden.0' is no permutation: 0 comes never",
    ),
    "out of range": (lambda p: {"hidden.0": range(1, 33)}, "no permutation: 0 comes never"),
    "floats": (
        lambda p: {"hidden.0": index_of(p).float()},
        "the index of group 'hidden.0' holds torch.float32, not whole numbers",
    ),
    "words": (lambda p: {"hidden.0": ["a"] * 32}, "is a list that is no array of numbers"),
    "ragged": (lambda p: {"hidden.0": [[1], [1, 2]]}, "is a list that is no array of numbers"),
    "a cube": (lambda p: {"hidden.0": torch.ones(32, 1, 1)}, "has the shape (32, 1, 1); an index"),
    "a wide matrix": (
        lambda p: {"hidden.0": torch.rand(32, 40)},
        "the matrix of group 'hidden.0' is (32, 40), not (size, 32)",
    ),
    "not a number": (lambda p: {"hidden.0": torch.rand(32, 32) / 0}, "'hidden.0' is not finite"),
    "map of another size": (
        lambda p: {"hidden.0": Permutation.identity(3)},
        "group 'hidden.0' of network 1 has 32 units, its map is for 3",
    ),
    "two sizes": (
        lambda p: {"hidden.0": torch.rand(40, 32)},
        "group 'hidden.0' lead to 32 units in one network and to 40 in another",
    ),
    "parameters missing": (
        lambda p: {"head.bias": p.networks[0].params["head.bias"]},
        "the merged parameters lack 'head.weight' and 6 more",
    ),
    "unknown parameters": (
        lambda p: p.networks[0].params | {"tail": torch.ones(1)},
        "the networks have no parameter 'tail', which the merged parameters name",
    ),
    "a parameter's shape": (
        lambda p: p.networks[0].params | {"head.bias": torch.ones(9)},
        "the merged 'head.bias' has the shape (9,), where (5,) would fit",
    ),
    "a parameter's type": (
        lambda p: p.networks[0].params | {"head.bias": [1.0]},
        "the merged 'head.bias' is a list, not a tensor",
    ),
    "an alignment of one": (lambda p: Alignment(({},)), "maps for each of 2 networks, not for 1"),
    "an index for a map": (
        lambda p: Alignment(({}, {"hidden.0": index_of(p)})),  # type: ignore[dict-item]
        "the map of group 'hidden.0' of network 1 is a Tensor, not a Map",
    ),
    "tensors in stats": (
        lambda p: Alignment(({}, {}), {"loss": torch.ones(2)}),  # type: ignore[dict-item]
        "`stats` holds plain numbers, but 'loss' is a Tensor",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_alignment_is_one_sentence(case: str):
    function, sentence = WRONG[case]
    wrong = basinbench.method(paper="none", name="wrong")(lambda problem: function(problem))
    with pytest.raises(UserError) as error:
        wrong().align(live_networks.problem("mlp"))
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_two_dicts_are_needed_for_three_networks():
    with pytest.raises(UserError, match="for 3 networks return a list of as many dicts"):
        turned_round().align(live_networks.problem("mlp", (1, 2, 3)))


def untyped(problem, steps=3): ...
def without_default(problem, *, steps: int): ...
def unhashable(problem, *, sizes: list[int] = [1, 2]): ...  # noqa: B006
def array(problem, *, start: np.ndarray = np.zeros(2)): ...  # noqa: B008
def no_problem(): ...
def many(problem, **options: int): ...
def taken(problem, *, name: str = "x"): ...
def overriding(problem, *, align: bool = True): ...


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (untyped, "hyper-parameter 'steps' of untyped needs a type, as in `steps: float = 1.0`"),
        (without_default, "hyper-parameter 'steps' of without_default needs a default"),
        (unhashable, "hyper-parameter 'sizes' of unhashable has a list as its default; take"),
        (array, "hyper-parameter 'start' of array has a ndarray as its default"),
        (no_problem, "no_problem takes no problem"),
        (many, "many takes **options: int; its hyper-parameters must be named one by one"),
        (taken, "hyper-parameter 'name' of taken needs another name"),
        (overriding, "hyper-parameter 'align' of overriding needs another name"),
    ],
)
def test_a_signature_that_is_none_of_a_method(function: Callable[..., object], sentence: str):
    with pytest.raises(UserError) as error:
        basinbench.method(paper="none")(function)
    assert str(error.value).startswith(sentence)


def test_a_decorator_without_brackets_is_told():
    with pytest.raises(UserError, match=r'write @method\(paper="..."\) with brackets'):
        basinbench.method(lambda problem: {})  # type: ignore[arg-type]


def streams() -> tuple:
    numpy_state = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return random.getstate(), numpy_state["key"].tolist(), torch.random.get_rng_state().tolist()


def test_global_random_streams_begin_at_the_seed_and_come_back():
    @basinbench.method(paper="none")
    def drawn(problem: Problem):
        numbers = random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002, S311
        return Alignment(({}, {}), dict(zip("abc", numbers, strict=True)))

    before = streams()
    first, second, other = (
        drawn().align(live_networks.problem("mlp", seed=s)).stats for s in (0, 0, 1)
    )
    assert first == second
    assert all(first[k] != other[k] for k in "abc")
    assert streams() == before


def test_what_the_function_returned_may_change_later():
    kept = np.arange(32)[::-1].copy()

    @basinbench.method(paper="none")
    def keeping(problem: Problem):
        return {"hidden.0": kept}

    problem = live_networks.problem("mlp")
    (_, maps) = keeping().align(problem).maps
    kept[:] = 0
    x = live_networks.samples(4)[:][0]
    _, moved = transported(problem, Alignment(({}, maps)))
    torch.testing.assert_close(problem.networks[1](x, moved), problem.networks[1](x))


def test_the_abstract_class_is_no_method():
    with pytest.raises(TypeError, match="abstract"):
        FunctionMethod()  # type: ignore[abstract]
    assert issubclass(turned_round, FunctionMethod)
    assert not issubclass(FunctionMethod, Map)
