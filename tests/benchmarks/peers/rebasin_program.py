"""`rebasin`: weight matching by permutation coordinate descent, as its README calls it."""

from importlib import import_module

from peer_process import PeerJob, Ready, Weights, serve


def prepare(job: PeerJob) -> Ready:
    fixed, moving = job.modules
    matching = import_module("rebasin").PermutationCoordinateDescent(fixed, moving, job.example)

    def align() -> Weights:
        matching.rebasin()
        return moving.state_dict()

    return align


if __name__ == "__main__":
    serve(prepare, "rebasin")
