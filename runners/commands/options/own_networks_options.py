"""The options of the commands for networks of a user's own: `compare`, `merge` and `explain`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .option_types import odd, positive, seconds
from .running_options import add_plugin_option, add_running_options

FROM_FILES = """
never hold the networks: weights are read from the files when they are needed, so that two that are
larger than the memory can be merged, and the merge is written in shards to the folder --out; by
weight-matching, or by identity, of two checkpoints, without a data set
"""

AddVerb = Callable[[str, str], argparse.ArgumentParser]
"""Adds the command of that name, with a line about it."""

NETWORK = """
what the checkpoints are of: file.py:factory, package.module:factory, torchvision:resnet18,
timm:convnext_tiny, hf:FOLDER with a config.json, or a network as the tables name it (mlp-64x3)
"""

NORMALISE = """
how the networks want their pixels: unit (divided by 255), standard (less the mean of the training
images, by their deviation), imagenet (the same with ImageNet's numbers), symmetric (from -1 to 1),
or a mean and a deviation for each channel, as 0.49,0.48,0.45/0.25,0.24,0.26. Default: that of the
four under which the networks' loss on held-out training images is lowest, which is said; networks
that want another are named, whatever is said here
"""

INPUT = """
what the network takes: a shape without the batch (3,224,224, or int64:128 for ids), or a file of
safetensors that are its arguments by name. Default: images of the data set, else what the library
that the network comes from says
"""


def add_own_networks_verbs(add: AddVerb) -> None:
    """The three commands and their options."""
    _compare(add("compare", "methods on networks that you have trained: barriers and accuracies"))
    _merge(add("merge", "merge checkpoints of one network into one"))
    _explain(add("explain", "which units of a network may be permuted, and what pins the others"))


def _compare(verb: argparse.ArgumentParser) -> None:
    _checkpoints(verb)
    _network(verb)
    verb.add_argument("--dataset", required=True, metavar="NAME", help="what they are measured on")
    verb.add_argument("--normalise", metavar="HOW", help=NORMALISE)
    verb.add_argument(
        "--method",
        action="append",
        default=[],
        metavar="NAME",
        help="a method, or several with commas: weight-matching(order=widest). Default: all; those "
        "that do not apply are named with the reason",
    )
    verb.add_argument(
        "--finish",
        action="append",
        default=[],
        metavar="NAME",
        help="what follows the merge, or several with commas: none, reset, repair, rescale, "
        "retrain(epochs=1). Default: none, reset and repair, as far as they apply",
    )
    verb.add_argument("--recipe", metavar="NAME", help=_RECIPE)
    verb.add_argument(
        "--all-pairs",
        action="store_true",
        help="of three networks or more, each two; default: all are merged into one",
    )
    verb.add_argument(
        "--points",
        type=odd,
        default=25,
        metavar="N",
        help="places on the line between two networks, an odd number; default: 25",
    )
    verb.add_argument(
        "--name", metavar="NAME", help="of the table; default: from the names of the files"
    )
    add_plugin_option(verb)
    add_running_options(verb)
    verb.set_defaults(looks=1)


def _merge(verb: argparse.ArgumentParser) -> None:
    _checkpoints(verb)
    _network(verb, "once for all checkpoints, or once for each", action="append", default=[])
    verb.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAME",
        help="a module, a tensor, or a pattern such as 'head.*' that stays each network's own: it "
        "is neither compared nor averaged, and the merge has that of the first; may be given "
        "several times; without --dataset",
    )
    verb.add_argument(
        "--method",
        default="weight-matching",
        metavar="NAME",
        help="as `basinbench list` prints it: weight-matching(order=widest); default: "
        "weight-matching",
    )
    verb.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the merge goes, as safetensors, or as torch.save writes where it ends in .pt; "
        "with --from-files a new folder",
    )
    verb.add_argument("--from-files", action="store_true", help=FROM_FILES)
    verb.add_argument(
        "--weights",
        metavar="W,...",
        help="of each network in the merge, summing to one: 0.3,0.7; default: equal ones",
    )
    verb.add_argument(
        "--finish",
        default="none",
        metavar="NAME",
        help="what follows the merge: reset, repair, rescale, retrain(epochs=1); needs --dataset",
    )
    verb.add_argument("--dataset", metavar="NAME", help="for methods and finishes that need data")
    verb.add_argument("--normalise", metavar="HOW", help=NORMALISE)
    verb.add_argument("--input", metavar="SHAPE|FILE", help=INPUT)
    verb.add_argument("--recipe", metavar="NAME", help=_RECIPE)
    verb.add_argument(
        "--aligned-out",
        type=Path,
        metavar="FOLDER",
        help="also write each network as it is in the common basis, under its own name",
    )
    verb.add_argument(
        "--maps-out",
        type=Path,
        metavar="FILE",
        help="also write which unit went where, as safetensors, and beside it, as JSON, which axes "
        "carry which units (axes_to_perm)",
    )
    verb.add_argument(
        "--force", action="store_true", help="write over files that are there, which otherwise stay"
    )
    verb.add_argument(
        "--points",
        type=odd,
        metavar="N",
        help="places on the line of two networks at which the barrier is looked for; default: 11; "
        "with --dataset",
    )
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="of the method; default: 0")
    verb.add_argument(
        "--align-budget", type=seconds, metavar="TIME", help="an alignment that takes longer fails"
    )
    verb.add_argument("--device", help="default: the first CUDA device, else the CPU")
    verb.add_argument("--threads", type=positive, metavar="N", help="CPU threads; default: all")
    verb.add_argument("--json", action="store_true", help="print one JSON document for scripts")
    add_plugin_option(verb)


def _explain(verb: argparse.ArgumentParser) -> None:
    _network(verb)
    verb.add_argument("--input", metavar="SHAPE|FILE", help=INPUT)
    verb.add_argument("--dataset", metavar="NAME", help="whose images it takes")
    verb.add_argument("--json", action="store_true", help="print one JSON document for scripts")
    add_plugin_option(verb)


_RECIPE = """
how the networks were trained, as `basinbench list recipes` names it: for retrain, and for the
normalisation where --normalise is not given. Default: unknown; Adam at a rate of 1e-4 retrains
"""


def _checkpoints(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "checkpoints",
        nargs="+",
        type=Path,
        metavar="CHECKPOINT",
        help="two or more: safetensors, what torch.save wrote, or folders with shards",
    )


def _network(verb: argparse.ArgumentParser, often: str = "", **how: Any) -> None:
    verb.add_argument("--network", required=True, metavar="NETWORK", help=NETWORK)
    said = "keyword arguments of what makes the network: '{\"num_classes\": 10}'"
    verb.add_argument(
        "--network-args",
        metavar="JSON",
        help=f"{said}; {often}" if often else said,
        **(how or {"default": "{}"}),
    )
