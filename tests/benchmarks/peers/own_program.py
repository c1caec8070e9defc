"""The methods of this package, and the plain loop over scipy, measured like every other program."""

import sys
from pathlib import Path

from peer_process import PeerJob, Ready, Weights, serve

from basinbench.methods.base import Network, Problem, transported
from basinbench.methods.tracing.trace import trace
from basinbench.runners.grids.notation.vocabulary import methods_of

sys.path.append(str(Path(__file__).parents[1]))
from alignment import plain_maps

PLAIN_LOOP = "plain loop"


def prepare(job: PeerJob) -> Ready:
    first, second = job.modules
    symmetry = trace(first, job.example.expand(2, *job.shape))
    networks = [Network(module, module.state_dict(), symmetry) for module in (first, second)]
    problem = Problem(tuple(networks))
    if job.settings["method"] == PLAIN_LOOP:
        return lambda: symmetry.transport(networks[1].params, plain_maps(problem))
    (method,) = methods_of(str(job.settings["method"]))

    def align() -> Weights:
        return transported(problem, method.align(problem))[1]

    def average() -> Weights:
        return method.merge(problem, method.align(problem), (0.5, 0.5))

    return average if job.settings.get("does") == "average" else align


if __name__ == "__main__":
    serve(prepare, "basinbench")
