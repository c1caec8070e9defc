"""Operators on single elements and on whole axes: nonlinearities, norms, pooling, reductions."""

import re
from itertools import accumulate, pairwise

from ..factors import fixed, pin, product, resolve, volume
from ..tensors import AbstractTensor, broadcast, elementwise
from ..ties import divide, narrow, tie
from .call import Call, Result, Rule

NONLINEARITIES = (
    "relu relu6 hardtanh leaky_relu prelu rrelu threshold elu "
    "selu celu gelu silu mish softplus hardswish hardsigmoid "
    "sigmoid log_sigmoid tanh hardshrink softshrink tanhshrink"
)
"""Where activations are seen, before and after."""

POINTWISE = (
    "add sub mul div rsub remainder fmod floor_divide true_divide pow float_power square sqrt "
    "rsqrt exp exp2 expm1 log log2 log10 log1p abs neg positive sign reciprocal sin cos tan "
    "atan2 erf erfc lerp addcmul addcdiv clamp clamp_min clamp_max maximum minimum "
    "masked_fill eq ne lt le gt ge logical_and logical_or logical_not logical_xor bitwise_and "
    "bitwise_or bitwise_not __and__ __or__ __xor__ isnan isinf isfinite nan_to_num round floor "
    "ceil trunc _weight_norm multiply subtract divide negative absolute greater greater_equal less "
    "less_equal not_equal clip square sinh cosh asin acos atan asinh acosh atanh arctan2 erfinv "
    "sinc frac sgn logit xlogy logaddexp logaddexp2 hypot copysign heaviside fmin fmax isclose "
    "bitwise_xor lgamma digamma special_expm1 special_xlog1py polar complex real imag conj "
    "angle threshold ldexp"
)


def pointwise(call: Call) -> Result:
    """A function of the elements at one position."""
    return elementwise(*call.values)


def prelu(call: Call) -> Result:
    """One slope a channel, or one for all."""
    x, slope = call.values
    if slope.sizes != (1,):
        tie(x.dims[1], slope.dims[0])
    return x


