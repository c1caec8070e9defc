"""Earlier verdicts on what Git Re-Basin and its press claim."""

from collections.abc import Mapping

from ...claim import Earlier
from .words import CANNOT_FAIL, FIVE, MEANS, NARROW, ON_CIFAR, OWN_NETWORK, OWN_SIX

PAPER: Mapping[str, tuple[Earlier, ...]] = {
    "G2": (
        Earlier(
            "mixed",
            f"{MEANS}, of {NARROW}",
            "The network was moved to the paper's own: the narrower one has a barrier (G8).",
        ),
        Earlier(
            "undecided",
            f"{FIVE}; the merge by activation matching, too, had to be better than both",
            "The paper says that of the other two. The difference of activation matching, -0.0004 "
            "nats, could not have been told from zero with fewer than 2,400 pairs.",
        ),
    ),
    "G3": (
        Earlier(
            "undecided",
            f"{NARROW}: test losses of weight and activation matching within 0.01 nats",
            f"{OWN_NETWORK} Equally well is half a point of accuracy, as for G4.",
        ),
    ),
    "G4": (Earlier("undecided", f"{FIVE}, of {NARROW}", OWN_NETWORK),),
    "G5": (
        Earlier(
            "undecided",
            f"{FIVE}: {NARROW}, plain VGG8 and VGG11 of width 8, ResNet20 of half the width",
            "Of those convolutional networks every merge was near chance: nothing could be told.",
        ),
        Earlier("mixed", "a perceptron, and VGG8s and ResNet20s of other images", ON_CIFAR),
    ),
    "G8": (
        Earlier("mixed", MEANS, "Verdicts by intervals."),
        Earlier("supported", f"{FIVE}, on an AMD EPYC", "The run was done again elsewhere."),
        Earlier(
            "undecided",
            f"{FIVE}, on a Xeon: an interval ended at -0.7999999999999999, the bound is -0.8",
            "Comparisons with bounds allow for rounding. One more width, and controls.",
        ),
        Earlier(
            "undecided",
            "five networks of each width, digits and MNIST alone",
            "A ladder on real images of more than digits.",
        ),
    ),
    "G9": (
        Earlier(
            "undecided",
            f"{FIVE}: VGG8 of width 8 against ResNet20 of half the width",
            "The merges of both answered at chance; now of widths at which both can be merged.",
        ),
    ),
    "G10": (
        Earlier(
            "refuted",
            "the same with epoch 0, where the barrier is zero because nothing is trained yet",
            "Epoch 0 was left out: every network answers at chance there, whatever the map.",
        ),
        Earlier(
            "supported",
            "the barrier alone, which follows the accuracy of the networks as well",
            "The share that is left of the barrier of plain averages was added.",
        ),
    ),
    "G10b": (
        Earlier("mixed", "the same with epoch 0", "Epoch 0 was left out (G10)."),
        Earlier(
            "refuted",
            "a barrier of at most 0.02 nats at epochs 1 to 5 under the maps of epoch 8, and one "
            "failure refuted",
            "It could not be: the networks' own maps leave 0.14 to 0.58 nats there. Now the maps "
            "are compared, and the source's own sentence on initialisations is tested.",
        ),
    ),
    "G11": (Earlier("supported", "counted as a test", CANNOT_FAIL),),
    "G12": (
        Earlier(
            "mixed",
            "a barrier of zero under each optimiser",
            "It was another question than whether the optimiser matters.",
        ),
        Earlier(
            "refuted",
            "“the optimiser should not matter much”: no barrier 0.02 nats from that of Adam at "
            "0.001, and one failure refuted",
            "The paper says the contrary: it lists these optimisers as failures. That is judged.",
        ),
    ),
    "G13": (
        Earlier(
            "refuted",
            "the middle of the line alone, in loss and accuracy",
            "One rule for both parties (Q15): the middle and the best place. The final version "
            "claims no gain of accuracy.",
        ),
    ),
    "G13b": (
        Earlier(
            "supported",
            "against the middle of weight matching's line",
            "The middle gains nothing here that a prior could explain (G13).",
        ),
        Earlier(
            "undecided",
            f"{FIVE}; places and biases chosen by training images",
            "They are chosen by held-out images, and networks are crossed.",
        ),
    ),
    "G14": (
        Earlier(
            "refuted",
            f"{NARROW}; better, too, than a network at a temperature that was fitted to the "
            "images it was trained on; at first against one of the networks, not the better one",
            f"{OWN_NETWORK} The temperature is a claim of its own (G14b), fitted to held-out "
            "images.",
        ),
    ),
    "G15": (
        Earlier(
            "refuted",
            f"{NARROW}; at first also an accuracy above the best network's, which nobody claims",
            "The paper's own network in its place, fives of ten networks.",
        ),
    ),
    "G16": (
        Earlier(
            "mixed",
            "of activation matching and the straight-through estimator as well",
            "It is said of weight matching; the paper calls the estimator very expensive.",
        ),
        Earlier("supported", "of a perceptron and a VGG8 alone", ON_CIFAR),
    ),
    "G17": (
        Earlier(
            "mixed",
            f"{MEANS}; no squared distances among OTFusion's configurations",
            "They were added.",
        ),
        Earlier(
            "undecided",
            f"{FIVE}: VGG11 of width 8 with biases, by more than half a point",
            "Those networks are below a linear model, their merges near chance. The source says "
            "“outperforms”, of a network without biases.",
        ),
        Earlier(
            "mixed",
            "VGG8s without biases on digits and with layer norm on Fashion-MNIST, look 1 of 3, in "
            "the place of the network that is spoken of",
            OWN_SIX,
        ),
    ),
    "G18": (
        Earlier(
            "undecided",
            f"{FIVE}, of {NARROW}",
            f"{OWN_NETWORK} Deep networks beside it, of which the paper's numbers are.",
        ),
    ),
    "G19": (Earlier("supported", "counted as a test", CANNOT_FAIL),),
    "G20": (
        Earlier(
            "supported",
            "every unit of three seeds a network",
            "Fifty seeds; the paper tried a handful, and nine of ten recovered count as its claim.",
        ),
    ),
    "G21": (
        Earlier(
            "refuted",
            "no barrier at all, of networks of an eighth of the published width, and one failure "
            "refuted",
            "The source asks for sufficient width, and says that the method applies and improves, "
            "not that nothing is left.",
        ),
        Earlier(
            "supported",
            "seven networks: a perceptron, VGG8s and ResNet20s",
            "Transformers, recurrent networks, ResNeXts and networks with group norm had been "
            "measured and were not asked. Now the widest of every kind in the tables is.",
        ),
        Earlier("undecided", "without networks on CIFAR-10", ON_CIFAR),
    ),
    "G23": (Earlier("refuted", f"{FIVE}, of {NARROW}", OWN_NETWORK),),
    "G24": (
        Earlier("supported", "no rise at all, on an AMD EPYC", "The run was done again elsewhere."),
        Earlier(
            "refuted",
            "no rise at all, on a Xeon: 0.00006 nats of a fall of 2.26 in one network of five",
            "A bound of zero judges rounding; now a rise of one per cent of the fall counts.",
        ),
    ),
}
