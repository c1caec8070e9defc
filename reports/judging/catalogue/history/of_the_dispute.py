"""Earlier verdicts on what the comment claims, and who came after."""

from collections.abc import Mapping

from ...claim import Earlier
from .words import CANNOT_FAIL, FIVE, MEANS, NARROW, ONE_LOOK, OWN_NETWORK

DISPUTE: Mapping[str, tuple[Earlier, ...]] = {
    "Q1": (
        Earlier(
            "mixed",
            "means of agreement; at first OTFusion as released in the second row",
            "As released it differs in more than the distance (Q1b). Of exact statements one "
            "counterexample decides.",
        ),
    ),
    "Q1b": (
        Earlier("mixed", f"{MEANS}: no switch of the ladder moves the accuracy", "Intervals."),
        Earlier(
            "refuted",
            "the same, and one failure refuted, which was decided after the data had been seen",
            "The comment does not say so. What its author has published is that both give the "
            "same model before the nonlinearity.",
        ),
    ),
    "Q2": (Earlier("supported", "counted as a test", CANNOT_FAIL),),
    "Q3": (
        Earlier("supported", "a mean of 100 per cent on one machine", "The run was done again."),
        Earlier(
            "undecided",
            "a mean of exactly 100 per cent, with an interval to 101.4",
            "One counterexample decides an identity, and the merges' accuracy stands beside it.",
        ),
    ),
    "Q5": (Earlier("undecided", f"{FIVE}, of {NARROW}", OWN_NETWORK),),
    "Q6": (
        Earlier("undecided", f"{FIVE}, of {NARROW}", OWN_NETWORK),
        Earlier("supported", "on the perceptron alone, at the first of three looks", ONE_LOOK),
    ),
    "Q7": (
        Earlier("mixed", f"{MEANS}, after fewer epochs of training", "Verdicts by intervals."),
        Earlier("undecided", FIVE, "A part had failed already, which makes it mixed."),
    ),
    "Q8": (
        Earlier(
            "undecided",
            f"{NARROW}, without retraining: projected once, every 100 and every 10 steps",
            "The comment speaks of one alignment together with retraining.",
        ),
    ),
    "Q9": (
        Earlier(
            "mixed",
            f"{MEANS}; after one epoch as well, where plain averages are 14.5 points behind",
            "The comment claims nothing of the first epoch.",
        ),
        Earlier(
            "undecided",
            f"{FIVE}; against a network from scratch at ten times the rate as well",
            "The comment does not claim that, and that row had failed.",
        ),
    ),
    "Q12": (
        Earlier("refuted", "the same with epoch 0", "Epoch 0 was left out (G10)."),
        Earlier("supported", "five disjoint pairs", "A control was added."),
    ),
    "Q13": (Earlier("supported", "counted as a test", CANNOT_FAIL),),
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
    "Q16": (Earlier("supported", "counted as a test", CANNOT_FAIL),),
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