def gated(call: Call) -> Result:
    """`glu`: the first half of an axis times the sigmoid of its second half."""
    value, dim = call["self"], call["dim"] % call["self"].ndim
    size = value.sizes[dim]
    low, high = (
        value.replace(dim, narrow(value.dims[dim], start, start + size // 2))
        for start in (0, size // 2)
    )
    return elementwise(low, high)


def channel_norm(call: Call) -> Result:
    """Batch and instance norm: parameters and running statistics belong to the channels."""
    x, *parameters = call.values
    for parameter in parameters:
        tie(x.dims[1], parameter.dims[0])
    return x


def layer_norm(call: Call) -> Result:
    """Statistics of whole axes do not care for the order; parameters belong to those axes."""
    x, *parameters = call.values
    for parameter in parameters:
        broadcast(x, parameter)
    call.absorb(*x.dims[x.ndim - len(call["normalized_shape"]) :])
    return AbstractTensor(x.dims)


def group_norm(call: Call) -> Result:
    """Channels are group x channel, run by run where a concatenation has put them side by side.

    Of a group that a border cuts, what stands on either side moves by itself.
    """
    x, *parameters = call.values
    size = x.sizes[1] // call["num_groups"]
    borders = [*accumulate(map(volume, resolve(x.dims[1])), initial=0)]
    for start, stop in pairwise(borders):
        first, last = -(-start // size) * size, stop // size * size
        if len(borders) > 2:
            narrow(x.dims[1], start, min(first, stop))
            narrow(x.dims[1], max(last, start), stop)
        if last > first:
            run = narrow(x.dims[1], first, last)
            divide(run, ((last - first) // size, size))
    call.absorb(x.dims[1])
    for parameter in parameters:
        tie(x.dims[1], parameter.dims[0])
    return AbstractTensor(x.dims)


def along_axis(call: Call) -> Result:
    """`softmax` and its kin: an axis is treated as a whole, in any order."""
    value = call.values[0].settled()
    call.absorb(value.dims[call["dim"]])
    return value


def ordered(call: Call) -> Result:
    """Operators along an axis whose order matters: it stays."""
    value = call.values[0].pin([call["dim"]])
    return (
        value
        if len(call.shapes) == 1
        else tuple(value.replace(call["dim"], fixed(shape[call["dim"]])) for shape in call.shapes)
    )


def reduction(call: Call) -> Result:
    """Sums, means and extremes over axes, which may be in any order."""
    value, dims, keep = call.values[0].settled(), _reduced(call), call.get("keepdim", False)
    order = [None if d in dims else d for d in range(value.ndim) if keep or d not in dims]
    call.absorb(*(value.dims[d] for d in dims))
    result = value.take(order)
    return result if len(call.shapes) == 1 else (result,) * len(call.shapes)


def position(call: Call) -> Result:
    """Reductions that say where: the axis stays."""
    if call.get("other") is not None:
        return elementwise(*call.values)
    if call.name in ("argmax", "argmin") or 1 in call.used:
        call.values[0].pin(sorted(_reduced(call)))
    return reduction(call)


def _reduced(call: Call) -> set[int]:
    ndim, dims = call.values[0].ndim, call.get("dim")
    if isinstance(dims, int):
        dims = [dims]
    return {d % ndim for d in dims} if dims else set(range(ndim))


def pooling(call: Call) -> Result:
    """Windows, interpolation and the like: positions in space stay, channels pass."""
    x = call.values[0]
    space = int(re.findall(r"(\d)d", call.name)[0])
    x.pin(range(x.ndim - space, x.ndim))
    results = [
        AbstractTensor((*x.dims[: x.ndim - space], *map(fixed, shape[x.ndim - space :])))
        for shape in call.shapes
    ]
    return tuple(results) if len(results) > 1 else results[0]


def triangular(call: Call) -> Result:
    """`triu` and `tril` tell the positions of the last two axes apart."""
    return call["self"].pin([-1, -2])


def sampled(call: Call) -> Result:
    """Points of an image, wherever a grid says: positions in space stay, channels pass."""
    x, grid = call["input"], call["grid"].pin()
    x.pin(range(2, x.ndim))
    return AbstractTensor((*x.dims[:2], *grid.dims[1:-1]))


def patches(call: Call) -> Result:
    """(n, c, h, w) -> (n, c * kernel positions, patches)."""
    x = call["self"].pin([-1, -2])
    inside = fixed(call.shape[-2] // x.sizes[-3])
    return AbstractTensor((*x.dims[:-3], product(x.dims[-3], inside), fixed(call.shape[-1])))


def unpatched(call: Call) -> Result:
    """(n, c * kernel positions, patches) -> (n, c, h, w)."""
    x = call["self"].pin([-1])
    channel, inside = divide(x.dims[-2], (call.shape[-3], x.sizes[-2] // call.shape[-3]))
    pin(inside)
    return AbstractTensor((*x.dims[:-2], channel, *map(fixed, call.shape[-2:])))


def channel_shuffle(call: Call) -> Result:
    """Channels as group x channel become channel x group."""
    x = call["self"]
    group, channel = divide(x.dims[1], (call["groups"], x.sizes[1] // call["groups"]))
    return AbstractTensor((x.dims[0], product(channel, group), *x.dims[2:]))


def _pointwise_rules() -> dict[str, Rule]:
    families: dict[Rule, str] = {
        pointwise: " ".join([POINTWISE, NONLINEARITIES]),
        prelu: "prelu",
        gated: "glu",
        channel_norm: "batch_norm instance_norm _native_batch_norm_legit_no_training",
        layer_norm: "layer_norm rms_norm",
        group_norm: "group_norm",
        along_axis: "softmax log_softmax _softmax _log_softmax",
        ordered: "cumsum cumprod logcumsumexp cummax cummin sort argsort msort topk",
        triangular: "triu tril",
        reduction: "sum mean prod var std var_mean std_mean amax amin aminmax logsumexp norm "
        "linalg_vector_norm any all count_nonzero nansum nanmean",
        position: "max min median argmax argmin",
        pooling: "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d "
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
        "adaptive_max_pool2d adaptive_max_pool3d max_pool2d_with_indices upsample_nearest1d "
        "upsample_nearest2d upsample_nearest3d upsample_bilinear2d upsample_bicubic2d "
        "upsample_linear1d upsample_trilinear3d upsample_nearest_exact1d "
        "_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d "
        "_upsample_bilinear2d_aa _upsample_bicubic2d_aa reflection_pad1d reflection_pad2d "
        "reflection_pad3d replication_pad1d replication_pad2d replication_pad3d",
        sampled: "grid_sampler grid_sampler_2d grid_sampler_3d",
        patches: "im2col",
        unpatched: "col2im",
        channel_shuffle: "channel_shuffle native_channel_shuffle",
    }
    return {name: rule for rule, names in families.items() for name in names.split()}


RULES = _pointwise_rules()
