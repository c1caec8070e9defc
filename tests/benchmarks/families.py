"""Architecture families, traced and proved: is any symmetry invented, and how much is missed?

    python tests/benchmarks/families.py [--only timm/ transformers/bert] [--out families.csv]

Needs timm, transformers and diffusers beside the package (`make families` installs them into an
environment of its own); nothing is downloaded, weights are random. Each network is traced with one
input and proved on all of them, of other lengths and sizes where it takes them, in evaluation and
in training mode. `moves` is the share of the tensors' axes (of more than one position) that carry
a group. Every network has a process of its own, which ends after `--seconds`.
"""

import argparse
import logging
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from family_models import Builder, families

from basinbench import prove, trace
from basinbench.methods.symmetry.axes import Symmetry

Row = dict[str, Any]

LIBRARIES = ("torchvision", "timm", "transformers", "diffusers")


def moving(symmetry: Symmetry) -> float:
    """The share of axes of more than one position that carry a group."""
    axes = [axis for axes in symmetry.axes.values() for axis in axes if axis.size > 1]
    return sum(bool(axis.groups) for axis in axes) / len(axes)


def measured(builder: Builder) -> Row:
    """One row of the table."""
    torch.manual_seed(0)
    module, inputs = builder()
    module.eval()
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        symmetry = trace(module, inputs[0])
    seconds = time.perf_counter() - start
    lost = [str(w.message) for w in caught if w.category.__name__ == "UnknownOperatorWarning"]
    row: Row = {
        "parameters": sum(p.numel() for p in module.parameters()),
        "groups": len(symmetry.groups()),
        "moves": moving(symmetry),
        "seconds": seconds,
        "inputs": len(inputs),
        "note": " ".join(lost)[:200],
    }
    proof = prove(module, symmetry, *inputs)
    return row | {
        "proved": proof.ok,
        "change": proof.change,
        "tolerance": proof.tolerance,
        "modes": "+".join(proof.modes),
        "note": row["note"] if proof.ok else str(proof)[:300],
    }


def _child(builder: Builder, pipe: Connection) -> None:
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    try:
        pipe.send(measured(builder))
    except Exception as error:  # whatever a library raises is a row of the table
        pipe.send({"note": f"{type(error).__name__}: {error}"[:300]})


def apart(seconds: float, builder: Builder) -> Row:
    """The row of one network, measured in a process of its own."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(builder, sender))
    process.start()
    sender.close()
    try:
        if receiver.poll(seconds):
            return receiver.recv()
        return {"note": f"did not end within {seconds:g} s"}
    except EOFError:
        return {"note": "its process died"}
    finally:
        process.kill()
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Architecture families, traced and proved.")
    parser.add_argument("--only", nargs="*", default=[""], help="beginnings of names")
    parser.add_argument("--seconds", type=float, default=300, help="limit for one network")
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    parser.add_argument("--out", type=Path, help="write the table to this file too, as CSV")
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    _import_once()
    chosen = {k: b for k, b in families().items() if k.startswith(tuple(options.only))}
    rows: list[Row] = []
    with ThreadPoolExecutor(options.workers) as pool:
        work: Callable[[Builder], Row] = partial(apart, options.seconds)
        for name, row in zip(chosen, pool.map(work, chosen.values()), strict=True):
            rows.append({"network": name, **row})
            told = "proved" if row.get("proved") is True else row["note"]
            print(f"{name}: {told}", flush=True)
            if options.out:
                pd.DataFrame(rows).to_csv(options.out, index=False)
    table = pd.DataFrame(rows)
    print(table.drop(columns="note").to_markdown(index=False, floatfmt=".3g"))
    told = [row.get("proved") for row in rows]
    print(f"{told.count(True)} proved, {told.count(False)} wrong, {told.count(None)} not traced")


def _import_once() -> None:
    """What the processes need, imported before they are forked."""
    for library in LIBRARIES:
        import_module(library)


if __name__ == "__main__":
    main()
