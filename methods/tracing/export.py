"""A network as a graph of ATen operators, by `torch.export`."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import Dim, ExportedProgram, ShapesCollection
from torch.utils import _pytree as pytree

from ...errors import UserError
from ..modules.forms import Batch, Inputs, Output, arguments, in_precision
from ..modules.precision import in_full
from ..modules.signature import Signature
from ..modules.twin import tensors, twin
from .regions import inline_regions
from .results import compared
from .single_layers import SingleLayers

Form = tuple[tuple[int | None, ...] | None, ...]
"""The shape of every input, `None` for a size that is free; `None` for what is no tensor."""


@dataclass(frozen=True, eq=False)
class Exported:
    """The graph of one forward pass, and what its placeholders stand for.

    `state`: the shape of every parameter and buffer, in the order of first use, the unused last.
    `sources`: placeholder -> the names of a parameter or buffer, several if they share one tensor.
    `constants`: placeholder -> a tensor that is in no `state_dict`; `labels`: what its owner calls
    it. Any other placeholder is an input, in the order of `leaves`, whose shapes `form` tells.
    `used`: names that the graph uses. `inputs`: the example, of zeros that take no memory;
    `signature`: how the forward pass calls them.
    """

    module: fx.GraphModule
    state: dict[str, tuple[int, ...]]
    sources: dict[str, tuple[str, ...]]
    constants: dict[str, Tensor]
    labels: dict[str, str]
    used: frozenset[str]
    form: Form
    inputs: Inputs
    signature: Signature

    def leaves(self, x: Batch) -> list[Any]:
        """The inputs one by one, in the order of the forward pass's arguments.

        Raises `UserError` where it does not take such arguments.
        """
        return pytree.tree_leaves(self.signature.by_name(x))

    def structure(self, x: Batch) -> pytree.TreeSpec:
        """Which arguments `x` gives, and what they are made of."""
        return pytree.tree_structure(self.signature.by_name(x))

    def zeros(self) -> Inputs:
        """Inputs of the example's shapes and types, on its device."""
        values = tuple(self.inputs.args), dict(self.inputs.kwargs)
        return Inputs(*pytree.tree_map_only(Tensor, Tensor.contiguous, values))

    def fits(self, x: Batch, least: int = 1) -> bool:
        """Whether the graph is that of inputs like `x`: of their arguments, shapes and kinds.

        A size that is free is `least` or more: what a network does with batches of one alone, the
        graph of several does not say. `UserError` where the forward pass does not take such
        arguments.
        """
        if self.structure(x) != self.structure(self.inputs):
            return False
        pairs = zip(self.leaves(x), self.leaves(self.inputs), self.form, strict=True)
        return all(_alike(value, own, sizes, least) for value, own, sizes in pairs)


def export(
    module: nn.Module, x: Batch, output: Output | None = None, training: bool = False
) -> Exported:
    """The forward pass of `module` on inputs like `x`; `UserError` if it has no graph.

    The inputs stay as they are, and the first dimension of each is free where the network allows
    it. `training` takes the way of training mode, but for the norms and dropout.
    """
    x = in_module_precision(module, Signature.of(module).ordered(x, "the example"))
    try:
        with _undisturbed():
            own = _twin(module, output, training)
            program = _program(own, x)
            inline_regions(program.graph_module)
            return _described(program, module, x)
    except Exception as error:  # torch.export raises whatever the network made it meet
        reason = str(error).strip().split("\n")[0].rstrip(".")[:160]
        raise UserError(
            f"{type(module).__name__} cannot be exported ({type(error).__name__}: {reason}); "
            "its specification can be given by hand with from_axes_to_perm"
        ) from error


def in_training_mode(module: nn.Module) -> None:
    """Put `module` in training mode, but for norms and dropout, whose work is another then."""
    for part in module.modules():
        part.training = not isinstance(part, _DIFFERENT_IN_TRAINING)


def in_module_precision(module: nn.Module, x: Batch) -> Inputs:
    """The inputs in the precision that the parameters are computed in."""
    values = in_full(tensors(module)).values()
    floating = next((v.dtype for v in values if v.is_floating_point()), torch.float32)
    return in_precision(arguments(x), floating)


def concrete(value: Any) -> Any:
    """A symbolic size as the number that it was in the example; anything else as it is.

    A size that depends on the numbers of the example has none; 2 stands for it, which fits no
    rule but those that do not care.
    """
    if not isinstance(value, torch.SymInt):
        return value
    return value.node.hint if value.node.has_hint() else 2


