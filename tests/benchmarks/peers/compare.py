"""Other programs beside this one, on the same weights: `make peers` writes `results/peers`.

    python tests/benchmarks/peers/compare.py [--only mlp] [--programs rebasin] [--out FOLDER]

Each program runs in a process of its own, on one thread, in the environment that it is installed
in, and answers with a file of weights; all that is said of its answer is computed here. A program
that is not to be had, or fails, has a row with the reason. The table is written after every row,
and rows of others stay in it: `--only` and `--programs` go on where a run was cut off.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path

from cases import CPU, PeerCase, cases
from environments import Environments, NotInstalledError
from programs import PACKAGE, PROGRAMS, Program
from safetensors.torch import load_file, save_file

from basinbench.methods.base import Network, weighted_mean
from basinbench.results.peer_table import PEER_COLUMNS, peer_rows, write_peers
from basinbench.results.record import Value
from basinbench.runners.measuring.environment import commit, device_name, now

sys.path.append(str(Path(__file__).parents[2] / "support"))
from peer_results import Weights, fit, function_change, objective, recovered, reorders

HERE = Path(__file__).parent
ENDLESS = 900.0
"""Seconds after which a program is ended."""

TOLD = (
    "seconds",
    "cpu_seconds",
    "objective",
    "function_change",
    "permutation",
    "recovered",
    "barrier",
)


NETWORKS = tuple(cases(Path()))
Row = Mapping[str, Value]


class ProgramError(Exception):
    """A program that gave no answer, and what it said last."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Other programs beside this one")
    parser.add_argument("--only", nargs="*", default=[""], help="beginnings of networks' names")
    parser.add_argument("--programs", nargs="*", default=[""], help="beginnings of their names")
    parser.add_argument("--build", type=Path, default=Path("build/peers"), help="environments")
    parser.add_argument("--out", type=Path, default=Path("results/peers"), help="the table")
    options = parser.parse_args()
    chosen = [p for p in PROGRAMS if p.name.startswith(tuple(options.programs))]
    environments = Environments(options.build / "environments")
    rows: dict[str, Row] = {str(row["cell"]): row for row in peer_rows(options.out)}
    for name, make in cases(options.build / "home").items():
        if not name.startswith(tuple(options.only)):
            continue
        case, folder = make(), options.build / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("first", "second", "reordered"):
            network: Network = getattr(case, part)
            save_file(
                {n: v.contiguous() for n, v in network.params.items()},
                folder / f"{part}.safetensors",
            )
        for program in chosen:
            if sum(w.numel() for w in case.first.weights.values()) <= program.largest:
                row = row_of(program, case, folder, environments)
                print(_told(row), flush=True)
                _keep(rows, [row], options.out)
        _keep(rows, earlier(case), options.out)
    print(f"{len(rows)} rows in {options.out}")


def _keep(rows: dict[str, Row], more: Iterable[Row], out: Path) -> None:
    """Write the table with `more` rows: one that is cut off goes on later."""
    rows |= {str(row["cell"]): row for row in more}
    write_peers(sorted(rows.values(), key=_place), out)


def _place(row: Row) -> tuple[int, bool, int]:
    """By network in their order, then as the programs are listed; earlier figures last."""
    names = [program.name for program in PROGRAMS]
    place = names.index(str(row["program"])) if row["program"] in names else len(names)
    return NETWORKS.index(str(row["network"])), row["status"] == "earlier", place


def row_of(
    program: Program, case: PeerCase, folder: Path, environments: Environments
) -> dict[str, Value]:
    """What one program did on one pair of networks."""
    row: dict[str, Value] = _about(case) | {
        "cell": f"{case.form.name}: {program.name}",
        "does": program.does,
        "program": program.name,
        "version": program.version or None,
        "settings": program.says or None,
        "device": device_name(CPU),
        "threads": 1,
        "commit": commit() or None,
        "date": now(),
    }
    try:
        python = sys.executable
        if program.package != PACKAGE:
            python = str(environments.python(program.package, program.version))
        seconds = ("second", "reordered") if program.does == "align" else ("second",)
        (answer, taken), *back = _run(python, program, case, folder, seconds)
        found = _judged(program, case, answer) | taken
        for restored, _ in back:
            found |= {"recovered": recovered(case.first, fit(case.first, restored))}
    except (NotInstalledError, ProgramError, ValueError) as error:
        return row | {"status": "failed", "reason": str(error)}
    return row | found | {"status": "done"}


