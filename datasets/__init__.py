"""Images and labels as tensors on the device, and how they are split."""

from .base import Dataset as Dataset
from .base import Images as Images
from .catalogue import load as load
from .catalogue import names as names
from .splits import Biased as Biased
from .splits import Dirichlet as Dirichlet
from .splits import Shared as Shared
from .splits import SpecialDigit as SpecialDigit
from .splits import Split as Split
