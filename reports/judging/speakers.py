"""Who says what is judged: the parties of the dispute, others, and this benchmark itself."""

GIT_RE_BASIN = "Git Re-Basin and its press"
CRITICS = "The comment on Git Re-Basin, by the authors of OTFusion"
OTHERS = "What others say"
OURS = "What this benchmark says"

GROUPS = (GIT_RE_BASIN, CRITICS, OTHERS, OURS)
"""In the order in which they are heard."""

_BEGINNINGS = {
    "ainsworth": GIT_RE_BASIN,
    "press on git re-basin": GIT_RE_BASIN,
    "singh & jaggi, comment": CRITICS,
    "this benchmark": OURS,
}


def who_says(source: str) -> str:
    """Which of the `GROUPS` a source belongs to; of several sources the first."""
    return next((g for start, g in _BEGINNINGS.items() if source.lower().startswith(start)), OTHERS)
