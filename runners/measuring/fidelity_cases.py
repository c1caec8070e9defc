"""Which methods are held against their authors' code, under which settings, and what to expect.

The results are numbers that the authors' functions gave, retyped line by line and run outside this
package, on the networks that are kept beside them: Git Re-Basin's on JAX, OTFusion's on POT; those
of FedMA with SciPy's assignments in the place of lapsolver's. None of their code is here.
"""

from dataclasses import dataclass, field

from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.cca_merge import CCAMerge
from ...methods.fedma import FedMA
from ...methods.neuron_alignment import NeuronAlignment
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.pfnm import PFNM
from ...methods.weight_matching import WeightMatching
from ...methods.zipit import ZipIt
from ..finishes import Finish, Nothing, Repair
from ..networks import MLP, ResNet20
from ..networks.base import Architecture

TRAINED, WITHOUT_BIAS = MLP((16, 12)), MLP((16, 12), bias=False)
"""Perceptrons that were trained on digits, three and two of them."""


@dataclass(frozen=True)
class FidelityCase:
    """A method, what its authors' code gave (`result`, by the settings `code`), and on what.

    The first `networks` of the form `form`, the reference first; `turned` where the authors' code
    takes the last for the reference. `images`: how many of the digits the method sees. `differs`:
    where and why the method gives something else, in words; empty where it does not. `finish`
    follows the merge.
    """

    result: str
    method: Method
    code: str
    form: Architecture = TRAINED
    networks: int = 2
    turned: bool = False
    images: int = 1200
    differs: str = ""
    finish: Finish = field(default_factory=Nothing)


_GIT_REBASIN = "samuela/git-re-basin, weight_matching(rng=PRNGKey({}))"
_OTFUSION = "sidak/otfusion, --correction --past-correction --not-squared "
_RAW = "--ground-metric-normalize none "
_PFNM = "IBM/probabilistic-federated-neural-matching, layer_group_descent, "
_FEDMA = "IBM/FedMA, matching/pfnm.py, gamma 7, sigma 1, sigma0 1, it 0"
_ZIPIT = "gstoica27/ZipIt, match_tensors_zipit, "
_MERGE = "shoroi/align-n-merge, match_tensors_"

_EPS = "Their maps are divided by 1/n + 1e-7, so that every weight is a little smaller."
_UNDERFLOW = (
    "Their exp(-cost/reg) underflows in float32: the plans are zeros, and the merge is half the "
    "second network, whose accuracy theirs is. No target."
)
_UNCONVERGED = "Their Sinkhorn stops after 1,000 iterations, unconverged; this after 10,000."
_MISPLACED = "Their prior mean of the bias stands on the first incoming weight, beyond layer one."


def _otfusion(result: str, method: OTFusionWeights, code: str, differs: str = "") -> FidelityCase:
    return FidelityCase(
        f"otfusion-weights-{result}",
        method,
        f"{_OTFUSION}{code}",
        WITHOUT_BIAS,
        turned=True,
        differs=differs,
    )


def _otfusion_activations(
    result: str, method: OTFusionActivations, code: str, differs: str = ""
) -> FidelityCase:
    return FidelityCase(
        f"otfusion-activations-{result}",
        method,
        f"{_OTFUSION}--act-num-samples 200 --prelu-acts {code}",
        WITHOUT_BIAS,
        turned=True,
        images=200,
        differs=differs,
    )


_SOFT = OTFusionWeights(as_released=True, solver="sinkhorn")

