"""When merging works: the words follow from ladders of width, training and finishes."""

from analytic_records import mlp
from settled import RESNET, settled

from basinbench.reports.answers.conditions import when_it_works
from basinbench.reports.data.named import named
from basinbench.results.record import Record


def text(answer):
    return " ".join(answer.sentences)


def test_width_and_training_decide_where_the_barrier_falls_with_them(read):
    def course(heights):
        made = []
        for i, height in enumerate(heights):
            for name, h in (("weight-matching", height), ("identity", 2.0)):
                about = {"test_barrier_chord_loss": h, "network": mlp(2 ** (i + 5))}
                made += settled(name, 0.9, sets=5, **about)
                recipe = named("digits-short", epochs=i + 1)
                made += settled(name, 0.9, recipe=recipe, sets=5, test_barrier_chord_loss=h)
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
                made += settled(name, 0.9, network, sets=5, **about)
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
    assert (
        "in the one ladder of width: mlp-32 to mlp-128 (mnist), from 1.00 to 0.10 nats (−0.9000)"
        in one
    )
    assert "(the best of several starts 0.05)" in one
    assert "beyond chance in no ladder of width: mlp-32" in told(flat)
    three = told(clear, flat, by_chance)
    assert "beyond chance in one of two ladders of width: " in three
    lost = three[three.index("What weight matching loses") :]
    assert all(f"mlp-128 ({name})" in lost for name in ("mnist", "digits"))
    assert "fashion" not in lost, "narrow networks do not show that anything is lost"


def test_a_barrier_falls_where_it_does_so_beyond_chance_and_mostly_in_more_than_half(read):
    def found(*ladders):
        answer = when_it_works([read(*ladders)])
        assert answer is not None
        return answer.short, text(answer)

    by_chance = ladder((1.0, 0.5, 0.1), spread=2.0)
    short, told = found(by_chance)
    assert short == "None of what was varied decides it."
    assert "It is not known to change on mlp-32 to mlp-128 (mnist), from 1.10 to 0.20 nats" in told
    norms = [named("mlp", widths=(2**i,), norm=n) for n in ("layer", "group") for i in (5, 6, 7)]
    flat = [
        with_barrier(each, 1.0 + 0.01 * j)
        for network in norms
        for j, each in enumerate(settled("weight-matching", 0.9, network, sets=5))
    ]
    short, told = found(ladder((1.0, 0.5, 0.1)), flat)
    assert "In one of three ladders of width" in told
    assert "wide" not in short, "one of three is not mostly"


def test_a_finish_is_told_by_what_it_changes(read):
    def reset(after):
        made = [
            *settled("weight-matching", 0.3, network=RESNET, sets=5),
            *settled("weight-matching", after, network=RESNET, finish="reset", sets=5),
        ]
        found = when_it_works([read(made)])
        assert found is not None
        return found.short, text(found)

    for after, word, helps in ((0.9, "1 of 1 cases", True), (0.2, "0 of 1 cases", False)):
        short, told = reset(after)
        assert f"raise the accuracy beyond chance in {word}" in told
        assert ("and lower it in 1" in told) != helps
        assert ("put right after the merge" in short) == helps
