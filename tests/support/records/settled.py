"""Records whose accuracies are given, in the conditions that the first page speaks of."""

import re

from analytic_records import PAIRS, mlp, record

from basinbench.reports.data.named import Named, named

PAPER = mlp(512, 512, 512)
VGG8 = named("vgg", depth=8, width=32, norm="layer")
RESNET = named("resnet20", width=2, norm="batch")
UNEQUAL = Named("mlp", '[{"widths":[48]},{"widths":[64]}]')


def settled(method, accuracy, network=PAPER, finish="none", step=0.001, sets=3, **row):
    """A record for each of so many pairs: `accuracy` on test, `step` more from one to the next."""
    made = []
    for i in range(sets):
        pair = PAIRS[i % len(PAIRS)]
        about = {
            "cell": "c"
            + re.sub("[^a-z0-9.]+", "-", f"{[method, network[:2], finish, row]}.{i}".lower()),
            "dataset": "mnist",
            "seeds": f"{2 * i}-{2 * i + 1}",
            "network_family": network.name,
            "network_params": network.params,
            "test_accuracy_mid": accuracy + step * i,
            "test_accuracy_mean": 0.98,
        }
        made.append(record(method, pair, finish, **about | row))
    return made
