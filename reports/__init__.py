"""Tables and figures, from results alone: no training, no accelerator, no network."""

from ..errors import require

require("report")
