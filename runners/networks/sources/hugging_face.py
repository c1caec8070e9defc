"""Networks of Hugging Face from a folder, `hf:FOLDER`: no download, no code that came with it."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ....errors import UserError, require
from ....plugin_files import short_path
from .python_code import code_files
from .source import Source

CONFIG = "config.json"


def of_hugging_face(folder: Path) -> Source:
    """The network that the `config.json` of a folder describes, of a class of transformers'.

    Arguments take the place of what the file says. Code that comes with a model is not run.
    """
    if not (folder / CONFIG).is_file():
        raise UserError(f"there is no {CONFIG} in the folder {short_path(folder)}")
    name = _architecture(folder)
    require("models", "transformers")
    transformers: Any = import_module("transformers")  # a type checker need not have it

    form = getattr(transformers, name, None)
    if not (isinstance(form, type) and issubclass(form, nn.Module)):
        raise UserError(
            f"transformers {transformers.__version__} has no network {name!r}, which "
            f"{short_path(folder / CONFIG)} names; code that comes with a model is not run"
        )

    def make(**arguments: Any) -> nn.Module:
        config = transformers.AutoConfig.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, **arguments
        )
        return form(config)

    return Source(
        make, code_files(form), ((folder / CONFIG).read_text(encoding="utf-8"),), _examples
    )


def _architecture(folder: Path) -> str:
    """The name of the class that the folder's configuration asks for."""
    where = short_path(folder / CONFIG)
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{where} is no JSON: {error}") from error
    names = found.get("architectures") if isinstance(found, dict) else None
    if not (isinstance(names, list) and names and isinstance(names[0], str)):
        raise UserError(f"{where} names no architecture, such as BertForSequenceClassification")
    return names[0]


def _examples(module: nn.Module) -> tuple[Any, ...]:
    """Inputs of two lengths by the names that its `forward` has for them."""
    found = (_inputs(module, length) for length in (12, 9))
    return tuple(one for one in found if one)


def _inputs(module: nn.Module, length: int) -> dict[str, Tensor]:
    config: Any = module.config
    main = str(getattr(module, "main_input_name", ""))
    vision = getattr(config, "vision_config", config)
    inputs: dict[str, Tensor] = {}
    if main == "input_ids":
        words = int(getattr(getattr(config, "text_config", config), "vocab_size", 2))
        inputs[main] = torch.arange(2 * length).view(2, length) % words
    if main == "pixel_values" or vision is not config:
        size = getattr(vision, "image_size", 224)
        sides = (size, size) if isinstance(size, int) else tuple(size)
        inputs["pixel_values"] = torch.zeros(2, getattr(vision, "num_channels", 3), *sides)
    if main == "input_features":  # sound, of a fixed length
        frames = 2 * int(getattr(config, "max_source_positions", 1500))
        inputs[main] = torch.zeros(2, int(getattr(config, "num_mel_bins", 80)), frames)
    if inputs and getattr(config, "is_encoder_decoder", False):
        words = int(getattr(config, "vocab_size", 2))
        inputs["decoder_input_ids"] = torch.arange(2 * length).view(2, length) % words
    return inputs
