"""Forward bipartite alignment: one greedy pass from input to output on incoming weights."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .base import Alignment, Method, Network, Problem
from .matching.assignment import assign
from .matching.forward_pass import forward_pass_by_group, inner_products
from .symmetry.maps import Permutation, Reordering, SignedPermutation


@dataclass(frozen=True)
class ForwardBipartite(Method):
    """Match the units of each layer on their incoming weights, layer by layer from the input.

    A maximal bipartite matching of the inner products of incoming weights and bias, after the
    inputs have been brought into the basis by the layers before (Ashmore & Gashler 2015, credited
    by Ainsworth et al. 2023 as the first to align units by matching). A reconstruction: only the
    abstract is open, no code is known, and the features, the order and the sign flips are told by
    secondary sources. For a one-to-one matching inner products and squared distances choose alike,
    so with ReLU this is OTFusion on squared distances of weights and biases with exact transport,
    and the greedy start of weight matching. Prefer weight matching, which also sees the outgoing
    weights and returns to a layer after its neighbours have moved.

    `signs`: where a group's units meet odd functions only (tanh), negating a unit keeps the
    function too; units are then matched on absolute inner products, and negated where the product
    is negative. Elsewhere, and for units within others, there are no flips. `bias`: count biases,
    and the parameters of norms.
    """

    signs: bool = True
    bias: bool = True

    name: ClassVar[str] = "forward-bipartite"
    paper: ClassVar[str] = "Ashmore & Gashler 2015"

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        maps = [self._match(reference, other) for other in others]
        flips = sum(
            int((m.signs < 0).sum())
            for one in maps
            for m in one.values()
            if isinstance(m, SignedPermutation)
        )
        return Alignment(({}, *maps), {"flips": flips})

    def _match(self, fixed: Network, moving: Network) -> dict[str, Reordering | SignedPermutation]:
        symmetry = fixed.symmetry.only(fixed.weights)
        odd = fixed.symmetry.odd & moving.symmetry.odd if self.signs else frozenset()

        def match(group: str, a: Tensor, b: Tensor) -> Permutation | SignedPermutation:
            gain = a @ b.T
            if group not in odd:
                return Permutation(assign(gain))
            index = assign(gain.abs())
            signs = torch.where(gain.gather(1, index[:, None])[:, 0] < 0, -1, 1)
            return SignedPermutation(index, signs)

        return forward_pass_by_group(
            (fixed.weights, symmetry),
            (moving.weights, moving.symmetry.only(moving.weights)),
            match,
            lambda place: self.bias or len(symmetry.axes[place.name]) > 1,
            inner_products,
        )
