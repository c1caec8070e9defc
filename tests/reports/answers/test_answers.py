"""The words of the answers follow from the numbers: where these turn, the words do."""

from dataclasses import replace

import pytest
from analytic_records import LONG, NEW, PAIRS, record
from settled import RESNET, VGG8, settled

from basinbench.reports.answers.answer import counted, listed, share
from basinbench.reports.answers.catalogue import answered_by, answers
from basinbench.reports.answers.choice import which_method
from basinbench.reports.answers.novelty import is_it_new
from basinbench.reports.answers.retraining import what_retraining_changes
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.standings import standings
from basinbench.reports.data.statistics import Interval
from basinbench.reports.plotting.answers import answer_figures
from basinbench.reports.plotting.catalogue import figure_entries
from basinbench.results.record import Epoch

WM, AM, STE = (Named(n) for n in ("weight-matching", "activation-matching", "straight-through"))


SQUARED = named("otfusion-activations", squared=True)


def compared(method, other, agreement):
    asked = {"split": "", "finish": Named("", ""), "dataset": "mnist"}
    against = {"against": other.name, "against_params": other.params}
    cell = f"x-{method.name}-{other.name}"
    return [
        record(method, p, **asked, **against, cell=f"{cell}-{p}", agreement=agreement)
        for p in PAIRS
    ]


def text(answer):
    return " ".join(answer.sentences)


def new(grid):
    found = is_it_new([grid], standings([grid]), [])
    assert found is not None
    return found


def test_it_is_new_as_far_as_no_earlier_method_gives_every_unit_the_same_partner(read):
    merged = settled("identity", 0.7)
    same, other = (new(read(merged, compared(SQUARED, AM, a))) for a in (1.0, 0.62))
    assert same.short.startswith("In part: activation matching is an earlier method")
    assert "Activation matching is OTFusion on activations with these switches: squared" in text(
        same
    )
    assert other.short.startswith("Yes, as far as measured: none of the three")
    assert "no setting of OTFusion on activations that was measured" in text(other)
    assert "62.00 %" in text(other)
    earlier = Named("forward-bipartite")
    every = [compared(earlier, method, 1.0) for method in (WM, AM, STE)]
    assert new(read(merged, *every)).short.startswith("No: ")
    untold = new(read(merged, settled("weight-matching", 0.9)))
    assert untold.short.startswith("Not measured")


def use(grid):
    found = which_method(standings([grid]))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("ours", "step", "word"),
    [
        (0.95, 0.002, "ahead in one"),
        (0.90, 0.002, "level in one"),
        (0.80, 0.002, "behind in one"),
        (0.80, 0.04, "undecided in one"),
    ],
)
def test_weight_matching_is_ahead_of_earlier_methods_or_behind_them_by_its_accuracy(
    read, ours, step, word
):
    earlier = settled("otfusion-weights", 0.9, sets=5)
    ours = settled("weight-matching", ours, step=step, sets=5)
    assert word in text(new(read(ours, earlier)))


def test_who_leaves_no_barrier_is_counted(read):
    def barrier(method, height):
        return settled(method, 0.9, test_barrier_chord_loss=height)

    few, all_ = (
        new(read(barrier("otfusion-weights", 0.0), barrier("pfnm", b), barrier("identity", 1.0)))
        for b in (0.3, 0.01)
    )
    assert "one of two earlier methods, as they come, leave no barrier" in text(few)
    assert "all two earlier methods, as they come, leave no barrier" in text(all_)


def test_the_method_to_use_turns_with_the_numbers(read):
    def chosen(weights, activations):
        made = [settled("identity", 0.2, network=VGG8), settled("weight-matching", weights)]
        for network in (VGG8, RESNET):
            made.append(settled("weight-matching", weights, network=network))
            made.append(settled("activation-matching", activations, network=network))
        return use(read(*made, settled("identity", 0.2)))

    by_data, by_weights = chosen(0.5, 0.8), chosen(0.8, 0.5)
    assert by_data.short == (
        "Activation matching where training images are at hand, weight matching where none are."
    )
    assert by_weights.short == "Weight matching, which needs no data."
    assert "activation matching 80.1" in text(by_data)
    assert "Weights alone are as good as data in one of three" in text(by_data)
    assert "Weights alone are as good as data in all three." in text(by_weights)


