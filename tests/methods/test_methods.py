"""Every method keeps every law on every network, and is a value."""

import dataclasses

import live_networks
import pytest
import torch
from cheaper_methods import CHEAPER

from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.plugins.catalogue import built_in
from basinbench.methods.zipit import ZipIt
from basinbench.runners.checks import check
from basinbench.runners.keys import label_of
from basinbench.runners.laws import LAWS

NETWORKS = [*live_networks.ARCHITECTURES, *live_networks.NESTED]

# Methods that do more than reorder units: all others must.
MIXING = {"cca", "fedma", "parent", "pfnm", "zipit"}

# What a plug-in is only told, and a method of this package must not earn.
FOREIGN = {"reference moved", "two only", "no mean"}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", built_in())
def test_every_law_is_kept(name: str, network: str, device: torch.device):
    keeps_all_laws(name, network, torch.float64, device)


@pytest.mark.parametrize("network", ["mlp", "mlp-bn", "vgg-bn", "resnet-ln", "heads"])
@pytest.mark.parametrize("name", built_in())
def test_every_law_is_kept_in_float32(name: str, network: str, device: torch.device):
    """What trained networks come in: a comparison that only float64 passes shows here."""
    keeps_all_laws(name, network, torch.float32, device)


def keeps_all_laws(name: str, network: str, dtype: torch.dtype, device: torch.device) -> None:
    """As it comes on the MLP, where alone planted permutations are judged; cheaper elsewhere."""
    known = {} if network == "mlp" and name != "straight-through" else CHEAPER
    method = known.get(name) or built_in()[name]()
    laws = [law for law in LAWS if network == "mlp" or not law.name.startswith("planted")]
    results = {
        law: row[0] for law, row in check(method, 60, [network], laws, dtype, device).items()
    }
    faults = [f"{law.name}: {r.fault}; {law.statement}" for law, r in results.items() if r.fault]
    unlike = FOREIGN if method.name in MIXING else {*FOREIGN, "mixes units", "merges"}
    faults += [f"{law.name}: {r.words}" for law, r in results.items() if r.words in unlike]
    assert not faults, "\n" + "\n".join(faults)
    if any(r.words == "skipped" for r in results.values()):
        pytest.skip(str(method.skip(live_networks.problem(network))))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", built_in())
def test_a_method_skips_the_same_problems_in_float32(name: str, network: str):
    """A partial zip is the one whose reason is found by numbers."""
    forms = {"zipit": ZipIt(until=0.5), "otfusion-weights": OTFusionWeights(as_released=True)}
    method = forms.get(name) or built_in()[name]()
    reason = method.skip(live_networks.problem(network))
    in_float32 = live_networks.problem(network, dtype=torch.float32)
    assert method.skip(in_float32) == reason


@pytest.mark.parametrize("network", NETWORKS)
def test_the_networks_of_the_laws_are_alive(network: str):
    """Any symmetry would pass on a dead network."""
    x = live_networks.samples(16, seed=5)[:][0]
    for net in live_networks.problem(network, (1, 2, 3)).networks:
        assert net(x).std(0).min() > 1e-3


def test_methods_are_values_with_a_name_and_a_source():
    assert CHEAPER.keys() <= built_in().keys() >= MIXING
    for name, form in built_in().items():
        method = form()
        assert dataclasses.is_dataclass(method)
        assert method == dataclasses.replace(method), name
        assert hash(method) == hash(dataclasses.replace(method)), name
        assert label_of(method) == method.name == name
        assert method.paper, name
        with pytest.raises(dataclasses.FrozenInstanceError):
            method.name = "other"  # type: ignore[misc]