FIDELITY_CASES: tuple[FidelityCase, ...] = (
    FidelityCase("weight-matching", WeightMatching(as_released=True), _GIT_REBASIN.format(1)),
    FidelityCase(
        "weight-matching-mlp-96x3",
        WeightMatching(as_released=True),
        _GIT_REBASIN.format(3),
        MLP((96, 96, 96)),
    ),
    FidelityCase(
        "weight-matching-resnet20",
        WeightMatching(as_released=True),
        _GIT_REBASIN.format(3),
        ResNet20(0.5, norm="layer"),
    ),
    FidelityCase(
        "activation-matching-inner",
        ActivationMatching(precision="float32"),
        "samuela/git-re-basin, mnist_mlp_activation_matching.py",
    ),
    FidelityCase(
        "activation-matching-pearson",
        ActivationMatching(statistic="pearson", precision="float32"),
        "samuela/git-re-basin, cifar10_vgg_activation_matching.py",
    ),
    _otfusion("exact", OTFusionWeights(as_released=True), f"{_RAW}--exact", _EPS),
    _otfusion(
        "exact",
        OTFusionWeights(),
        f"{_RAW}--exact",
        "Theirs moves the classes too, as if they were units, and not each to its own.",
    ),
    _otfusion(
        "exact-normalised",
        OTFusionWeights(as_released=True, normalise=True),
        f"{_RAW}--exact --normalize-wts",
        _EPS,
    ),
    _otfusion(
        "exact-log",
        OTFusionWeights(as_released=True, ground_metric="log"),
        "--ground-metric-normalize log --exact",
        _EPS,
    ),
    _otfusion(
        "sinkhorn-0.1",
        OTFusionWeights(as_released=True, solver="sinkhorn", regularisation=0.1),
        f"{_RAW}--reg 0.1",
        f"{_EPS} {_UNCONVERGED}",
    ),
    _otfusion(
        "sinkhorn-max",
        OTFusionWeights(solver="sinkhorn"),
        "--ground-metric-normalize max --skip-last-layer",
        f"{_EPS} {_UNCONVERGED}",
    ),
    _otfusion(
        "sinkhorn-max-10000",
        OTFusionWeights(solver="sinkhorn"),
        "--ground-metric-normalize max --skip-last-layer, with 10,000 iterations",
        f"{_EPS} Theirs iterates in float32.",
    ),
    _otfusion("sinkhorn", _SOFT, _RAW.strip(), _UNDERFLOW),
    _otfusion(
        "sinkhorn-log",
        OTFusionWeights(as_released=True, solver="sinkhorn", ground_metric="log"),
        "--ground-metric-normalize log",
        _UNDERFLOW,
    ),
    _otfusion_activations("exact", OTFusionActivations(as_released=True), f"{_RAW}--exact", _EPS),
    _otfusion_activations(
        "sinkhorn-max",
        OTFusionActivations(solver="sinkhorn"),
        "--ground-metric-normalize max --skip-last-layer",
        f"{_EPS} {_UNCONVERGED}",
    ),
    FidelityCase("pfnm", PFNM(sweeps=0), f"{_PFNM}it 0", networks=3),
    FidelityCase("pfnm-5-sweeps", PFNM(), f"{_PFNM}it 5", networks=3),
    FidelityCase("pfnm-gamma-5", PFNM(gamma=5.0, sweeps=0), f"{_PFNM}gamma 5, it 0", networks=3),
    FidelityCase(
        "pfnm-sigma0-10",
        PFNM(gamma=1e-3, sigma=0.5, sigma0=10.0),
        f"{_PFNM}gamma 1e-3, sigma 0.5, sigma0 10, it 5",
        networks=3,
    ),
    FidelityCase("fedma", FedMA(as_released=True, epochs=0, sweeps=0), _FEDMA, networks=3),
    FidelityCase("fedma", FedMA(epochs=0, sweeps=0), _FEDMA, networks=3, differs=_MISPLACED),
    FidelityCase(
        "fedma-turned",
        FedMA(epochs=0, sweeps=0),
        f"{_FEDMA}, with the prior mean of the bias put on the bias",
        networks=3,
    ),
    FidelityCase("zipit", ZipIt(as_released=True), f"{_ZIPIT}a 0.3, b 0.125", WITHOUT_BIAS),
    FidelityCase(
        "zipit",
        ZipIt(),
        f"{_ZIPIT}a 0.3, b 0.125",
        WITHOUT_BIAS,
        differs="Their merged unit counts as one of the network that its first part came from.",
    ),
    FidelityCase(
        "zipit-a-1-b-1",
        ZipIt(a=1.0, b=1.0, as_released=True),
        f"{_ZIPIT}a 1, b 1",
        WITHOUT_BIAS,
    ),
    FidelityCase(
        "zipit-three", ZipIt(as_released=True), f"{_ZIPIT}a 0.3, b 0.125, r 2/3", networks=3
    ),
    FidelityCase(
        "correlation",
        NeuronAlignment(samples=None),
        f"{_MERGE}permute",
        differs="Their means are short of 1e-5 units: every weight of a hidden unit is smaller.",
    ),
    FidelityCase(
        "repair",
        ActivationMatching(statistic="pearson"),
        "KellerJordan/REPAIR, Train-Merge-REPAIR-VGG11.ipynb, in one batch",
        differs="Their variances are those of a sample, of the networks and of the merge alike.",
        finish=Repair(samples=None, batch=1200),
    ),
    *(
        FidelityCase(
            f"cca-gamma-{gamma:g}",
            CCAMerge(gamma=gamma, as_released=True),
            f"{_MERGE}cca, gamma {gamma:g}",
            differs="Theirs is in float32 throughout, this in float64.",
        )
        for gamma in (0.1, 1.0, 10.0)
    ),
)
"""In the order of the table."""