def test_where_all_are_as_good_the_fastest_is_named(read):
    names = ("otfusion-weights", "weight-matching", "correlation", "cca")
    made = [settled(n, 0.98, align_seconds=3.0 - i) for i, n in enumerate(names[:3])]
    told = text(use(read(*made, settled("cca", 0.979, align_seconds=9.0))))
    assert "the choice hardly matters: all four lie between 98.00 % and 98.10 %" in told
    assert "correlation takes 1.0 s" in told
    worse = [settled(n, 0.98 - 0.1 * i) for i, n in enumerate(names)]
    told = text(use(read(*worse)))
    assert "only OTFusion on weights is as good as the best" in told


def after_long(method, finish, lost, spread=0.0):
    made = []
    for i in range(5):
        about = {"seeds": f"{2 * i}-{2 * i + 1}", "cell": f"{method}.{finish.name}.{i}"}
        found, own = record(method, PAIRS[0], finish, **about), lost * (1 + spread * i)
        epochs = [Epoch(e, "test", 0.1, 0.95 - own / (1 + e) ** 0.5) for e in (0, 1, 30)]
        made.append(replace(found, retraining=tuple(epochs)))
    return made


def test_retraining_makes_up_for_the_method_or_it_does_not(read):
    cases = (
        (0.3, 0.0, "is still worth 5.2 points after 30"),
        (0.03, 0.01, "nearly all: after 30 epochs aligning first is worth 0.4 points"),
        (0.01, 0.0, "nothing beyond chance"),
    )
    for lost, spread, word in cases:
        grid = read(
            after_long("identity", LONG, lost, spread),
            after_long("weight-matching", LONG, 0.01),
            after_long("parent", LONG, 0.0),
            after_long("identity", NEW, 0.5),
        )
        found = what_retraining_changes([grid])
        assert found is not None
        assert word in found.short
        assert "Over 30 epochs" in text(found)
        assert "against a network from scratch" in text(found)


@pytest.mark.parametrize("parent", [True, False])
@pytest.mark.parametrize("new", [True, False])
def test_only_what_was_trained_is_spoken_of(read, parent, new):
    """In the answer as in the captions of the figures."""
    grid = read(
        after_long("identity", LONG, 0.3),
        after_long("weight-matching", LONG, 0.01),
        after_long("parent", LONG, 0.0) if parent else [],
        after_long("identity", NEW, 0.5) if new else [],
    )
    answer = what_retraining_changes([grid])
    assert answer is not None
    (drawn,) = (e for e in answer_figures([grid], standings([grid])) if e.name == "retraining")
    of_condition = [
        e for e in figure_entries(grid.conditions[0]) if e.name.startswith("retraining")
    ]
    told = text(answer)
    for words in (told, *(entry.caption for entry in (drawn, *of_condition))):
        assert ("parent" in words) == parent
        assert ("from scratch" in words.lower()) == new
    assert ("these" in told) == (parent and new)
    assert ("an aligned merge" in told) == (parent or new)


def test_one_epoch_brings_methods_together_or_leaves_them_apart(read):
    before = (("identity", 0.2), ("weight-matching", 0.9), ("cca", 0.8))
    for gap, word in ((0.02, "brings them together"), (0.6, "leaves them as far apart")):
        made = [settled(name, a, sets=5) for name, a in before]
        made += [
            settled(name, 0.95 - (gap if name == "identity" else 0), finish="retrain", sets=5)
            for name, _ in before
        ]
        found = what_retraining_changes([read(*made)])
        assert found is not None
        assert word in text(found)
        assert "plain averages are then behind" in text(found)


def test_questions_without_data_are_left_out_and_own_results_do_not_answer_for_the_package(read):
    assert answers([], []) == []
    grid = read(settled("identity", 0.5), settled("weight-matching", 0.9))
    assert [a.slug for a in answers([grid], [])] == ["novelty", "choice"]
    own = replace(grid, origin="own")
    assert answered_by([own, replace(grid, origin="shipped")])[0].origin == "shipped"
    assert answered_by([own]) == [own]


def test_words_of_lists_and_counts():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b, c"]) == "a; and b, c"
    assert listed(["a [1, 2]", "b"]) == "a [1, 2] and b"
    assert [counted(n, 3) for n in (0, 1, 3)] == ["none of three", "one of three", "all three"]
    assert share(Interval(0.5, 0.45, 0.55, 9)) == "50.0 % [45.0, 55.0]"
