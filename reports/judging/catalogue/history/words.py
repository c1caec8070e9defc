"""What several verdicts were judged by before, and why that changed, in words."""

MEANS = "means of five pairs, without intervals"
FIVE = "five disjoint pairs, intervals widened for the number of predictions"
NARROW = "a perceptron of three times 256 after six epochs, which is not the paper's"
OWN_NETWORK = (
    "The paper's own network in its place, ten of them in all pairs; each prediction is judged at "
    "its own level."
)
ON_CIFAR = "Networks of the dispute on CIFAR-10, VGG11 and ResNet20, joined them."
FIXED = "Their number is fixed: all is tested once at 5 per cent, without further looks."
ONE_LOOK, OWN_SIX = f"{ON_CIFAR} {FIXED}", f"Six of the comparison's own networks. {FIXED}"
CANNOT_FAIL = "It cannot fail, and counts no longer: a run can only illustrate it."
