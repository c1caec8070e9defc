"""A record with everything that one can have, for tests that damage it."""

from basinbench.results.record import Epoch, ImageGroup, Point, Record, ends, summary
from basinbench.results.series import GROUP_COUNT

ENSEMBLE = {"loss": 0.125, "accuracy": 0.9375, "ece": 0.03125}


def record(cell: str, height: float) -> Record:
    places = (0.0, 0.25, 0.5, 0.75, 1.0)
    curve = tuple(
        Point(t, split, 0.125 + t / 8 + height * 4 * t * (1 - t), 0.9375 - t / 16)
        for split in ("train", "test")
        for t in places
    )
    scores = {f"{s}_ece_mid": 0.0625 for s in ("train", "test")}
    for split in ("train", "test"):
        scores |= ends(split, "ece", [0.03125, 0.0625])
        scores |= {f"{split}_ensemble_{q}": v for q, v in ENSEMBLE.items()}
    about = {
        "cell": cell,
        "kind": "merge",
        "dataset": "digits",
        "network_family": "mlp",
        "network_params": '{"widths":[64,64]}',
        "method": "weight-matching",
        "method_params": "{}",
        "finish": "none",
        "finish_params": "{}",
        "seeds": "0-1",
        "networks": 2,
        "points": 5,
        "status": "done",
        "diverged": False,
        "permutation": True,
        "equivalence_error": 2e-15,
        "align_seconds": 0.15625,
        "device": "A Processor",
        "threads": 1,
        "method_digest": "0123456789abcdef",
    }
    retraining = tuple(Epoch(e, s, 0.5, 0.75) for e in (0, 1, 5) for s in ("train", "test"))
    groups = tuple(ImageGroup(i, (0.5, 0.25, 0.25, 0.75, 1.0, 1.0)) for i in range(GROUP_COUNT))
    return Record(about | scores | summary(curve), curve, retraining, groups)
