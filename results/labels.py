"""Names for print, made of facts: the only place where a label is made, and none is read."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ..errors import printable

Parameters = Mapping[str, object]
"""Parameters by name, in what JSON has; those left out have their defaults."""


def label(name: str, params: Parameters | str | None = None) -> str:
    """`name(field=value, ...)`: what a method, finish, recipe or split is called in tables.

    `params` may be the JSON of a record's column.
    """
    given = settings_in_brackets(params)
    return printable(f"{name}({given})" if given else name)


def settings_in_brackets(params: "Parameters | Sequence[Parameters] | str | None") -> str:
    """`field=value, ...`: what stands in the brackets of a label; of several, joined by "+"."""
    texts = (", ".join(f"{f}={written(v)}" for f, v in sorted(one.items())) for one in each(params))
    return printable("+".join(dict.fromkeys(texts)))


def method_label(name: str, params: Parameters | str | None = None, maps_from: str = "") -> str:
    """The label of a method, with the networks on which its maps were found where these differ."""
    return label(name, {**_read(params), **({"by": maps_from} if maps_from else {})})


def each_label(name: str, params: "Parameters | Sequence[Parameters] | str | None") -> str:
    """The label of what the networks of a cell share; of those that differ all, joined by "+"."""
    return "+".join(dict.fromkeys(label(name, one) for one in each(params)))


def network_label(family: str, params: "Parameters | Sequence[Parameters] | str | None") -> str:
    """`mlp-512x3`, `vgg8-w8-bn`: an architecture with its sizes, or several joined by "+".

    A family that is not known here is called as everything else is: `family(width=8)`.
    """
    return "+".join(dict.fromkeys(_network(family, one) for one in each(params)))


def each(params: "Parameters | Sequence[Parameters] | str | None") -> list[Any]:
    """One set of parameters for all networks of a cell, or that of each in turn."""
    found = json.loads(params) if isinstance(params, str) and params else params
    return list(found) if isinstance(found, (list, tuple)) else [found or {}]


def _network(family: str, params: Parameters) -> str:
    own = str(params.get("kind", family))
    rest = {name: value for name, value in params.items() if name != "kind"}
    try:
        return _NETWORKS[own](rest)
    except KeyError:  # a family of somebody else's, or too few sizes for a short name
        return label(own, rest)


def _perceptron(params: Parameters) -> str:
    """`mlp-512x3`, `mlp-400-200-100-nobias`, `mlp-64x3-ln`; `linear` without hidden layers."""
    runs = ((size, len(list(run))) for size, run in groupby(_as_texts(params["widths"])))
    sizes = [f"{size}x{count}" if count > 1 else size for size, count in runs]
    return ("-".join(["mlp", *sizes]) if sizes else "linear") + _norm_and_bias(params)


def _tanh(params: Parameters) -> str:
    """`mlp-64x3-tanh`."""
    return f"{_perceptron(params)}-tanh"


def _vgg(params: Parameters) -> str:
    """`vgg11-w64`, `vgg8-w16-s2-ln`, `vgg16-w64-h512-512-ln`, `vgg11-w64-nobias`."""
    sizes = _as_texts(params.get("hidden", ()))
    hidden = f"-h{'-'.join(sizes)}" if sizes else ""
    name = f"vgg{params['depth']}-w{params['width']}"
    return name + _stride(params) + hidden + _norm_and_bias(params)


def _resnet(name: str) -> Callable[[Parameters], str]:
    """`resnet20-w0.5-ln`, `resnet20-w1-s3-ln`, `resnet18-w64-bn`, `resnet18-w64-nobias`."""
    return lambda params: (
        f"{name}-w{_as_texts([params['width']])[0]}" + _stride(params) + _norm_and_bias(params)
    )


def _stride(params: Parameters) -> str:
    return f"-s{params['stride']}" if "stride" in params else ""


def _vit(params: Parameters) -> str:
    """`vit-l2-h4-w64`, `vit-p7-l2-h4-w64` of patches that have not the usual size."""
    patch = f"-p{params['patch']}" if "patch" in params else ""
    return f"vit{patch}-l{params['depth']}-h{params['heads']}-w{params['width']}"


def _gpt(params: Parameters) -> str:
    """`gpt-l2-h4-w64`, of as many symbols as usual."""
    if "symbols" in params:
        raise KeyError("symbols")
    return f"gpt-l{params['depth']}-h{params['heads']}-w{params['width']}"


def _recurrent(name: str) -> Callable[[Parameters], str]:
    """`lstm-w64`, `gru-w64-l2` with the layers where there is more than one."""
    return lambda params: (
        f"{name}-w{params['width']}" + (f"-l{params['depth']}" if "depth" in params else "")
    )


def _resnext(params: Parameters) -> str:
    """`resnext20-w0.5-g4-ln`."""
    width = _as_texts([params["width"]])[0]
    return f"resnext20-w{width}-g{params['groups']}" + _norm_and_bias(params)


def _densenet(params: Parameters) -> str:
    """`densenet-g8-2-2-2-w16-bn`."""
    blocks = "-".join(_as_texts(params["blocks"]))
    return f"densenet-g{params['growth']}-{blocks}-w{params['width']}-bn"


def _shufflenet(params: Parameters) -> str:
    """`shufflenet-8-16-32-64-64-bn`, with the repeats where they are not two a stage."""
    repeats = _as_texts(params["repeats"])
    odd = "" if set(repeats) == {"2"} else f"-r{'-'.join(repeats)}"
    return f"shufflenet-{'-'.join(_as_texts(params['channels']))}{odd}-bn"


def _given(params: Parameters) -> str:
    """`torchvision:resnet18(num_classes=10)`, `nets.py:resnet20`: a network of a user's own."""
    return label(str(params["source"]), str(params.get("arguments", "")))


_NETWORKS: Mapping[str, Callable[[Parameters], str]] = {
    "mlp": _perceptron,
    "mlp-tanh": _tanh,
    "vgg": _vgg,
    "resnet18": _resnet("resnet18"),
    "resnet20": _resnet("resnet20"),
    "resnext20": _resnext,
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "gpt": _gpt,
    "vit": _vit,
    "densenet": _densenet,
    "shufflenet": _shufflenet,
    "given": _given,
    "live": _given,
}
"""The families that have a short name of their own."""

_NORMS = {"none": "", "batch": "-bn", "layer": "-ln", "group": "-gn"}


def _norm_and_bias(params: Parameters) -> str:
    """How the norm and a missing bias show in a network's name."""
    norm = _NORMS[str(params.get("norm", "none"))]
    return norm + ("" if params.get("bias", True) else "-nobias")


def _as_texts(values: object) -> list[str]:
    return [f"{value:g}" for value in values] if isinstance(values, Iterable) else []


def _read(params: Parameters | str | None) -> Parameters:
    return (json.loads(params) if isinstance(params, str) else params) if params else {}


def written(value: object) -> str:
    """A value as Python writes it, but texts without quotes, and controls in them written out."""
    if isinstance(value, Mapping):
        kind = str(value.get("kind", ""))
        return label(kind, {k: v for k, v in value.items() if k != "kind"})
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(written, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return printable(str(value))
