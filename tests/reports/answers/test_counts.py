"""Claims are counted by who says them, and by nothing else."""

from dataclasses import replace

import pytest

from basinbench.reports.answers.novelty import _counts
from basinbench.reports.judging.catalogue import CLAIMS
from basinbench.reports.judging.claim import Claim, Finding
from basinbench.reports.judging.speakers import CRITICS, GIT_RE_BASIN, OTHERS, OURS
from basinbench.reports.page.claims import claims_as_json


def said(source: str, letter: str = "G", number: int = 1) -> Claim:
    return Claim(f"{letter}{number}", source, "Something.")


@pytest.mark.parametrize(
    ("source", "group"),
    [
        ("Ainsworth et al. 2023, section 2", GIT_RE_BASIN),
        ("Ainsworth, announcement of Git Re-Basin, 13 September 2022", GIT_RE_BASIN),
        ("press on Git Re-Basin, 2022", GIT_RE_BASIN),
        ("Singh & Jaggi, comment on Git Re-Basin", CRITICS),
        ("Singh & Jaggi 2020, table 1", OTHERS),
        ("Jordan et al. 2023, abstract; Ainsworth et al. 2023, appendix A.4", OTHERS),
        ("This benchmark, on what G5 finds", OURS),
    ],
)
def test_a_claim_is_its_sources_whatever_the_letter_of_its_number(source: str, group: str):
    assert {said(source, letter).group for letter in "GQS"} == {group}


def test_counts_leave_out_what_others_say_under_a_letter():
    theirs = [Finding(said("Ainsworth et al. 2023", number=n), "supported", ()) for n in (1, 2)]
    against = Finding(said("Singh & Jaggi, comment on Git Re-Basin", "Q"), "mixed", ())
    others = [
        Finding(said("Benzing et al. 2022", "G", 3), "undecided", ()),
        Finding(said("this benchmark", "G", 4), "refuted", ()),
        Finding(said("Luenam et al. 2025", "Q", 2), "supported", ()),
    ]
    (sentence,) = _counts([*theirs, against, *others])
    assert sentence == (
        "Of 2 claims of Git Re-Basin and its press 2 supported and of 1 claim of the comment "
        "against it 1 mixed."
    )


def test_the_page_has_each_claim_under_who_says_it():
    findings = [Finding(replace(claim, predictions=()), "not yet measured", ()) for claim in CLAIMS]
    groups = claims_as_json(findings, {})["groups"]
    assert list(groups) == [GIT_RE_BASIN, CRITICS, OTHERS, OURS]
    assert [each["claim"].id for each in groups[OURS]] == ["G5b", "S10"]
    assert {"G10b", "G13b", "G14b", "Q1b"} <= {each["claim"].id for each in groups[OTHERS]}
