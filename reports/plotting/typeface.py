"""The figures' typeface: DejaVu Sans cut down to what their words need."""

from atexit import register
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from fontTools import subset
from matplotlib.font_manager import FontProperties, findfont, fontManager

DEJAVU = "DejaVu Sans"  # comes with matplotlib, so that every machine has it
CUT = "DejaVu Sans Cut"

# Latin, Greek, punctuation, sub- and superscripts, arrows and operators.
_BLOCKS = (range(0x20, 0x180), range(0x370, 0x400), range(0x2000, 0x20A0), range(0x2190, 0x2270))


@cache
def families() -> list[str]:
    """The families to draw text in: the cut one, and the whole for what it lacks.

    matplotlib cuts the font of every PDF down to the characters used, and DejaVu's tables for the
    scripts of the world make that as long as drawing the figure. Cut once, it costs next to
    nothing.
    """
    options = subset.Options(layout_features=["kern"], glyph_names=True, hinting=True)
    options.drop_tables += ["FFTM", "GSUB", "MATH"]
    font = subset.load_font(findfont(FontProperties(family=[DEJAVU])), options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for block in _BLOCKS for code in block])
    cut.subset(font)
    names = font["name"]
    for entry in [entry for entry in names.names if entry.nameID in (1, 4)]:
        names.setName(CUT, entry.nameID, entry.platformID, entry.platEncID, entry.langID)
    folder = Path(mkdtemp(prefix="basinbench-"))
    register(rmtree, folder, ignore_errors=True)
    font.save(folder / "cut.ttf")
    fontManager.addfont(folder / "cut.ttf")
    return [CUT, DEJAVU]