def shapes(node: fx.Node) -> tuple[tuple[int, ...], ...]:
    """The shape of every tensor that `node` returns, in the example."""
    value = node.meta.get("val")
    values = value if isinstance(value, (list, tuple)) else [value]
    return tuple(tuple(map(concrete, v.shape)) for v in values if isinstance(v, Tensor))


def _alike(value: Any, own: Any, sizes: tuple[int | None, ...] | None, least: int) -> bool:
    """Whether `value` is a tensor like the example's `own`, of `sizes`, or the same thing."""
    if not isinstance(own, Tensor) or sizes is None:
        return _equal(value, own)
    return (
        isinstance(value, Tensor)
        and (value.dtype == own.dtype or (value.is_floating_point() and own.is_floating_point()))
        and value.ndim == len(sizes)
        and all(
            n >= least if size is None else n == size
            for n, size in zip(value.shape, sizes, strict=True)
        )
    )


def _equal(value: Any, own: Any) -> bool:
    if isinstance(value, Tensor) or type(value) is not type(own):
        return False
    try:
        return bool(value == own)
    except Exception:  # whatever comparing things of a user's raises
        return value is own


def _twin(module: nn.Module, output: Output | None, training: bool) -> nn.Module:
    """A copy that shares the parameters and returns the tensors that are to stay as they are."""
    own = twin(module, in_full(tensors(module)))
    if training:
        in_training_mode(own)
    own.register_forward_hook(lambda _module, _args, result: compared(result, output))
    return own


_DIFFERENT_IN_TRAINING = (
    nn.modules.batchnorm._NormBase,
    nn.modules.dropout._DropoutNd,
)
"""Layers of which both modes are known to treat all units alike."""


def _program(module: nn.Module, x: Inputs) -> ExportedProgram:
    """The graph for any number of images where there is one, else for just these inputs."""
    sizes = ShapesCollection()
    for value in _leaves(x):
        if isinstance(value, Tensor) and value.ndim:
            sizes[value] = {0: Dim.AUTO}
    args, kwargs = tuple(x.args), dict(x.kwargs)
    try:
        return torch.export.export(module, args, kwargs, dynamic_shapes=sizes, strict=False)
    except Exception:  # then fixed sizes are tried, whose error is the one to report
        return torch.export.export(module, args, kwargs, strict=False)


def _described(program: ExportedProgram, module: nn.Module, x: Inputs) -> Exported:
    signature, state = program.graph_signature, tensors(module)
    aliases: dict[int, list[str]] = {}
    for name, tensor in state.items():
        aliases.setdefault(id(tensor), []).append(name)
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    lifted = {**names, **signature.inputs_to_lifted_tensor_constants}
    sources = {
        node: tuple(aliases[id(state[name])]) for node, name in names.items() if name in state
    }
    graph = program.graph_module.graph
    used = [
        name
        for node in graph.nodes
        for argument in node.all_input_nodes
        for name in sources.get(argument.name, ())
    ]
    held = {**program.state_dict, **program.constants}
    constants = {
        node: held[name]
        for node, name in lifted.items()
        if node not in sources and isinstance(held.get(name), Tensor)
    }
    inputs = [
        node
        for node in graph.nodes
        if node.op == "placeholder" and node.name not in sources and node.name not in constants
    ]
    if len(inputs) != len(_leaves(x)):
        raise UserError(f"{len(_leaves(x))} inputs became {len(inputs)} in its graph")
    return Exported(
        module=program.graph_module,
        state={name: tuple(state[name].shape) for name in dict.fromkeys([*used, *state])},
        sources=sources,
        constants=constants,
        labels={node: lifted[node] for node in constants},
        used=frozenset(used),
        form=tuple(map(_form, inputs)),
        inputs=Inputs(*pytree.tree_map(_blank, (x.args, dict(x.kwargs)))),
        signature=Signature.of(module),
    )


def _leaves(x: Inputs) -> list[Any]:
    return pytree.tree_leaves((x.args, dict(x.kwargs)))


def _blank(value: Any) -> Any:
    return value.new_zeros(()).expand(value.shape) if isinstance(value, Tensor) else value


def _form(node: fx.Node) -> tuple[int | None, ...] | None:
    value = node.meta.get("val")
    if not isinstance(value, Tensor):
        return None
    sizes = (n.node.maybe_as_int() if isinstance(n, torch.SymInt) else n for n in value.shape)
    return tuple(sizes)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Export without a word, and without the fused attention that hides its weights."""
    disabled, fast = logging.root.manager.disable, torch.backends.mha.get_fastpath_enabled()
    logging.disable(logging.CRITICAL)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        # Of what it cannot export torch prints the graph so far, once for each try.
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with torch.enable_grad(), SingleLayers():
                yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        logging.disable(disabled)
