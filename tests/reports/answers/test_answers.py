"""The words of the answers follow from the numbers: where these turn, the words do."""

from dataclasses import replace

import pytest
from analytic_records import LONG, NEW, PAIRS, mlp, record
from settled import RESNET, VGG8, settled

from basinbench.reports.answers.answer import counted, listed, share
from basinbench.reports.answers.catalogue import answered_by, answers
from basinbench.reports.answers.choice import which_method
from basinbench.reports.answers.conditions import when_it_works
from basinbench.reports.answers.novelty import is_it_new
from basinbench.reports.answers.retraining import what_retraining_changes
from basinbench.reports.data.grid import read_grid
from basinbench.reports.data.named import Named, named
from basinbench.reports.data.standings import standings
from basinbench.reports.data.statistics import Interval
from basinbench.results.record import Epoch, Record
from basinbench.results.store import gather

WM, AM, STE = (Named(n) for n in ("weight-matching", "activation-matching", "straight-through"))
SQUARED = named("otfusion-activations", squared=True)


@pytest.fixture
def read(tmp_path):
    def gathered(*made):
        gather([each for records in made for each in records], tmp_path)
        return read_grid(tmp_path)

    return gathered


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
    assert "one of two earlier methods leave no barrier" in text(few)
    assert "all two earlier methods leave no barrier" in text(all_)


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


def test_width_and_training_decide_where_the_barrier_falls_with_them(read):
    def course(heights):
        made = []
        for i, height in enumerate(heights):
            for name, h in (("weight-matching", height), ("identity", 2.0)):
                about = {"test_barrier_chord_loss": h, "network": mlp(2 ** (i + 5))}
                made += settled(name, 0.9, **about)
                recipe = named("digits-short", epochs=i + 1)
                made += settled(name, 0.9, recipe=recipe, test_barrier_chord_loss=h)
        found = when_it_works([read(made)])
        assert found is not None
        return found

    falling, rising = course((1.0, 0.5, 0.1)), course((0.1, 0.5, 1.0))
    assert falling.short == "When networks are wide and when they are trained long enough."
    assert "In the one ladder of width the barrier of weight matching falls" in text(falling)
    assert "from 1 to 3 epochs, the barrier of weight matching falls" in text(falling)
    assert "of plain averages it hardly changes" in text(falling)
    assert rising.short == "None of what was varied decides it."
    assert "In no ladder of width" in text(rising)
    assert "It rises on mlp-32 to mlp-128" in text(rising)
    assert "the barrier of weight matching rises" in text(rising)


def test_of_every_architecture_one_ladder_is_told_and_what_is_left_at_its_widest(read):
    def ladder(heights, first=5, norm=(), dataset="mnist"):
        made = []
        for i, height in enumerate(heights):
            network = named("mlp", widths=(2 ** (i + first),), **dict(norm))
            for name, h in (("weight-matching", height), ("identity", 2.0)):
                about = {"test_barrier_chord_loss": h, "dataset": dataset}
                made += settled(name, 0.9, network, **about)
        return made

    small = ladder((1.0, 0.7, 0.5, 0.3), dataset="digits")
    large = ladder((1.0, 0.9, 0.8), first=6)
    other = ladder((1.0, 0.7, 0.2), norm={"norm": "layer"}.items())
    found = when_it_works([read([*small, *large, *other])])
    assert found is not None
    assert "In all two ladders of width" in text(found)
    assert "digits" not in text(found)
    assert "At the widest weight matching leaves, of the barrier of" in text(found)
    assert "10 % on mlp-128-ln and 40 %" in text(found)


def ladder(gaps, dataset="mnist", spread=0.0, wider=1):
    """Weight matching above activation matching by these gaps, from one width to the next."""
    made = []
    for i, gap in enumerate(gaps):
        heights = {"weight-matching": gap, "activation-matching": 0.0, "best-of": gap / 2}
        about = {"network": mlp(wider * 2 ** (i + 5)), "dataset": dataset}
        for name, height in heights.items():
            records = settled(name, 0.9, sets=6, **about)
            for j, each in enumerate(records):
                up = spread * (-1) ** j * (i + 1) if name == "weight-matching" else 0.0
                made.append(with_barrier(each, 0.1 + height + up))
    return made


def with_barrier(found, height):
    return Record({**found.row, "test_barrier_chord_loss": height}, found.curve)


def test_what_weights_lose_to_activations_is_told_of_every_ladder(read):
    def told(*ladders):
        found = when_it_works([read(*ladders)])
        assert found is not None
        return text(found)

    clear, flat = ladder((1.0, 0.5, 0.1)), ladder((1.0, 0.9, 1.1), "digits")
    by_chance = ladder((1.0, 0.5, 0.1), "fashion-mnist", spread=2.0)
    one = told(clear)
    assert "in the one ladder of width: mlp-32 to mlp-128 (mnist), from 1.00 to 0.1000 nats" in one
    assert "(the best of several starts 0.05)" in one
    assert "beyond chance in no ladder of width: mlp-32" in told(flat)
    three = told(clear, flat, by_chance)
    assert "beyond chance in one of three ladders of width: " in three
    assert all(f"mlp-128 ({name})" in three for name in ("mnist", "digits", "fashion-mnist"))


def test_a_barrier_falls_where_it_does_so_beyond_chance_and_mostly_in_more_than_half(read):
    def found(*ladders):
        answer = when_it_works([read(*ladders)])
        assert answer is not None
        return answer.short, text(answer)

    by_chance = ladder((1.0, 0.5, 0.1), spread=2.0)
    short, told = found(by_chance)
    assert short == "None of what was varied decides it."
    assert "It changes within its interval on mlp-32 to mlp-128" in told
    norms = [named("mlp", widths=(2**i,), norm=n) for n in ("layer", "group") for i in (5, 6, 7)]
    flat = [
        with_barrier(each, 1.0 + 0.01 * j)
        for network in norms
        for j, each in enumerate(settled("weight-matching", 0.9, network))
    ]
    short, told = found(ladder((1.0, 0.5, 0.1)), flat)
    assert "In one of three ladders of width" in told
    assert "wide" not in short, "one of three is not mostly"


def test_a_finish_is_told_by_what_it_changes(read):
    def reset(after):
        made = [
            *settled("weight-matching", 0.3, network=RESNET),
            *settled("weight-matching", after, network=RESNET, finish="reset"),
        ]
        found = when_it_works([read(made)])
        assert found is not None
        return found.short, text(found)

    for after, word, helps in ((0.9, "1 of 1 cases", True), (0.2, "0 of 1 cases", False)):
        short, told = reset(after)
        assert f"raise the accuracy beyond chance in {word}" in told
        assert ("and lower it in 1" in told) != helps
        assert ("put right after the merge" in short) == helps


def after_long(method, finish, lost, spread=0.0):
    made = []
    for i, pair in enumerate(PAIRS):
        found, own = record(method, pair, finish), lost * (1 + spread * i)
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


def test_one_epoch_brings_methods_together_or_leaves_them_apart(read):
    before = (("identity", 0.2), ("weight-matching", 0.9), ("cca", 0.8))
    for gap, word in ((0.02, "brings them together"), (0.6, "leaves them as far apart")):
        made = [settled(name, a) for name, a in before]
        made += [
            settled(name, 0.95 - (gap if name == "identity" else 0), finish="retrain")
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
