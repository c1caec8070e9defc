"""What a cell that merges nothing answers."""

from ..results.record import Value

Outcome = tuple[str, dict[str, Value]]
"""The status of a record and the columns that were measured."""