def earlier(case: PeerCase) -> Iterator[Mapping[str, Value]]:
    """The figures of programs that are in no registry, measured before on another machine."""
    kinds = {column.name: column.kind for column in PEER_COLUMNS}
    with (HERE / "earlier.csv").open(encoding="utf-8", newline="") as file:
        for found in csv.DictReader(file):
            if found["network"] == case.form.name:
                given = {name: kinds[name](text) for name, text in found.items() if text}
                name = f"{case.form.name}: {found['program']}, earlier"
                yield {"cell": name, "does": "align", "status": "earlier"} | given


def _about(case: PeerCase) -> dict[str, Value]:
    weights = case.first.weights.values()
    return {
        "network": case.form.name,
        "weights": case.weights,
        "parameters": sum(w.numel() for w in weights),
    }


def _run(
    python: str, program: Program, case: PeerCase, folder: Path, seconds: Sequence[str]
) -> list[tuple[Weights, dict[str, Value]]]:
    """The program's answers on the first network and each of the `seconds`, and what each took."""
    asked = [_ask(program, case, folder, second) for second in seconds]
    alone = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    try:
        run = subprocess.run(
            [python, str(HERE / program.script), *map(str, asked)],
            env={**os.environ, **alone},
            capture_output=True,
            text=True,
            timeout=ENDLESS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramError(f"did not finish within {ENDLESS:g} s") from error
    if run.returncode:
        said = run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"]
        raise ProgramError(said[-1][:300])
    return [_answer(folder / f"{second}-answer.safetensors") for second in seconds]


def _ask(program: Program, case: PeerCase, folder: Path, second: str) -> Path:
    """The file of a job; no earlier answer to it is left."""
    out = (folder / f"{second}-answer.safetensors").absolute()
    for old in (out, out.with_suffix(".json")):
        old.unlink(missing_ok=True)
    job = {
        "network": case.form.name,
        "shape": case.shape,
        "classes": case.classes,
        "first": str((folder / "first.safetensors").absolute()),
        "second": str((folder / f"{second}.safetensors").absolute()),
        "out": str(out),
        "settings": dict(program.settings),
    }
    asked = folder / f"{second}-job.json"
    asked.write_text(json.dumps(job), encoding="utf-8")
    return asked


def _answer(file: Path) -> tuple[Weights, dict[str, Value]]:
    taken = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    known = {k: v for k, v in taken.items() if not isinstance(v, float) or isfinite(v)}
    return load_file(file), known


def _judged(program: Program, case: PeerCase, answer: Weights) -> dict[str, Value]:
    """What the answer to the second network is worth."""
    moved = fit(case.second, answer)
    if program.does == "average":
        found: dict[str, Value] = {}
        merged = moved
    else:
        found = {
            "objective": objective(case.first, moved),
            "function_change": function_change(case.second, moved, case.inputs),
            "permutation": reorders(case.second, moved),
        }
        merged = weighted_mean((case.first.params, moved), (0.5, 0.5))
    if case.loss is not None:
        ends = [case.loss(n.params) for n in (case.first, case.second)]
        found["barrier"] = case.loss(merged) - sum(ends) / 2
    return found


def _told(row: Mapping[str, Value]) -> str:
    if row["status"] == "failed":
        return f"{row['cell']}: failed: {row['reason']}"
    told = {name: row[name] for name in TOLD if row.get(name) is not None}
    found = (f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in told.items())
    return f"{row['cell']}: {', '.join(found)}"


if __name__ == "__main__":
    main()
