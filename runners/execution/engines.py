"""Where the jobs of a run are carried out: here, on Ray, or by SLURM; chosen by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError, nearest
from ..progress import Display
from .executor import Executor

_NAMES: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "partition": ("slurm_partition", str),
    "account": ("slurm_account", str),
    "minutes": ("timeout_min", int),
    "memory": ("mem_gb", float),
    "gpus": ("gpus_per_node", int),
}
"""What may be asked of SLURM: submitit's name for it, and its type; minutes and gigabytes."""


def executor(
    name: str,
    home: Path,
    display: Display,
    workers: int,
    gpus: float = 0.0,
    resources: Sequence[str] = (),
) -> Callable[[], Executor] | None:
    """Makes the executor of the engine called `name`; `None` for this machine's own processes.

    `gpus` are those of each of Ray's tasks; `resources` is what SLURM is asked for, in the words of
    `slurm_resources`. Raises `UserError` where the engine's library is not installed.
    """
    if name == "ray":
        from .ray_cluster import RayCluster

        return lambda: RayCluster(home, display, workers, gpus=gpus)
    if name == "slurm":
        from .slurm_arrays import SlurmArrays

        asked = slurm_resources(resources)
        return lambda: SlurmArrays(home, display, workers, resources=asked)
    return None


def slurm_resources(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`training: partition=gpu, gpus=1, minutes=60` as submitit's parameters, class by class.

    Without a class before the colon it is asked for all of them. Raises `UserError` for another
    class, another name, or a value that is no number where one is needed.
    """
    from .slurm_arrays import CLASSES

    found: dict[str, dict[str, Any]] = {name: {} for name in CLASSES}
    for text in texts:
        head, colon, rest = text.rpartition(":")
        name = head.strip()
        if colon and name not in CLASSES:
            raise nearest("class of resources", name, CLASSES)
        for part in filter(None, (part.strip() for part in rest.split(","))):
            key, _, value = (word.strip() for word in part.partition("="))
            if key not in _NAMES:
                raise nearest("resource", key, _NAMES)
            full, form = _NAMES[key]
            try:
                asked = form(value)
            except ValueError:
                raise UserError(f"the resource {key!r} is a number, not {value!r}") from None
            for each in [name] if colon else CLASSES:
                found[each][full] = asked
    return found
