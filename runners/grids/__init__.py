"""Lists of cells that are run and gathered together."""

from .blocks import AgreementBlock as AgreementBlock
from .blocks import Block as Block
from .blocks import ExampleBlock as ExampleBlock
from .blocks import FidelityBlock as FidelityBlock
from .blocks import Grid as Grid
from .blocks import PlantedBlock as PlantedBlock
from .blocks import TransferBlock as TransferBlock
from .named import grid as grid
from .named import grids as grids
