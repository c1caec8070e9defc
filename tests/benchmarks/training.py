"""Training steps a second: how they are launched, and processes side by side on one device.

    python tests/benchmarks/training.py [--device cuda] [--network resnet20-w1-ln,...]
        [--steps single,captured,compiled] [--processes 1,4] [--epoch-steps 200]

Git Re-Basin's recipe for ResNet20 with random images of CIFAR's form, in batches of 100. Each
process trains two epochs of so many steps: the first is the warm-up, in which steps are captured or
compiled, and the second counts, from when all have had their first. One row each: steps a second
of all processes together, and what a network of thirty epochs of 50,000 images would take if as
many are trained side by side.
"""

import argparse
import os
import sys
import time
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import torch

from basinbench.datasets.base import Images
from basinbench.runners.networks.short_names import from_short_name
from basinbench.runners.training.inputs import Normalised
from basinbench.runners.training.recipes import IMAGENET, recipe
from basinbench.runners.training.steps import STEPS
from basinbench.runners.training.train import train

BATCH = 100
RECIPE = replace(recipe("git-rebasin-resnet20"), epochs=2, batch=BATCH, cpu_amp=True)
LONGEST_WAIT = 300.0
"""Seconds that a process waits for the others' first epoch."""
WHOLE = 30 * 50_000 // BATCH
"""Steps of a whole training."""


def measure(name: str, device: str, how: str, steps: int, together: Barrier, found: Queue) -> None:
    """Train, and put the seconds of the second epoch into `found`."""
    os.environ[STEPS] = how
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (steps * BATCH, 3, 32, 32), dtype=torch.uint8, generator=draw)
    images = Images(pixels, torch.randint(0, 10, (len(pixels),), generator=draw))
    samples = Normalised(images, IMAGENET.mean, IMAGENET.std).to(device)
    ends = []
    if (form := from_short_name(name)) is None:
        raise SystemExit(f"no network is called {name}")

    def ended(epoch: int, epochs: int, loss: float) -> None:
        del epochs, loss
        if epoch == 1:
            together.wait(LONGEST_WAIT)  # where one has failed, none waits for ever
        ends.append(time.perf_counter())

    train(form.build((3, 32, 32), 10), samples, RECIPE, 0, on_epoch=ended)
    found.put(ends[1] - ends[0])


def main() -> None:
    """Measure what the command line asks for, and print a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--network", default="resnet20-w1-ln")
    parser.add_argument("--steps", default="single,captured,compiled")
    parser.add_argument("--processes", default="1")
    parser.add_argument("--epoch-steps", type=int, default=200)
    arguments = parser.parse_args()
    spawn = get_context("spawn")
    for name in arguments.network.split(","):
        for how in arguments.steps.split(","):
            for count in map(int, arguments.processes.split(",")):
                together, found = spawn.Barrier(count), spawn.Queue()
                told = (name, arguments.device, how, arguments.epoch_steps, together, found)
                running = [spawn.Process(target=measure, args=told) for _ in range(count)]
                for process in running:
                    process.start()
                for process in running:
                    process.join()
                if any(process.exitcode for process in running):
                    raise SystemExit(f"{name}, {how}: a process ended with an error, see above")
                seconds = max(found.get() for _ in running)
                each = seconds / arguments.epoch_steps
                sys.stdout.write(
                    f"{name:20} {how:10} {count:2} side by side: {count / each:7.1f} steps/s, "
                    f"a network {each * WHOLE:6.0f} s\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
