"""What methods are made of: assignments, transport plans, gains, statistics of activations."""

from .activation_statistics import Covariance as Covariance
from .activation_statistics import PairMoments as PairMoments
from .activation_statistics import joint_covariance as joint_covariance
from .assignment import assign as assign
from .bbp_map import match_units as match_units
from .chain import Layer as Layer
from .chain import needs_chain as needs_chain
from .common_basis import first_stays as first_stays
from .forward_pass import best_match as best_match
from .matched_averaging import MatchedAveraging as MatchedAveraging
from .midpoint import batch_loss as batch_loss
from .midpoint import point as point
from .optimal_transport import plan_to_map as plan_to_map
from .optimal_transport import transport_plan as transport_plan
from .sinkhorn import Differentiation as Differentiation
from .weights.gains import Gram as Gram
from .weights.squared_group import SquaredGroup as SquaredGroup
