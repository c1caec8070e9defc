"""Methods of your own: functions, files and packages that become methods."""

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .adapters import from_match_tensors as from_match_tensors
    from .adapters import from_matcher as from_matcher
    from .adapters import from_weight_matching as from_weight_matching
    from .function import FunctionMethod as FunctionMethod
    from .function import method as method
    from .loader import load_plugin as load_plugin
    from .loader import plugged_methods as plugged_methods
    from .validation import check_alignment as check_alignment

_HOMES = {
    "FunctionMethod": ".function",
    "check_alignment": ".validation",
    "from_match_tensors": ".adapters",
    "from_matcher": ".adapters",
    "from_weight_matching": ".adapters",
    "load_plugin": ".loader",
    "method": ".function",
    "plugged_methods": ".loader",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
