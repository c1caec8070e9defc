"""Training one network by a recipe."""

import math
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import UserError
from ...methods.modules.extra_state import extra_states, same_value
from ...methods.modules.twin import tensors
from ...methods.plugins.global_rng import own_random_streams
from ...methods.symmetry.axes import Params
from ..networks.functional import fill
from ..networks.memory_format import memory_format
from ..seeds import seed_of
from .inputs import Normalised
from .recipes import Recipe
from .steps import Forward, gradients_of

OnEpoch = Callable[[int, int, float], None]
"""Called after each epoch with its number from 1, the number of epochs, and the mean loss."""

OnParams = Callable[[int, Params], None]
"""Called before the first epoch with 0, and after each with its number: a copy of what is there."""

LECUN_STD = 0.87962566103423978
"""Standard deviation of a unit normal cut off at -2 and 2: what flax divides by."""

BIASES = {"flax": 0.0, "pfnm": 0.1}
"""What biases start at, where not at PyTorch's default."""


def train(
    module: nn.Module,
    samples: Normalised,
    recipe: Recipe,
    seed: int,
    *,
    params: Mapping[str, Tensor] | None = None,
    epochs: int | None = None,
    lr_scale: float = 1,
    on_epoch: OnEpoch | None = None,
    on_params: OnParams | None = None,
) -> Params:
    """Parameters and buffers of a copy of `module`, trained on `samples` where these live.

    Starts from `params`, of any widths, if given (retraining), else from the recipe's
    initialisation and the seed, for `epochs` where given. What the recipe's schedule says in shares
    of a run (a cosine, one cycle) is then stretched over these; what it counts in epochs or steps
    (a warm-up, the falls of `Steps`) comes when it would. Its rate is times `lr_scale`. The seed
    also deals the batches and the augmentation: on a CPU the same arguments and number of threads
    give the same parameters, bit for bit. `module`, `params` and the global random stream stay as
    they are. In bfloat16 where the recipe says `amp` (on CUDA) or
    `cpu_amp`. `steps` says how steps are launched.

    Raises `RuntimeError` when the loss is no longer finite, and `UserError` for a module whose
    extra state training changes.
    """
    recipe = replace(recipe, epochs=recipe.epochs if epochs is None else epochs)
    with own_random_streams(seed_of("layers", seed), samples.device):
        module, before = deepcopy(module), extra_states(module)
        if params is None:
            initialise(module, recipe.init, seed)
        else:
            fill(module, params)
        module.to(samples.device).to(memory_format=memory_format(module))
        if on_params is not None:
            on_params(0, _copied(module))
        for epoch, loss in enumerate(
            _epoch_losses(module.train(), samples, recipe, seed, lr_scale), 1
        ):
            if not math.isfinite(loss):
                raise RuntimeError(
                    f"training by recipe {recipe.label!r} with seed {seed} diverged: "
                    f"the mean loss of epoch {epoch} is {loss}"
                )
            if on_epoch is not None:
                on_epoch(epoch, recipe.epochs, loss)
            if on_params is not None:
                on_params(epoch, _copied(module))
        if not same_value(extra_states(module), before):
            raise UserError(
                f"training changes the extra state of {type(module).__name__}, which trained "
                "networks are kept without: hold it in a buffer"
            )
    return _copied(module)


def initialise(module: nn.Module, init: str, seed: int) -> None:
    """Draw new parameters for every layer of `module`, in place, and reset its statistics."""
    with own_random_streams(seed_of("init", seed), torch.device("cpu")):
        for layer in module.modules():
            if isinstance(reset := getattr(layer, "reset_parameters", None), Callable):
                reset()
            if isinstance(layer, (nn.Linear, nn.Conv2d)):
                if init == "flax":
                    std = (1 / layer.weight[0].numel()) ** 0.5 / LECUN_STD
                    nn.init.trunc_normal_(layer.weight, 0, std, -2 * std, 2 * std)
                elif init == "pfnm":
                    nn.init.normal_(layer.weight, 0, 0.1)
                if init in BIASES and layer.bias is not None:
                    nn.init.constant_(layer.bias, BIASES[init])


def _copied(module: nn.Module) -> Params:
    return {
        name: tensor.detach().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors(module).items()
    }


def _epoch_losses(
    module: nn.Module, samples: Normalised, recipe: Recipe, seed: int, lr_scale: float
) -> Iterator[float]:
    """Trains `module` in place and yields the mean loss of each epoch."""
    device = samples.device
    order = torch.Generator().manual_seed(seed_of("order", seed))
    noise = torch.Generator(device).manual_seed(seed_of("augmentation", seed))
    optimiser = recipe.optimiser.over(module.parameters(), lr_scale)
    peak, layout = optimiser.param_groups[0]["lr"], memory_format(module)
    amp = recipe.amp if device.type == "cuda" else recipe.cpu_amp
    gradients = gradients_of(module, partial(_loss, amp=amp), device)
    # Batches of nearly equal size: none so small that its batch-norm statistics mean nothing.
    epoch_steps = math.ceil(len(samples) / recipe.batch)
    steps, step = recipe.epochs * epoch_steps, 0
    for _ in range(recipe.epochs):
        total = torch.zeros((), device=device)
        shuffled = torch.randperm(len(samples), generator=order).to(device)
        for index in shuffled.tensor_split(epoch_steps):
            for group in optimiser.param_groups:
                group["lr"] = peak * recipe.schedule.share(step, steps, epoch_steps)
            x, y = _batch(samples, index, recipe, noise)
            loss = gradients(x.contiguous(memory_format=layout), y)
            optimiser.step()
            total += loss * len(index)
            step += 1
        yield total.item() / len(samples)


def _batch(
    samples: Normalised, index: Tensor, recipe: Recipe, noise: torch.Generator
) -> tuple[Tensor, Tensor]:
    if recipe.augmentation is None:
        return samples[index]
    raw = samples.images.take(index)
    return samples.normalise(recipe.augmentation.apply(raw.images, noise)), raw.labels


def _loss(forward: Forward, x: Tensor, y: Tensor, amp: bool) -> Tensor:
    with torch.autocast(x.device.type, torch.bfloat16, enabled=amp):
        logits = forward(x)
    return F.cross_entropy(logits.float(), y)
