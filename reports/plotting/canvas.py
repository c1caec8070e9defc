"""How figures look, and their bytes, which depend on nothing but the results."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ..data.statistics import Interval
from ..wording.style import REFERENCE, MethodStyle

SINGLE, DOUBLE = 3.3, 6.8
"""Widths of one and of two columns of print, in inches."""

FONTS = ["DejaVu Sans", "Verdana"]
"""The first comes with matplotlib, which measures by it; where a reader lacks it, the other is as
wide."""

_RC = {
    "font.family": "sans-serif",
    "font.sans-serif": FONTS,
    "font.size": 7,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.dpi": 72,  # SVG's, so that layout measures as it draws
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "basinbench",
    "pdf.fonttype": 42,
}

LONGEST_LABEL, LONGEST_LINE = 64, 100
"""Characters of what stands beside a drawing, and above it: longer ones leave nothing for it."""

_DOLLAR = re.compile(r"(?<!\\)\$")

_UNDATED = {
    "svg": dict.fromkeys(("Creator", "Date", "Format", "Type")),
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


@contextmanager
def styled() -> Iterator[None]:
    """A context, or a decorator, in which figures look as they do here whatever the user's rc."""
    with style.context(["default", _RC]):
        yield


def content(figure: Figure, formats: Sequence[str]) -> list[bytes]:
    """The figure as `svg`, `pdf` or `png` (200 dpi); the same bytes for the same figure."""
    found = []
    _without_formulas(figure)
    with styled():
        FigureCanvasSVG(figure)
        # Laid out once, and drawn once a format: `savefig` would do the former for each anew.
        if layout := figure.get_layout_engine():
            layout.execute(figure)
            figure.set_layout_engine(None)
        for each in formats:
            file = BytesIO()
            figure.savefig(file, format=each, dpi=200, metadata=_UNDATED[each])
            found.append(file.getvalue())
    return found


def literal(text: str, longest: int = LONGEST_LABEL) -> str:
    """`text` as matplotlib shows it: dollars are dollars, and no line is longer than a figure."""
    return _DOLLAR.sub(r"\$", _cut(text, longest))


def _cut(text: str, longest: int) -> str:
    lines = (x if len(x) <= longest else f"{x[: longest - 1]}…" for x in text.split("\n"))
    return "\n".join(lines)


def _without_formulas(figure: Figure) -> None:
    """Names and labels are as they are: only the numbers of an axis have mathematics."""
    for text in figure.findobj(Text):
        if isinstance(text, Text) and "\\mathdefault" not in text.get_text():
            text.set_text(literal(text.get_text(), LONGEST_LINE))


def wrapped(label: str, width: int = 40) -> str:
    """A label on lines of about `width` characters at most, broken only after commas."""
    lines = [""]
    for part in label.split(", "):
        longer = f"{lines[-1]}, {part}" if lines[-1] else part
        if lines[-1] and len(longer) > width:
            lines[-1] += ","
            lines.append(part)
        else:
            lines[-1] = longer
    return _cut("\n".join(lines), LONGEST_LABEL)


def handle(look: MethodStyle, label: str | None = None, line: bool = True) -> Line2D:
    """The entry of a method in a legend."""
    return Line2D(
        [],
        [],
        color=look.colour,
        label=wrapped(look.label if label is None else label),
        linestyle="-" if line else "none",
        **marker(look),
    )


def marker(look: MethodStyle) -> dict[str, Any]:
    """How a method's marker is drawn."""
    return {
        "marker": look.marker,
        "markeredgecolor": look.colour,
        "markerfacecolor": look.colour if look.filled else "white",
        "markeredgewidth": 0.8,
    }


def banded(
    axes: Axes, places: Sequence[float], found: Sequence[Interval], look: MethodStyle
) -> None:
    """A method's estimates as a line with markers, and their intervals as a band behind it."""
    axes.fill_between(
        places,
        [f.low for f in found],
        [f.high for f in found],
        color=look.colour,
        alpha=0.15,
        linewidth=0,
    )
    axes.plot(places, [f.estimate for f in found], color=look.colour, **marker(look))


def reference(axes: Axes, value: float, linestyle: Any, across: bool = True) -> None:
    """A thin grey line at `value`, below everything: from side to side, or from foot to top."""
    draw = axes.axhline if across else axes.axvline
    draw(value, color=REFERENCE, linestyle=linestyle, linewidth=0.8, zorder=1)


NETWORKS_LINE, ENSEMBLE_LINE = (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5))
"""Line styles of the references: the networks' mean, and their ensemble."""


def reference_handles() -> list[Line2D]:
    """The entries of the references in a legend."""
    return [
        Line2D([], [], color=REFERENCE, linestyle=dashes, linewidth=0.8, label=label)
        for dashes, label in ((NETWORKS_LINE, "networks' mean"), (ENSEMBLE_LINE, "their ensemble"))
    ]
