"""What a network is made of is checked, and stays as it is."""

import math
import threading
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from basinbench import Network, UserError, align, line, trace
from basinbench.methods.modules.twin import twin


def mlp(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, classes))


X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))


def net(module: nn.Module, x: Tensor = X) -> Network:
    return Network(module, dict(module.state_dict()), trace(module, x))


class Cached(nn.Module):
    """Everything that a copy has to get right: caches, closures, lists, locks, counters."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 6)
        self.head = nn.Linear(6, 3)
        self.steps = [self.layer, self.head]
        self.act = lambda x: self.head(x).tanh()
        self.lock = threading.Lock()
        self.last: Tensor | None = None
        self.calls: Tensor
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("mask", torch.ones(6), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        with self.lock:
            self.calls += 1
            self.last = hidden = self.steps[0](x) * self.mask
            self.made_on_the_way = hidden
            return self.act(hidden.relu())


def state(module: nn.Module) -> dict[str, Tensor]:
    return {n: v.clone() for n, v in module.state_dict().items()}


def test_a_module_in_training_mode_is_left_alone_and_computes_as_in_evaluation():
    module = nn.Sequential(mlp(6), nn.Dropout(0.9), nn.Linear(6, 3)).train()
    before = state(module)
    network = net(module)
    assert torch.equal(network(X), network(X))
    assert module.training
    assert all(torch.equal(before[n], v) for n, v in module.state_dict().items())
    torch.testing.assert_close(network(X), module.eval()(X))


def test_the_twin_has_layers_of_its_own_wherever_they_are_kept():
    module = Cached()
    module(X)  # now it holds a tensor that is no leaf, which deepcopy refuses
    network = net(module)
    expected = module(X)
    before, last = state(module), module.last
    torch.testing.assert_close(network(X), expected)
    for name in ("layer.bias", "head.bias"):
        other = {n: v + 1 if n == name else v for n, v in network.params.items()}
        assert not torch.allclose(network(X, other), expected), name
    assert torch.equal(module.calls, before["calls"])
    assert module.last is last
    assert torch.equal(network.params["calls"], before["calls"])


@pytest.mark.parametrize("make", [parametrizations.weight_norm, parametrizations.spectral_norm])
def test_parametrised_layers_are_copied(make: Callable[[nn.Module], nn.Module]):
    module = nn.Sequential(make(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 3)).eval()
    network = net(module)
    torch.testing.assert_close(network(X), module(X))
    name = next(n for n in network.params if n.endswith("original0") or n.endswith("original"))
    other = network.params | {name: network.params[name].flip(0)}
    assert not torch.allclose(network(X, other), network(X))


def test_hooks_that_compute_stay_and_call_the_twins_layers():
    module = mlp().eval()

    def twice(_: nn.Module, __: object, result: Tensor) -> Tensor:
        return 2 * result

    module.register_forward_hook(twice)
    network = net(module)
    torch.testing.assert_close(network(X), module(X))


def test_a_forward_that_was_wrapped_calls_the_twins_layers():
    module = mlp().eval()
    inner, scale = module.forward, [2.0]

    def outer(input: Tensor, again: bool = True) -> Tensor:
        return outer(input, again=False) * scale[0] if again else inner(input)

    module.forward = outer  # type: ignore[method-assign, assignment]
    symmetry = trace(mlp(), X)
    network = Network(module, dict(module.state_dict()), symmetry)
    torch.testing.assert_close(network(X), module(X))
    zeros = {n: torch.zeros_like(v) for n, v in network.params.items()}
    assert not network(X, zeros | {"1.running_var": torch.ones(6)}).any()


def test_an_embedding_that_renormalises_rows_changes_nothing():
    module = nn.Sequential(nn.Embedding(7, 4, max_norm=0.1), nn.Flatten(), nn.Linear(8, 3))
    before = state(module)
    network = net(module, torch.tensor([[0, 1], [2, 3]]))
    network(torch.tensor([[4, 5]]))
    assert torch.equal(network.params["0.weight"], before["0.weight"])
    assert torch.equal(module.state_dict()["0.weight"], before["0.weight"])


def test_parameters_are_detached_and_not_copied():
    module = mlp().eval()
    symmetry = trace(module, X)
    params = dict(module.named_parameters()) | dict(module.named_buffers())
    network = Network(module, params, symmetry)
    assert not any(v.requires_grad for v in network.params.values())
    assert network.params["0.weight"].data_ptr() == module.state_dict()["0.weight"].data_ptr()
    with torch.inference_mode():
        made = {n: v.clone() for n, v in params.items()}
        assert not any(v.is_inference() for v in Network(module, made, symmetry).params.values())


def tied() -> nn.Sequential:
    module = nn.Sequential(nn.Embedding(11, 6), nn.Linear(6, 6), nn.Linear(6, 11, bias=False))
    module[2].weight = module[0].weight
    return module


IDS = torch.tensor([[1, 2, 3]])


def test_tied_tensors_stand_under_each_name():
    module = tied()
    symmetry = trace(module, IDS)
    for params in (module.state_dict(), dict(module.named_parameters())):
        network = Network(module, dict(params), symmetry)
        torch.testing.assert_close(network(IDS), module(IDS))
        assert network.params.keys() == module.state_dict().keys()
    apart = {**module.state_dict(), "2.weight": torch.zeros(11, 6)}
    with pytest.raises(UserError, match=r"'0.weight' and '2.weight' share one tensor"):
        Network(module, apart, symmetry)


def test_a_layer_used_twice_under_two_names_is_one():
    layer = nn.Linear(6, 6)
    module = nn.Sequential(nn.Linear(4, 6), layer, nn.ReLU(), layer, nn.Linear(6, 3))
    network = net(module)
    doubled = {n: 2 * v for n, v in network.params.items()}
    expected = module(X)  # torch itself leaves values of the second name in its layer for good
    once = {n: v for n, v in doubled.items() if not n.startswith("3.")}
    before = network(X)
    torch.testing.assert_close(network(X, doubled), torch.func.functional_call(module, once, (X,)))
    torch.testing.assert_close(network.module(X), expected)
    assert torch.equal(network(X), before)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(kind: torch.dtype):
    module = mlp().eval()
    symmetry = trace(module, X)
    network = Network(module.to(kind), dict(module.state_dict()), symmetry)
    assert network.params["0.weight"].dtype == torch.float32
    assert network(X.to(kind)).dtype == torch.float32
    assert network.stored["0.weight"] == kind
    assert module[0].weight.dtype == kind
    halves = {n: v.to(kind) if v.is_floating_point() else v for n, v in network.params.items()}
    torch.testing.assert_close(network(X, halves), network(X))


def test_a_network_of_several_precisions_has_one():
    module = mlp().eval()
    params = dict(module.state_dict())
    params["0.weight"] = params["0.weight"].bfloat16()
    params["3.weight"] = params["3.weight"].double()
    network = Network(module, params, trace(module, X))
    assert {v.dtype for v in network.params.values() if v.is_floating_point()} == {torch.float64}
    assert network.stored["0.weight"] == torch.bfloat16
    assert network(X).isfinite().all()


def without(params: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {n: v for n, v in params.items() if n != name}


FAULTS: dict[str, tuple[Callable[[dict[str, Tensor]], object], str]] = {
    "no running statistics": (
        lambda p: without(p, "1.running_mean"),
        r"lack '1.running_mean' of Sequential; dict\(module.state_dict\(\)\) holds the buffers",
    ),
    "no weight": (lambda p: without(p, "0.weight"), "lack '0.weight' of Sequential"),
    "unknown": (lambda p: p | {"x": torch.zeros(2)}, "Sequential has no 'x'"),
    "shape": (lambda p: p | {"0.bias": torch.zeros(7)}, r"'0.bias' has the shape \(7,\)"),
    "scalar": (lambda p: p | {"0.bias": torch.zeros(())}, r"'0.bias' has the shape \(\)"),
    "NaN": (lambda p: p | {"0.bias": p["0.bias"] * torch.nan}, "'0.bias' has 6 values that are"),
    "infinite": (
        lambda p: p | {"1.running_var": torch.tensor([1, 1, 1, 1, 1, torch.inf])},
        "'1.running_var' has 1 value that is not finite",
    ),
    "no tensor": (lambda p: p | {"0.bias": [0.0] * 6}, "'0.bias' is list and not a tensor"),
    "no dictionary": (lambda p: list(p.values()), "are a dictionary of tensors by name"),
    "whole numbers": (lambda p: p | {"0.bias": torch.zeros(6).long()}, "'0.bias' is int64"),
    "meta": (lambda p: p | {"0.bias": torch.zeros(6, device="meta")}, "on the meta device"),
    "sparse": (lambda p: p | {"0.weight": p["0.weight"].to_sparse()}, "a sparse tensor"),
    "complex": (lambda p: p | {"0.bias": p["0.bias"] + 1j}, "'0.bias' is complex"),
    "quantised": (
        lambda p: p | {"0.bias": torch.quantize_per_tensor(p["0.bias"], 0.1, 0, torch.qint8)},
        "'0.bias' is quantised",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_one_sentence(fault: str):
    module = mlp()
    change, sentence = FAULTS[fault]
    with pytest.raises(UserError, match=sentence) as error:
        Network(module, change(dict(module.state_dict())), trace(module, X))  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    assert isinstance(error.value, ValueError)


class Causal(nn.Module):
    """Attention to what came before, by a mask that its checkpoints hold."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.head = nn.Linear(4, 6), nn.Linear(6, 3)
        self.mask: Tensor
        self.register_buffer("mask", torch.full((5, 5), -torch.inf).triu(1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        return self.head(((x @ x.mT) + self.mask).softmax(-1) @ x).mean(1)


def test_a_constant_may_be_infinite_and_not_nan():
    """A mask is nobody's to average: merges, lines and moved networks have it as it is."""
    x = X[None].expand(2, 5, 4)
    nets = tuple(net(Causal(), x) for _ in range(2))
    found = align(*nets)
    for params in (*found.networks, found.merge([0.5, 0.5])):
        assert torch.equal(params["mask"], nets[0].params["mask"])
        assert nets[0](x, params).isfinite().all()
    data = x, torch.arange(2)
    assert all(map(math.isfinite, line(*nets, data=data, points=3).losses))
    odd = nets[0].params["mask"].clone()
    odd[0, 0] = torch.nan
    with pytest.raises(UserError, match="'mask' has 1 value that is not finite"):
        Network(Causal(), nets[0].params | {"mask": odd}, nets[0].symmetry)


def test_modules_and_symmetries_that_are_none():
    module = mlp()
    params, symmetry = dict(module.state_dict()), trace(module, X)
    for odd, sentence in {
        nn.DataParallel(module): "DataParallel only wraps",
        torch.nn.LazyLinear(3): "'weight' has no shape yet",
        torch.jit.trace(module.eval(), X): "TorchScript",
        "module": "made of a torch.nn.Module, not str",
    }.items():
        with pytest.raises(UserError, match=sentence):
            Network(odd, params, symmetry)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"what trace\(module, example\) gives, not dict"):
        Network(module, params, {})  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"'3.weight' has the shape \(3, 6\) in the parameters and"):
        Network(module, params, trace(mlp(5), X))
    with pytest.raises(UserError, match=r"another network.s: .0.bias. and 7"):
        Network(module, params, trace(nn.Sequential(nn.Linear(4, 6, bias=False)), X))


def test_a_twin_has_no_compiled_call_of_the_users_module():
    module = mlp().eval()
    module._compiled_call_impl = lambda *_: "the user's"  # type: ignore[assignment]
    assert isinstance(twin(module, dict(module.state_dict()))(X), Tensor)
