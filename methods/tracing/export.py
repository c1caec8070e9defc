"""A network as a graph of ATen operators, by `torch.export`."""

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import Dim, ExportedProgram

from ...errors import UserError
from .single_layers import SingleLayers


@dataclass(frozen=True, eq=False)
class Exported:
    """The graph of one forward pass, in evaluation mode, and what its placeholders stand for.

    `state`: the shape of every parameter and buffer, in the order of first use, the unused last.
    `sources`: placeholder -> the names of a parameter or buffer, several if they share one tensor.
    `constants`: placeholder -> tensor. Any other placeholder is the input. `unused`: names that
    the graph does not use. `dynamic`: whether it takes batches of any size, or single images.
    """

    module: fx.GraphModule
    state: dict[str, tuple[int, ...]]
    sources: dict[str, tuple[str, ...]]
    constants: dict[str, Tensor]
    unused: frozenset[str]
    dynamic: bool


def export(module: nn.Module, example: Tensor) -> Exported:
    """The forward pass of `module` on inputs like `example`; `UserError` if it has no graph.

    The batch is a free dimension where the network allows it, and else of size 1.
    """
    try:
        with _undisturbed():
            twin = _evaluation_twin(module)
            program = _with_free_batch(twin, example)
            dynamic = program is not None
            if program is None:
                program = torch.export.export(twin, (example[:1],), strict=False)
    except Exception as error:  # torch.export raises whatever the network made it meet
        reason = str(error).strip().split("\n")[0].rstrip(".")[:160]
        raise UserError(
            f"{type(module).__name__} cannot be exported ({type(error).__name__}: {reason}); "
            "its specification can be given by hand with from_axes_to_perm"
        ) from error
    return _described(program, module, dynamic)


def _with_free_batch(module: nn.Module, example: Tensor) -> ExportedProgram | None:
    """The graph for batches of any size; `None` if the network has none."""
    batch = example if len(example) > 1 else torch.cat([example, example])
    try:
        program = torch.export.export(
            module, (batch,), dynamic_shapes=({0: Dim.AUTO},), strict=False
        )
    except Exception:  # then a single image is tried, whose error is the one to report
        return None
    (name,) = program.graph_signature.user_inputs
    (node,) = (node for node in program.graph.nodes if node.name == name)
    size = node.meta["val"].shape[0]
    free = isinstance(size, torch.SymInt) and size.node.maybe_as_int() is None
    return program if free else None


def concrete(value: Any) -> Any:
    """A symbolic size as the number that it was in the example; anything else as it is."""
    return value.node.hint if isinstance(value, torch.SymInt) else value


def shapes(node: fx.Node) -> tuple[tuple[int, ...], ...]:
    """The shape of every tensor that `node` returns, in the example."""
    value = node.meta.get("val")
    values = value if isinstance(value, (list, tuple)) else [value]
    return tuple(tuple(map(concrete, v.shape)) for v in values if isinstance(v, Tensor))


def _described(program: ExportedProgram, module: nn.Module, dynamic: bool) -> Exported:
    signature, state = program.graph_signature, module.state_dict(keep_vars=True)
    aliases: dict[int, list[str]] = {}
    for name, tensor in state.items():
        aliases.setdefault(id(tensor), []).append(name)
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    lifted = {**names, **signature.inputs_to_lifted_tensor_constants}
    sources = {
        node: tuple(aliases[id(state[name])]) for node, name in names.items() if name in state
    }
    used = [
        name
        for node in program.graph.nodes
        for argument in node.all_input_nodes
        for name in sources.get(argument.name, ())
    ]
    return Exported(
        module=program.graph_module,
        state={name: tuple(state[name].shape) for name in dict.fromkeys([*used, *state])},
        sources=sources,
        constants={
            node: constant
            for node, name in lifted.items()
            if node not in sources and isinstance(constant := program.constants[name], Tensor)
        },
        unused=frozenset(state).difference(used),
        dynamic=dynamic,
    )


def _evaluation_twin(module: nn.Module) -> nn.Module:
    """A copy in evaluation mode that shares the tensors, so that `module` keeps its mode."""
    tensors = [*module.parameters(), *module.buffers()]
    return copy.deepcopy(module, {id(tensor): tensor for tensor in tensors}).eval()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Export without log lines, and without the fused attention that hides its weights."""
    disabled, fast = logging.root.manager.disable, torch.backends.mha.get_fastpath_enabled()
    logging.disable(logging.CRITICAL)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), torch.enable_grad(), SingleLayers():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        logging.disable(disabled)
