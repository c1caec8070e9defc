"""The options of every command that measures cells: `basinbench run` and `compare`."""

import argparse
from pathlib import Path

from ...folders import OWN_RESULTS
from .option_types import folder, positive, seconds, share


def add_running_options(verb: argparse.ArgumentParser) -> None:
    """How long, where and in how many processes cells are measured, and where all of it goes."""
    verb.add_argument(
        "--budget",
        type=seconds,
        metavar="TIME",
        help="when it is spent (90, 30s, 2m, 1h) no other cell is begun; default: no limit",
    )
    verb.add_argument(
        "--align-budget",
        type=seconds,
        metavar="TIME",
        help="an alignment that takes longer is cut off, its cells fail; default: the budget",
    )
    verb.add_argument(
        "--device",
        help="one, or several with commas, to which workers are dealt (cuda:0,cuda:1); default: "
        "the first CUDA device, else the CPU",
    )
    verb.add_argument("--threads", type=positive, metavar="N", help="CPU threads; default: all")
    verb.add_argument(
        "--workers",
        type=positive,
        default=1,
        metavar="N",
        help="processes side by side, which share the threads: faster where networks are small, "
        "but they disturb each other's times a little; default: 1",
    )
    verb.add_argument(
        "--curves",
        choices=("float32", "bfloat16"),
        default="float32",
        help="number format of the lines between networks; in bfloat16 ends, middles and barriers "
        "are still float32's, and records say so: several times as fast on a GPU and on processors "
        "with AMX, slower on others; default: float32",
    )
    verb.add_argument(
        "--steps",
        choices=("single", "captured", "compiled"),
        help="how training steps are launched: one operator at a time; on CUDA each as one graph, "
        "which small networks gain much by; or with fused kernels as well, which takes a minute "
        "before the first step. Networks are then alike to rounding; none may decide by chance in "
        "Python. Default: $BASINBENCH_STEPS, else single",
    )
    verb.add_argument(
        "--isolate",
        action="store_true",
        help="each method in a process of its own, as plug-ins always are",
    )
    verb.add_argument(
        "--engine",
        choices=("local", "ray", "slurm"),
        default="local",
        help="where jobs are carried out: in processes of this machine, as tasks of Ray, or as "
        "arrays of SLURM; of the latter two --workers is how many run at a time. The home, data "
        "and plug-ins are folders that all machines see. Default: local",
    )
    verb.add_argument(
        "--gpus",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="GPUs of each of Ray's tasks, 0.25 for four tasks on one; default: none",
    )
    verb.add_argument(
        "--resources",
        action="append",
        default=[],
        metavar="CLASS: NAME=VALUE,...",
        help="what SLURM is asked for, for training, merging, cpu, or all of them without a class: "
        "partition, account, minutes, memory (GB), gpus; may be given several times",
    )
    verb.add_argument(
        "--stale",
        choices=("keep", "rerun"),
        default="keep",
        help="what becomes of cells that another state of their method's code has measured; "
        "default: keep",
    )
    verb.add_argument(
        "--home",
        type=folder,
        metavar="FOLDER",
        help="trained networks and finished cells; default: $BASINBENCH_HOME, else a cache folder",
    )
    verb.add_argument(
        "--results",
        type=folder,
        default=OWN_RESULTS,
        metavar="FOLDER",
        help=f"where the tables go; default: ./{OWN_RESULTS}",
    )
    verb.add_argument(
        "--dry-run",
        action="store_true",
        help="only say what would be run, and about how long it would take",
    )
    verb.add_argument(
        "--json", action="store_true", help="one JSON document for scripts in the table's place"
    )
    verb.add_argument("--again", action="store_true", help="run finished cells again as well")
    verb.add_argument(
        "--prune",
        action="store_true",
        help="take the rows of other runs out of the table; without it they stay",
    )


def add_plugin_option(verb: argparse.ArgumentParser) -> None:
    """Files of a user's own."""
    verb.add_argument(
        "--plugin",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a file with methods, networks, data sets, recipes, finishes or grids of your own, or "
        "a folder of such files; may be given several times; also $BASINBENCH_PLUGINS",
    )
