"""Symmetries found: a network is exported, its axes are tied, its activations are seen."""

from .activations import Program as Program
from .activations import Tap as Tap
from .trace import trace as trace
