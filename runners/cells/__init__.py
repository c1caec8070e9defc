"""What there is to measure: cells as data, without any work."""

from .agreement import AgreementCell as AgreementCell
from .fidelity import FidelityCell as FidelityCell
from .merge import Cell as Cell
from .planted import PlantedCell as PlantedCell
from .transfer import AnyCell as AnyCell
from .transfer import TransferCell as TransferCell
from .transfer import required_networks as required_networks
from .worked_example import ExampleCell as ExampleCell
