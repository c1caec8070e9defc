"""Permutation symmetries: which axes carry which units, and how maps move them."""

from .axes import ActivationProgram as ActivationProgram
from .axes import Axis as Axis
from .axes import Factor as Factor
from .axes import Occurrence as Occurrence
from .axes import Params as Params
from .axes import Segment as Segment
from .axes import Symmetry as Symmetry
from .axes import When as When
from .explanation import Explanation as Explanation
from .explanation import explain as explain
from .maps import Linear as Linear
from .maps import Map as Map
from .maps import Nested as Nested
from .maps import Permutation as Permutation
from .maps import Reordering as Reordering
from .maps import SignedPermutation as SignedPermutation
from .permutation_spec import PermutationSpec as PermutationSpec
from .permutation_spec import to_axes_to_perm as to_axes_to_perm
from .pin import Pin as Pin
