"""What a merge is made of, in words, and which of these words go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...methods.base import Network
from ..finishes import Finish, Nothing
from ..keys import label_of
from ..networks.base import Architecture
from ..training.checkpoint_file import CheckpointFile
from .writing import check_writable

POINTS = 11
"""Places on the line between two networks that are measured, if nothing else is said."""


@dataclass(frozen=True)
class Given:
    """What a merge is made of, in words: networks, data, how they are read.

    `heads` has the architecture of every file where they differ in what is excluded; `exclude`
    names tensors and modules that stay each network's own. `outputs` are the files that networks
    are written to.
    """

    architecture: Architecture
    files: Sequence[CheckpointFile]
    dataset: str | None = None
    normalise: str | None = None
    recipe: str | None = None
    example: str | None = None
    exclude: Sequence[str] = ()
    heads: Sequence[Architecture] = ()
    outputs: Sequence[Path] = ()

    def fits(self, finish: Finish, points: int | None) -> None:
        """`UserError` where one of the words has no meaning beside the others.

        `points`: of the line that is measured on the data set, where they are said.
        """
        if self.dataset is None:
            if not isinstance(finish, Nothing):
                raise UserError(
                    f"the finish {label_of(finish)} needs images: name some with --dataset"
                )
            said = {"normalise": self.normalise, "recipe": self.recipe, "points": points}
            for option, value in said.items():
                if value is not None:
                    raise UserError(
                        f"--{option} is of what is measured on a data set: name one with --dataset"
                    )
            return
        if self.exclude or self.heads:
            raise UserError(
                "networks with parts of their own are merged by weights alone: give no --dataset "
                "beside --exclude and several --network-args"
            )
        if self.example is not None:
            raise UserError(
                "--input and --dataset both say what the networks take: give one of them"
            )

    def check_outputs_hold(self, networks: Sequence[Network]) -> None:
        """`UserError` where a file that is written cannot hold all that the networks have."""
        for path in self.outputs:
            for network in networks:
                check_writable(path, network.extra)
