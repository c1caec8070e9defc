"""`sinkhorn-rebasin`: soft permutations by the gradient of the weights' distance, then hard ones.

Start, cost and optimiser are those of its authors' examples.
"""

from importlib import import_module

from peer_process import PeerJob, Ready, Weights, serve
from torch.optim import AdamW


def prepare(job: PeerJob) -> Ready:
    fixed, moving = job.modules
    found = import_module("rebasin").RebasinNet(moving, input_shape=tuple(job.example.shape))
    found.identity_init()
    distance = import_module("rebasin.loss.loss").DistL2Loss(fixed)

    def align() -> Weights:
        optimiser = AdamW(found.p.parameters(), lr=float(job.settings["learning_rate"]))
        found.train()
        for _ in range(int(job.settings["iterations"])):
            optimiser.zero_grad()
            distance(found()).backward()
            optimiser.step()
        found.eval()
        return found().state_dict()

    return align


if __name__ == "__main__":
    serve(prepare, "sinkhorn-rebasin")
