"""Symmetries put to the test: traced ones, and those that are written by hand."""

from .declared import from_axes_to_perm as from_axes_to_perm
from .proof import Proof as Proof
from .proof import prove as prove
