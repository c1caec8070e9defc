"""Sequential looks: a claim is judged with more and more networks until it is decided."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .claim import WRONG, Claim, Evidence, Finding, Look, Verdict
from .rules import DECIDED, Test, evidence, verdict


def open_claims(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that go on to a next look: neither decided nor out of looks.

    `finding.look.next` is how many networks it asks for, `selections(finding.claim)` which cells.
    """
    return tuple(finding for finding in findings if finding.look and finding.look.next)


def looked_at(
    claim: Claim, made: Sequence[Test]
) -> tuple[Look | None, tuple[Evidence, ...], Verdict]:
    """The look at which the claim stands, what it found, and the verdict."""

    def judged(which: Sequence[Test], wrong: float) -> tuple[tuple[Evidence, ...], Verdict]:
        found = evidence(claim, which, wrong)
        return found, verdict(claim, [each.outcome for each in found])

    looks, there = claim.looks, [t.trained for t in made if t.trained is not None]
    if looks is None or not there:
        return None, *judged(made, WRONG)
    plan = list(zip(looks.networks, looks.spending, strict=True))
    reached = [(n, wrong) for n, wrong in plan if n <= min(there)]
    if not reached:
        found, came_to = judged(made, plan[0][1])
        early = tuple(
            replace(e, outcome="open")
            if test.trained is not None and not test.exact and e.outcome in ("holds", "fails")
            else e
            for e, test in zip(found, made, strict=True)
        )
        if came_to in DECIDED:
            came_to = verdict(claim, [e.outcome for e in early])
        going_on = came_to in ("undecided", "not yet measured")
        following = plan[0][0] if going_on else None
        return Look(0, len(plan), min(there), plan[0][1], following), early, came_to
    for number, (networks, wrong) in enumerate(reached, 1):
        found, came_to = judged([test.first(networks) for test in made], wrong)
        if came_to != "undecided" or number == len(reached):
            more = came_to == "undecided" and number < len(plan)
            following = plan[number][0] if more else None
            return Look(number, len(plan), networks, wrong, following), found, came_to
    raise AssertionError("there is a look")
