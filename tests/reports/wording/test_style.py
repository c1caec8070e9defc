"""Names, colours and digits."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from basinbench.reports.data import families
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.statistics import Interval
from basinbench.reports.plotting.canvas import wrapped
from basinbench.reports.wording import numbers, style

LINEAR_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
SIGHT = {  # Machado et al. 2009, complete deficiency
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_by_everyone(sight):
    colours = [family.colour for family in families.FAMILIES.values()]
    assert len(set(colours)) == len(colours)
    seen = []
    for colour in colours:
        rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        linear = np.clip(SIGHT[sight] @ linear, 0, 1)
        seen.append(LMS_TO_OKLAB @ np.cbrt(LINEAR_TO_LMS @ linear))
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
    assert min(distances) > 0.06  # Okabe and Ito's own palette has 0.07


def test_variants_share_a_colour_and_differ_in_their_markers():
    found = style.method_styles(
        tuple([named("pfnm", gamma=i) for i in range(15)] + [Named("pfnm"), Named("cca")])
    )
    pfnm = [look for look in found.values() if look.family == "pfnm"]
    assert len({look.colour for look in pfnm}) == 1
    assert len({(look.marker, look.filled) for look in pfnm}) == 16
    assert next(iter(found)) == Named("pfnm")
    assert found[Named("cca")].colour != found[Named("pfnm")].colour


@pytest.mark.slow
def test_a_method_from_elsewhere_has_a_colour_that_never_changes():
    assert style.family("my-method").label == "My method"
    assert style.family("my-method").colour == style.family("my-method").colour
    code = "from basinbench.reports.wording.style import family; print(family('my-method').colour)"
    for seed in "12":
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )
        assert run.stdout.strip() == style.family("my-method").colour


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (named("identity"), "Identity"),
        (
            named("activation-matching", when="before", statistic="pearson"),
            "Activation matching, Pearson, before nonlinearity",
        ),
        (named("otfusion-weights", normalise=True), "OTFusion, weights, normalised"),
        (
            named("fedma", sigma0=10.0, gamma=0.001, epochs=0),
            "FedMA, no retraining, γ = 0.001, σ₀ = 10.0",
        ),
        (named("pfnm", bias=False, greedy=False), "PFNM, without bias, not greedy"),
        (named("otfusion-activations", samples=None), "OTFusion, activations, all samples"),
        (
            named("my-method", widths=(4, 4), max_steps=3),
            "My method, max steps 3, widths (4, 4)",
        ),
    ],
)
def test_methods_read_as_words(method, words):
    assert style.in_words(method) == words


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Interval(0.0123, 0.008, 0.0171, 3), "0.012 [0.008, 0.017]"),
        (Interval(1.2345, 1.1, 1.4, 3), "1.23 [1.10, 1.40]"),
        (Interval(0.5, 0.5, 0.5, 3), "0.5000 [0.5000, 0.5000]"),
        (Interval(-0.5, -0.7, 0.1, 3), "−0.50 [−0.70, 0.10]"),
        (Interval(0.25, float("nan"), float("nan"), 1), "0.2500"),
        (Interval(0.0, 0.0, 0.0, 3), "0"),
        (Interval(-1e-9, -2e-9, 1e-9, 3), "0"),
        (Interval(float("nan"), float("nan"), float("nan"), 0), "–"),
        (Interval(float("inf"), float("nan"), float("nan"), 3), "∞"),
    ],
)
def test_numbers_have_the_digits_they_deserve(found, text):
    assert numbers.interval(found, 2, 4) == text


def test_signs_durations_and_memory_read_well():
    nan = float("nan")
    assert numbers.interval(Interval(0.5, 0.4, 0.6, 3), 1, 2, signed=True) == "+0.50 [+0.40, +0.60]"
    assert numbers.interval(Interval(-1, -2, 0, 3), 1, 2, signed=True) == "−1.0 [−2.0, 0.0]"
    assert numbers.duration(Interval(0.0031, 0.0029, 0.0034, 3)) == "3.1 [2.9, 3.4] ms"
    assert numbers.duration(Interval(75.0, nan, nan, 1)) == "75 s"
    assert numbers.duration(Interval(2e-6, nan, nan, 1)) == "2.0 µs"
    assert numbers.memory(Interval(3.5 * 2**30, nan, nan, 1)) == "3.5 GiB"
    assert numbers.memory(Interval(0.0, 0.0, 0.0, 3)) == "0 [0, 0] B"
    assert numbers.memory(Interval(nan, nan, nan, 0)) == "–"


def test_long_labels_are_broken_after_commas_and_lose_nothing():
    label = "OTFusion, activations, squared, after nonlinearity, all samples"
    assert wrapped(label, 40).split("\n") == [
        "OTFusion, activations, squared,",
        "after nonlinearity, all samples",
    ]
    assert wrapped(label, 10).replace("\n", " ") == label
    assert wrapped("a name without any comma", 5) == "a name without any comma"
