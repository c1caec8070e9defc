"""Two networks in the form of Llama merged from their files, with less memory than one of them has.

    python tests/benchmarks/from_files.py --folder /tmp/llama --memory 2 [--layers 22 ...]

Needs transformers and some 7 GB of disk for the sizes of TinyLlama (1.1 billion parameters in
bfloat16, the default). Two checkpoints are written with a planted order: the second is the first
with noise of half its size, its units in another order. `--memory`: GiB that the merge may have,
the pages of the files among them, by a control group (Linux, as root). Prints seconds, the most
memory that was held, and the share of units that were found again. `--about` writes nothing and
says how many operations a sweep has and how long its widest assignment takes: seconds of other
sizes follow from both. Whatever was written is deleted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from basinbench import Symmetry, merge_from_files, parameters_on_meta, trace
from basinbench.methods.matching.assignment import assign
from basinbench.methods.symmetry.maps import Reordering
from basinbench.methods.symmetry.reorderings import Reorderings, drawn
from basinbench.runners.own_networks.shards import write_shards

NOISE = 0.5
METHOD = "weight-matching(order=widest)"
GROUP = Path("/sys/fs/cgroup")


def config(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": options.words,
        "hidden_size": options.width,
        "intermediate_size": options.hidden,
        "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads,
        "num_key_value_heads": options.key_heads,
        "tie_word_embeddings": False,
    }


def symmetry_of(options: argparse.Namespace) -> Symmetry:
    """Traced on a module without numbers."""
    transformers: Any = import_module("transformers")  # a type checker need not have it
    with parameters_on_meta():
        made = transformers.LlamaConfig(**config(options))
        module = transformers.LlamaForCausalLM(made).eval()
    return trace(module, {"input_ids": torch.arange(24).view(2, 12)})


def planted(symmetry: Symmetry) -> Reorderings:
    return drawn(symmetry, torch.Generator().manual_seed(0))


def write(folder: Path, options: argparse.Namespace) -> None:
    """Both checkpoints, tensor by tensor, and nothing of them left in the system's memory."""
    symmetry = symmetry_of(options)
    shapes = {name: [axis.size for axis in axes] for name, axes in symmetry.axes.items()}
    sizes = {name: 2 * prod(shape) for name, shape in shapes.items()}
    maps = planted(symmetry)

    def tensors(moved: bool) -> Iterator[tuple[str, Tensor]]:
        for number, (name, shape) in enumerate(shapes.items()):
            draw = torch.Generator().manual_seed(number)
            x = torch.randn(shape, generator=draw) / shape[-1] ** 0.5
            if moved:
                x += NOISE / shape[-1] ** 0.5 * torch.randn(shape, generator=draw)
                x = symmetry.transport({name: x}, maps)[name]
            yield name, x.bfloat16()

    for which, moved in (("a", False), ("b", True)):
        for file in write_shards(folder / which, tensors(moved), sizes, {}):
            with file.open("rb+") as open_file:
                os.fsync(open_file.fileno())
                os.posix_fadvise(open_file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        (folder / which / "config.json").write_text(json.dumps(config(options)))


class HeldMemory(threading.Thread):
    """The most memory of this process that is no file's, looked at twenty times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            held = next(line for line in lines if line.startswith("RssAnon"))
            self.peak = max(self.peak, 1024 * int(held.split()[1]))
            time.sleep(0.05)


def merge(folder: Path) -> None:
    """In a process of its own, so that nothing else is counted."""
    torch.set_num_threads(1)
    before, memory = time.process_time(), HeldMemory()
    memory.start()
    start = time.perf_counter()
    found = merge_from_files(
        folder / "a", folder / "b", network=f"hf:{folder / 'a'}", out=folder / "m", method=METHOD
    )
    maps = planted(found.networks[0].symmetry)
    right = total = 0
    for group, own in maps.items():
        back = found.maps[group]
        assert isinstance(back, Reordering)
        right += int((own.index[back.index] == torch.arange(len(own.index))).sum())
        total += len(own.index)
    numbers = sum(value.numel() for value in found.networks[0].params.values())
    print(
        f"{numbers / 1e9:.2f} billion parameters: {time.process_time() - before:.0f} s of CPU time "
        f"({time.perf_counter() - start:.0f} s on the clock; matching {found.seconds:.0f}), "
        f"{found.stats['sweeps']:.0f} sweeps, {found.stats['solves']:.0f} solves; "
        f"held at most {memory.peak / 2**30:.2f} GiB, one checkpoint has "
        f"{2 * numbers / 2**30:.2f}; {right:,} of {total:,} units found again "
        f"({100 * right / total:.2f} %)",
        flush=True,
    )


def within(gigabytes: float) -> Path:
    """A new control group with so much memory; whoever is in it may have no more."""
    old = GROUP / "memory"
    group = (old if old.is_dir() else GROUP) / f"basinbench-{os.getpid()}"
    group.mkdir()
    limit = "memory.limit_in_bytes" if old.is_dir() else "memory.max"
    (group / limit).write_text(str(int(gigabytes * 2**30)))
    return group


def about(options: argparse.Namespace) -> None:
    """What a sweep consists of."""
    torch.set_num_threads(1)
    start = time.process_time()
    symmetry = symmetry_of(options)
    traced = time.process_time() - start
    groups, numbers, operations = symmetry.groups(), 0, 0
    for axes in symmetry.axes.values():
        numbers += prod(axis.size for axis in axes)
    for group in groups:
        for place in symmetry.occurrences(group):
            axes = symmetry.axes[place.name]
            operations += 2 * prod(axis.size for axis in axes) * groups[group]
    widest = max(groups.values())
    gains = torch.randn(widest, widest)
    start = time.process_time()
    assign(gains)
    solved = time.process_time() - start
    print(
        f"{numbers / 1e9:.2f} billion parameters, traced in {traced:.0f} s: {len(groups)} groups, "
        f"{operations / 1e12:.1f} trillion operations a sweep; the widest has {widest} units, "
        f"whose assignment on random gains takes {solved:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/llama"))
    parser.add_argument("--memory", type=float)
    sizes = {"words": 32000, "width": 2048, "hidden": 5632, "layers": 22, "heads": 32}
    for name, size in {**sizes, "key-heads": 4}.items():
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--about", action="store_true")
    parser.add_argument("--merge", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.about or options.merge:
        return about(options) if options.about else merge(options.folder)
    options.folder.mkdir(parents=True)
    group = within(options.memory) if options.memory else None
    try:
        write(options.folder, options)
        words = [sys.executable, __file__, "--merge", "--folder", str(options.folder.absolute())]
        child = subprocess.Popen(words)
        if group is not None:
            (group / "cgroup.procs").write_text(str(child.pid))
        child.wait()
        print(f"ended with {child.returncode}")
    finally:
        shutil.rmtree(options.folder)
        if group is not None:
            group.rmdir()
    return None


if __name__ == "__main__":
    main()
