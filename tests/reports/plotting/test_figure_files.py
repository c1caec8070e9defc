"""Figures become files, in a typeface that has all their signs."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont

from basinbench.reports.plotting.pool import FigurePool
from basinbench.reports.plotting.typeface import families
from basinbench.reports.wording import style

REPORTS = Path(style.__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_a_figure_that_cannot_be_written_is_no_silent_loss(tmp_path, processes):
    (tmp_path / "figures").write_text("no folder")
    with pytest.raises(OSError, match="figures"), FigurePool(processes) as press:
        press.save(Figure(), tmp_path / "figures" / "one")


def test_the_cut_typeface_has_every_sign_of_ours_that_the_whole_one_has():
    drawing = [path for path in REPORTS.glob("*.py") if not path.stem.startswith("webpage")]
    used = set().union(*(path.read_text(encoding="utf-8") for path in drawing))
    cut, whole = (
        set(map(chr, TTFont(findfont(FontProperties(family=[family]))).getBestCmap() or ()))
        for family in families()
    )
    assert cut < whole
    assert used & whole <= cut | {"\n"}
