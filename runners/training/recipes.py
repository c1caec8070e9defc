"""How endpoints are trained: recipes as data, the published ones and short ones, by name."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ...checked_fields import (
    Checked,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Real,
)
from ...plugin_files import Plugin
from ...plugin_things import join, nearest_known, plugged_values
from ...results.labels import label
from ..keys import Facts, params, plain_fields
from .augmentation import Augmentation, FlipCrop, ZoomFlipRotate
from .optimisers import SGD, Adam, AdamW, Optimiser
from .schedules import Constant, OneCycle, Schedule, Steps, WarmupCosine


@dataclass(frozen=True)
class Constants(Checked):
    """Mean and standard deviation a channel that a publication typed in, of pixels / 255."""

    kind: ClassVar[str] = "constants"

    mean: tuple[Real, ...]
    std: tuple[PositiveFloat, ...]


IMAGENET = Constants((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""What Git Re-Basin normalises CIFAR with: the defaults of augmax's `Normalize`."""

OTFUSION_CIFAR10 = Constants((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
"""What OTFusion normalises CIFAR-10 with; the std is the mean of each image's, not the set's."""


@dataclass(frozen=True)
class Recipe(Checked):
    """How a network is trained with cross-entropy; vary one with `dataclasses.replace`.

    `inputs`: "unit" makes white 1; "standard" then takes the data set's own mean and
    standard deviation; `Constants` are used as they are. `init`: "torch" is each layer's default,
    "flax" is truncated LeCun-normal weights and zero biases, "pfnm" normal weights of standard
    deviation 0.1 and biases of 0.1. `amp`: bfloat16 where there is CUDA; `cpu_amp`: also where
    there is none.
    """

    kind: ClassVar[str] = "recipe"

    name: str
    optimiser: Optimiser
    schedule: Schedule
    epochs: NonNegativeInt
    batch: PositiveInt
    augmentation: Augmentation | None = None
    inputs: Literal["unit", "standard"] | Constants = "standard"
    init: Literal["torch", "flax", "pfnm"] = "torch"
    amp: bool = True
    cpu_amp: bool = False

    @property
    def changes(self) -> Facts:
        """The fields in which this recipe differs from the known one of its name, plain.

        Of a name that is not known, those that differ from the defaults of any recipe.
        """
        own = plain_fields(self)
        known = recipes().get(self.name)
        if known is None:
            return self._stated
        theirs = plain_fields(known)
        return {name: value for name, value in own.items() if value != theirs[name]}

    @property
    def facts(self) -> Facts:
        """What a record says beside the name: of this package's recipes their `changes`.

        Of all others the fields in which they differ from the defaults of any recipe: a name that
        is a plug-in's may mean something else tomorrow.
        """
        return self.changes if self.name in _built_in() else self._stated

    @property
    def _stated(self) -> Facts:
        return {name: value for name, value in params(self).items() if name != "name"}

    @property
    def label(self) -> str:
        """The name, with the fields in which this recipe differs from the known one so named."""
        return label(self.name, self.changes)


def recipe(name: str) -> Recipe:
    """The recipe of that name; `UserError` with the nearest name when there is none."""
    if name in (known := _built_in()):  # without a look at plug-ins: they may need the grids
        return known[name]
    if name not in (known := recipes()):
        raise nearest_known("recipe", name, known)
    return known[name]


def recipes() -> dict[str, Recipe]:
    """All recipes by name, those of plug-ins last."""
    found = _built_in()
    join(found, plugged_recipes(), "recipe")
    return found


def _built_in() -> dict[str, Recipe]:
    return {r.name: r for r in (*_GIT_REBASIN, *_OTFUSION, *_PFNM, *_SHORT, GIVEN)}


def plugged_recipes(of: tuple[Plugin, ...] | None = None) -> dict[str, Recipe]:
    """The recipes of plug-ins (default: of all) by their names."""
    return plugged_values(Recipe, "recipe", of)


GIVEN = Recipe("given", Adam(1e-3), Constant(), 1, 128)
"""Networks that somebody else has trained, nobody knows how: what retrains their merges is gentle
to any of them, Adam at a tenth of its usual rate (`lr_scale`) without augmentation."""

# Git Re-Basin: appendix A.3 of arXiv 2209.04836v6 and the scripts of samuela/git-re-basin, which
# alone state epochs and batch sizes. Where the two differ, both are here.
_GIT_REBASIN = (
    # mnist_mlp_train.py --optimizer adam; the paper's rate, 1e-3.
    Recipe("git-rebasin-mnist-mlp", Adam(1e-3), Constant(), 100, 500, inputs="unit", init="flax"),
    # The same script's other optimisers, whose rate is given on its command line.
    Recipe(
        "git-rebasin-mnist-mlp-sgd",
        SGD(0.1),
        WarmupCosine(epochs=0, steps=10),
        100,
        500,
        inputs="unit",
        init="flax",
    ),
    Recipe(
        "git-rebasin-mnist-mlp-adamw",
        AdamW(1e-3, 1e-4),
        Constant(),
        100,
        500,
        inputs="unit",
        init="flax",
    ),
    # cifar10_mlp_train.py, with its three optimisers.
    Recipe(
        "git-rebasin-cifar10-mlp",
        Adam(1e-3),
        Constant(),
        100,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
    Recipe(
        "git-rebasin-cifar10-mlp-sgd",
        SGD(0.1, weight_decay=5e-4),
        WarmupCosine(epochs=1),
        100,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
    Recipe(
        "git-rebasin-cifar10-mlp-adamw",
        AdamW(1e-3, 5e-4),
        Constant(),
        100,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
    # cifar10_vgg_run.py; for VGG(16, m, norm="layer", hidden=(8 * m, 8 * m)).
    Recipe(
        "git-rebasin-vgg16",
        SGD(0.1, weight_decay=5e-4),
        WarmupCosine(epochs=1),
        100,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
    # cifar10_resnet20_train.py and cifar100_resnet20_train.py: five epochs of warm-up and a decay
    # of 1e-4, where the paper says one epoch and 5e-4.
    Recipe(
        "git-rebasin-resnet20",
        SGD(0.1, weight_decay=1e-4),
        WarmupCosine(epochs=5),
        250,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
    Recipe(
        "git-rebasin-resnet20-paper",
        SGD(0.1, weight_decay=5e-4),
        WarmupCosine(epochs=1),
        250,
        100,
        ZoomFlipRotate(),
        IMAGENET,
        "flax",
    ),
)

# OTFusion: sidak/otfusion, model.py and parameters.py for MNIST, the logs in cifar.zip for the
# rest. Its checkpoints are those of the best *test* epoch; here the last epoch counts.
_OTFUSION = (
    # MNIST is normalised by (0.1307, 0.3081), which are the training set's own values.
    Recipe("otfusion-mnist-mlp", SGD(0.01, 0.5), Constant(), 10, 64),
    Recipe(
        "otfusion-vgg11",
        SGD(0.05, weight_decay=5e-4),
        Steps(tuple(range(30, 300, 30)), 0.5),
        300,
        128,
        FlipCrop(),
        OTFUSION_CIFAR10,
    ),
    Recipe(
        "otfusion-resnet18",
        SGD(0.1, weight_decay=1e-4),
        Steps((150, 250), 0.1),
        300,
        256,
        FlipCrop(),
        OTFUSION_CIFAR10,
    ),
)

# PFNM: the commands in the README of IBM/probabilistic-federated-neural-matching and its
# experiment.py, whose Adam has AMSGrad switched on and adds the decay to the loss.
_PFNM = (
    # --lr 0.01 --reg 1e-6 --epochs 10, for MLP((100,)).
    Recipe("pfnm-mnist-mlp", Adam(0.01, 1e-6), Constant(), 10, 32, inputs="unit", init="pfnm"),
    # --lr 0.001 --reg 1e-5 --epochs 10, for the same network.
    Recipe("pfnm-cifar10-mlp", Adam(0.001, 1e-5), Constant(), 10, 32, inputs="unit", init="pfnm"),
)

# Short recipes for two CPU cores; tests/runners/training/test_train.py holds what digits-short
# reaches.
_SHORT = (
    Recipe("digits-short", Adam(1e-2), OneCycle(), 6, 64, inputs="unit", init="flax"),
    # Git Re-Basin's recipe for MNIST as short as 98 % of the test images allow: one cycle.
    Recipe("mnist-short", Adam(2e-3), OneCycle(), 6, 500, inputs="unit", init="flax"),
    # For recurrent networks and transformers, whose layers have PyTorch's own draws; `unit`, since
    # symbols are not normalised.
    Recipe("sequences-short", Adam(2e-3), OneCycle(), 4, 125, inputs="unit"),
    # For plain convolutional networks, which have no norm to carry a large SGD rate.
    Recipe("fashion-short", Adam(2e-3), OneCycle(), 4, 250),
    Recipe("cifar-short", SGD(0.1, weight_decay=5e-4), OneCycle(), 10, 128, FlipCrop()),
)
