"""Laws of retraining after a merge, and of its controls."""

from dataclasses import replace

import merges
import torch
from merges import PLAIN, SHORT, assert_same, finished, merge, samples

from basinbench.methods.baselines import Parent
from basinbench.runners.finishes import FromScratch, Retrain
from basinbench.runners.finishes.base import Merge
from basinbench.runners.networks.evaluate import Resident, network_scores
from basinbench.runners.training.train import train


def loss(params):
    module = merges.network(PLAIN).module
    return network_scores(module, params, Resident.of(samples(), module)).loss


def test_retraining_lowers_the_loss_and_more_of_it_lowers_it_more():
    done = finished(Retrain(4, lr_scale=0.5), merge(PLAIN))
    assert loss(done.epochs[0]) > loss(done.epochs[1]) > loss(done.params)


def test_epochs_are_of_one_run_from_the_merge_to_its_end():
    what = merge(PLAIN)
    done = finished(Retrain(4, at=(0, 1, 3, 9)), what)
    assert list(done.epochs) == [0, 1, 3, 4]
    assert_same(done.epochs[0], what.params)
    assert_same(done.epochs[4], done.params)
    assert_same(done.params, finished(Retrain(4, at=()), what).params)
    brief = finished(Retrain(1), what).params  # has its whole schedule in one epoch
    assert any(not torch.equal(brief[k], done.epochs[1][k]) for k in brief)


def test_retraining_at_no_rate_leaves_the_weights():
    what = merge(PLAIN)
    done = finished(Retrain(2, lr_scale=0), what)
    for params in (done.params, *done.epochs.values()):
        assert_same(params, what.params)


def test_a_parent_is_retrained_as_a_merge_is():
    own = merge(PLAIN).context
    for which in (0, 1):
        alignment = Parent(which).align(own.problem)
        parent = own.problem.networks[which].params
        assert_same(Parent(which).merge(own.problem, alignment, (0.5, 0.5)), parent)
        what = Merge(parent, (0.5, 0.5), replace(own, alignment=alignment))
        expected = train(
            own.module, samples(), SHORT, own.seed, params=parent, epochs=2, lr_scale=0.1
        )
        assert_same(finished(Retrain(2), what).params, expected)
    assert "no network 2 among 2" in str(Parent(2).skip(own.problem))


def test_from_scratch_the_merge_does_not_matter_and_the_seed_does():
    done = finished(FromScratch(2), merge(PLAIN))
    assert_same(done.params, finished(FromScratch(2), replace(merge(PLAIN, 0.25))).params)
    context = merge(PLAIN).context
    assert_same(done.params, train(context.module, samples(), SHORT, context.seed, epochs=2))
    other = finished(FromScratch(2), replace(merge(PLAIN), context=replace(context, seed=6)))
    assert not torch.equal(other.params["head.weight"], done.params["head.weight"])
    assert loss(done.epochs[0]) > 2 > loss(done.params)
