"""How networks are trained and kept: recipes, schedules, augmentation, checkpoints."""

from .augmentation import Augmentation as Augmentation
from .checkpoints import Endpoint as Endpoint
from .checkpoints import EndpointStore as EndpointStore
from .inputs import Normalised as Normalised
from .inputs import normalised as normalised
from .optimisers import SGD as SGD
from .optimisers import Adam as Adam
from .recipes import Recipe as Recipe
from .recipes import recipe as recipe
from .recipes import recipes as recipes
from .schedules import Constant as Constant
from .schedules import OneCycle as OneCycle
from .schedules import Schedule as Schedule
from .schedules import Steps as Steps
from .schedules import WarmupCosine as WarmupCosine
