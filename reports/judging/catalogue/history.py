"""Verdicts that claims had before, by which rule, and why that changed.

Rules of the first runs judged means without intervals. Those of the review a day later judged five
disjoint pairs by intervals widened for the number of predictions, and called undecided what had
failed in part. What each claim was asked beside these, and is no longer, stands here.
"""

from collections.abc import Mapping

from ..claim import Earlier

_MEANS = "means of five pairs, without intervals"
_FIVE = "five disjoint pairs, intervals widened for the number of predictions"
_NARROW = "a perceptron of three times 256 after six epochs, which is not the paper's"
_OWN_NETWORK = (
    "The paper's own network in its place, ten of them in all pairs; each prediction is judged at "
    "its own level."
)
_COLOUR = "Networks of the dispute on CIFAR-10, VGG11 and ResNet20, joined them."
_FIXED = "Their number is fixed: all is tested once at 5 per cent, without further looks."
_ONE_LOOK, _OWN_SIX = f"{_COLOUR} {_FIXED}", f"Six of the comparison's own networks. {_FIXED}"
_CANNOT_FAIL = "It cannot fail, and counts no longer: a run can only illustrate it."

HISTORY: Mapping[str, tuple[Earlier, ...]] = {
    "G2": (
        Earlier(
            "mixed",
            f"{_MEANS}, of {_NARROW}",
            "The network was moved to the paper's own: the narrower one has a barrier (G8).",
        ),
        Earlier(
            "undecided",
            f"{_FIVE}; the merge by activation matching, too, had to be better than both",
            "The paper says that of the other two; of this one no run of ours could have told.",
        ),
    ),
    "G3": (
        Earlier(
            "undecided",
            f"{_NARROW}: test losses of weight and activation matching within 0.01 nats",
            f"{_OWN_NETWORK} Equally well is half a point of accuracy, as for G4.",
        ),
    ),
    "G4": (Earlier("undecided", f"{_FIVE}, of {_NARROW}", _OWN_NETWORK),),
    "G5": (
        Earlier(
            "undecided",
            f"{_FIVE}: {_NARROW}, plain VGG8 and VGG11 of width 8, ResNet20 of half the width",
            "Of those convolutional networks every merge was near chance: nothing could be told.",
        ),
        Earlier("mixed", "a perceptron, and VGG8s and ResNet20s of other images", _COLOUR),
    ),
    "G8": (
        Earlier("mixed", _MEANS, "Verdicts by intervals."),
        Earlier("supported", f"{_FIVE}, on an AMD EPYC", "The run was done again elsewhere."),
        Earlier(
            "undecided",
            f"{_FIVE}, on a Xeon: an interval ended at -0.7999999999999999, the bound is -0.8",
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
            f"{_FIVE}: VGG8 of width 8 against ResNet20 of half the width",
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
            "a barrier of at most 0.02 nats at epochs 1 to 5 under the maps of epoch 8",
            "It could not be: the networks' own maps leave 0.14 to 0.58 nats there. Now the maps "
            "are compared, and the source's own sentence on initialisations is tested.",
        ),
    ),
    "G11": (Earlier("supported", "counted as a test", _CANNOT_FAIL),),
    "G12": (
        Earlier(
            "mixed",
            "a barrier of zero under each optimiser",
            "It was another question than whether the optimiser matters.",
        ),
        Earlier(
            "refuted",
            "no barrier 0.02 nats from that of Adam at 0.001, and one failure refuted",
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
            f"{_FIVE}; places and biases chosen by training images",
            "They are chosen by held-out images, and networks are crossed.",
        ),
    ),
    "G14": (
        Earlier(
            "refuted",
            f"{_NARROW}; better, too, than a network at a temperature that was fitted to the "
            "images it was trained on; at first against one of the networks, not the better one",
            f"{_OWN_NETWORK} The temperature is a claim of its own (G14b), fitted to held-out "
            "images.",
        ),
    ),
    "G15": (
        Earlier(
            "refuted",
            f"{_NARROW}; at first also an accuracy above the best network's, which nobody claims",
            "The paper's own network in its place, fives of ten networks.",
        ),
    ),
    "G16": (
        Earlier(
            "mixed",
            "of activation matching and the straight-through estimator as well",
            "It is said of weight matching; the paper calls the estimator very expensive.",
        ),
        Earlier("supported", "of a perceptron and a VGG8 alone", _COLOUR),
    ),
    "G17": (
        Earlier(
            "mixed",
            f"{_MEANS}; no squared distances among OTFusion's configurations",
            "They were added.",
        ),
        Earlier(
            "undecided",
            f"{_FIVE}: VGG11 of width 8 with biases, by more than half a point",
            "Those networks are below a linear model, their merges near chance. The source says "
            "“outperforms”, of a network without biases.",
        ),
        Earlier("mixed", "VGG8s on digits and Fashion-MNIST, look 1 of 3", _OWN_SIX),
    ),
    "G18": (
        Earlier(
            "undecided",
            f"{_FIVE}, of {_NARROW}",
            f"{_OWN_NETWORK} Deep networks beside it, of which the paper's numbers are.",
        ),
    ),
    "G19": (Earlier("supported", "counted as a test", _CANNOT_FAIL),),
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
        Earlier("undecided", "without networks on CIFAR-10", _COLOUR),
    ),
    "G23": (Earlier("refuted", f"{_FIVE}, of {_NARROW}", _OWN_NETWORK),),
    "G24": (
        Earlier("supported", "no rise at all, on an AMD EPYC", "The run was done again elsewhere."),
        Earlier(
            "refuted",
            "no rise at all, on a Xeon: 0.00006 nats of a fall of 2.26 in one network of five",
            "A bound of zero judges rounding; now a rise of one per cent of the fall counts.",
        ),
    ),
    "Q1": (
        Earlier(
            "mixed",
            "means of agreement; at first OTFusion as released in the second row",
            "As released it differs in more than the distance (Q1b). Of exact statements one "
            "counterexample decides.",
        ),
    ),
    "Q1b": (
        Earlier("mixed", f"{_MEANS}: no switch of the ladder moves the accuracy", "Intervals."),
        Earlier(
            "refuted",
            "the same, and one failure refuted, which was decided after the data had been seen",
            "The comment does not say so. What its author has published is that both give the "
            "same model before the nonlinearity.",
        ),
    ),
    "Q2": (Earlier("supported", "counted as a test", _CANNOT_FAIL),),
    "Q3": (
        Earlier("supported", "a mean of 100 per cent on one machine", "The run was done again."),
        Earlier(
            "undecided",
            "a mean of exactly 100 per cent, with an interval to 101.4",
            "One counterexample decides an identity, and the merges' accuracy stands beside it.",
        ),
    ),
    "Q5": (Earlier("undecided", f"{_FIVE}, of {_NARROW}", _OWN_NETWORK),),
    "Q6": (
        Earlier("undecided", f"{_FIVE}, of {_NARROW}", _OWN_NETWORK),
        Earlier("supported", "on the perceptron alone, at the first of three looks", _ONE_LOOK),
    ),
    "Q7": (
        Earlier("mixed", f"{_MEANS}, after fewer epochs of training", "Verdicts by intervals."),
        Earlier("undecided", _FIVE, "A part had failed already, which makes it mixed."),
    ),
    "Q8": (
        Earlier(
            "undecided",
            f"{_NARROW}, without retraining: projected once, every 100 and every 10 steps",
            "The comment speaks of one alignment together with retraining.",
        ),
    ),
    "Q9": (
        Earlier(
            "mixed",
            f"{_MEANS}; after one epoch as well, where plain averages are 14.5 points behind",
            "The comment claims nothing of the first epoch.",
        ),
        Earlier(
            "undecided",
            f"{_FIVE}; against a network from scratch at ten times the rate as well",
            "The comment does not claim that, and that row had failed.",
        ),
    ),
    "Q12": (
        Earlier("refuted", "the same with epoch 0", "Epoch 0 was left out (G10)."),
        Earlier("supported", "five disjoint pairs", "A control was added."),
    ),
    "Q13": (Earlier("supported", "counted as a test", _CANNOT_FAIL),),
    "Q14": (
        Earlier(
            "not yet measured",
            "trained networks",
            "Networks as they start, for images of 8x8: neither changes what is matched.",
        ),
    ),
    "Q15": (
        Earlier(
            "refuted",
            "the middle of the line alone: 9 to 16 points below the better network",
            "Equal weights favour neither network, and OTFusion's figure shows the whole line.",
        ),
        Earlier(
            "supported",
            "the best place for the training images alone, of one split",
            "One rule for both parties (G13): the middle and the best place, of two splits.",
        ),
    ),
    "Q16": (Earlier("supported", "counted as a test", _CANNOT_FAIL),),
    "Q17": (
        Earlier(
            "mixed",
            "its permutation was to be that of a greedy pass as well",
            "PFNM goes from the last hidden layer down and the pass from the input up.",
        ),
        Earlier("supported", "the mean of five pairs", "Of exact statements every cell counts."),
    ),
    "S9": (
        Earlier(
            "refuted",
            "five of Git Re-Basin's own perceptrons on MNIST lose one point at least",
            "The source speaks of its own networks on CIFAR-10: perceptrons do not refute it.",
        ),
    ),
}
