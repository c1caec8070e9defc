"""Networks: they run on every image size, have the published sizes, and flax's layer norm."""

from math import prod

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from basinbench.errors import UserError
from basinbench.runners.networks import (
    GPT,
    MLP,
    VGG,
    Architecture,
    LayerNorm,
    ResNet18,
    ResNet20,
    ResNeXt20,
    RowGRU,
    RowLSTM,
    UNet,
)
from basinbench.runners.networks.base import norm as norm_of
from basinbench.runners.networks.torchvision import (
    TorchvisionDenseNet,
    TorchvisionRegNet,
    TorchvisionShuffleNet,
    TorchvisionViT,
)
from basinbench.runners.training.train import initialise

DIGITS, MNIST, CIFAR = (1, 8, 8), (1, 28, 28), (3, 32, 32)
NORMS = ("none", "batch", "layer", "group")

SMALL: list[Architecture] = [
    *(MLP((16, 16, 12), norm=norm) for norm in NORMS),
    MLP((), bias=False),
    MLP((16, 12), bias=False),
    *(VGG(depth, 4, norm=norm) for depth in (8, 11, 16) for norm in NORMS),
    VGG(16, 4, norm="layer", hidden=(32, 24)),
    VGG(11, 4, bias=False),
    VGG(8, 4, norm="layer", stride=2),
    *(ResNet20(0.25, norm) for norm in NORMS),
    *(ResNet18(4, norm) for norm in NORMS),
    ResNet18(4, "none", bias=False),
    ResNet20(0.25, "layer", stride=3),
    *(ResNeXt20(0.25, norm=norm) for norm in NORMS),
]
WITHOUT_NORM_FIELD: list[Architecture] = [
    RowLSTM(12),
    RowGRU(12, depth=2),
    GPT(depth=1, heads=2, width=12, symbols=9),
    TorchvisionViT(4, depth=1, heads=2, width=12),
    TorchvisionRegNet(2, 8),
    UNet(8),
]


NORM_LAYERS = {
    "layer": LayerNorm,
    "batch": nn.modules.batchnorm._BatchNorm,
    "group": nn.GroupNorm,
}


def size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def kinds(module: nn.Module, *kind: type[nn.Module]) -> list[nn.Module]:
    return [layer for layer in module.modules() if isinstance(layer, kind)]


@pytest.mark.parametrize("network", [*SMALL, *WITHOUT_NORM_FIELD], ids=lambda n: n.name)
def test_logits_of_every_image_size(network: Architecture):
    for shape in (DIGITS, MNIST, CIFAR):
        torch.manual_seed(0)
        module, x = network.build(shape, 7).double(), torch.rand(5, *shape).double()
        initialise(module, "flax", 0)
        logits = module(x)  # training mode
        assert logits.shape == (5, 7), shape
        logits.logsumexp(1).sum().backward()
        assert all(p.grad is not None for p in module.parameters()), f"{shape}: left out"
        module.eval()
        with torch.no_grad():
            logits = module(x)
            alone = module(x[2:3])
        torch.testing.assert_close(alone, logits[2:3], msg=f"{shape}: images see each other")
        assert (logits.std(0) > 1e-9).all(), f"{shape}: dead, images do not matter"
        assert logits.min() < 0, f"{shape}: raw logits are neither normalised nor clipped"


@pytest.mark.parametrize("network", SMALL, ids=lambda n: n.name)
def test_the_norm_is_where_it_should_be(network: Architecture):
    module = network.build(CIFAR, 10)
    convs, norms = (
        kinds(module, nn.Conv2d),
        kinds(module, *NORM_LAYERS.values()),
    )
    layers = convs or kinds(module, nn.Linear)[:-1]
    # One a convolution (in an MLP: a hidden layer), none elsewhere, all of the kind asked for.
    assert len(norms) == (0 if network.norm == "none" else len(layers))  # type: ignore[attr-defined]
    own = [kind for name, kind in NORM_LAYERS.items() if name == network.norm]  # type: ignore[attr-defined]
    assert len(kinds(module, *own)) == len(norms)


def test_names_tell_architectures_apart():
    assert len({network.name for network in SMALL}) == len(SMALL)
    assert MLP().name == "mlp-512x3"
    assert MLP((400, 200, 100), bias=False).name == "mlp-400-200-100-nobias"
    assert VGG(16, norm="layer", hidden=(512, 512)).name == "vgg16-w64-h512-512-ln"
    assert VGG(8, 16, norm="layer", stride=2).name == "vgg8-w16-s2-ln"
    assert ResNet20(0.5).name == "resnet20-w0.5-ln"
    assert ResNet20(0.5, "group", stride=3).name == "resnet20-w0.5-s3-gn"
    assert ResNet18().name == "resnet18-w64-bn"
    assert ResNeXt20(0.5, norm="group").name == "resnext20-w0.5-g4-gn"
    assert RowLSTM(32).name == "lstm-w32"
    assert RowGRU(32, depth=2).name == "gru-w32-l2"
    assert GPT().name == "gpt-l2-h4-w64"
    assert TorchvisionViT().name == "vit-l2-h4-w64"
    assert TorchvisionViT(7).name == "vit-p7-l2-h4-w64"


# Sizes of the published networks, from their tables of layers or, where there is one, their paper.
PUBLISHED = [
    # Git Re-Basin's MLP: 784*512 + 512 + 2 * (512*512 + 512) + 512*10 + 10
    (MLP(), MNIST, 10, 932_362),
    # OTFusion's MLP: 784*400 + 400*200 + 200*100 + 100*10
    (MLP((400, 200, 100), bias=False), MNIST, 10, 414_600),
    # He et al.'s ResNet20 has 269,722 (0.27 M in their table 6), its shortcuts having none; Git
    # Re-Basin's two 3x3 shortcuts with norms add 16*32*9 + 64 and 32*64*9 + 128.
    (ResNet20(), CIFAR, 10, 269_722 + 4_672 + 18_560),
    # The usual ResNet18 for CIFAR-10 has 11,173,962 parameters.
    (ResNet18(), CIFAR, 10, 11_173_962),
    # OTFusion's has neither the 9,600 of its norms nor the 10 biases of its head.
    (ResNet18(norm="none", bias=False), CIFAR, 10, 11_173_962 - 9_600 - 10),
    # VGG11's convolutions without biases, 9,217,728, and OTFusion's single head of 512 x 10.
    (VGG(11, bias=False), CIFAR, 10, 9_217_728 + 5_120),
    # VGG16's convolutions with biases, 14,714,688 (as in torchvision), layer norms of 2 * 4,224,
    # two hidden layers of 512 * 512 + 512 and the head.
    (VGG(16, norm="layer", hidden=(512, 512)), CIFAR, 10, 14_714_688 + 8_448 + 525_312 + 5_130),
]


def test_published_sizes():
    for network, shape, classes, parameters in PUBLISHED:
        with torch.device("meta"):  # nothing is drawn
            assert size(network.build(shape, classes)) == parameters, network


def test_width_multiplies_channels():
    one, two = (ResNet20(width).build(CIFAR, 10) for width in (1, 2))
    for a, b in zip(kinds(one, nn.Conv2d)[1:], kinds(two, nn.Conv2d)[1:], strict=True):
        assert (b.in_channels, b.out_channels) == (2 * a.in_channels, 2 * a.out_channels)  # type: ignore[operator]


def test_shortcuts_are_3x3_in_resnet20_and_1x1_in_resnet18():
    for network, kernel in ((ResNet20(), (3, 3)), (ResNet18(8), (1, 1))):
        module = network.build(CIFAR, 10)
        shortcuts = [m for n, m in module.named_modules() if n.endswith("shortcut.0")]
        assert {s.kernel_size for s in shortcuts} == {kernel}
        assert len(shortcuts) == (2 if isinstance(network, ResNet20) else 3)


def test_small_images_skip_max_pools():
    assert VGG(11, 4).build((1, 8, 8), 10)(torch.rand(2, 1, 8, 8)).shape == (2, 10)
    # 64 x 64 leaves 2 x 2 after five max-pools: the flatten then has four places a channel.
    module = VGG(11, 4).build((3, 64, 64), 10)
    assert module.head.in_features == 32 * 2 * 2  # type: ignore[union-attr]


def test_building_leaves_the_global_random_stream():
    torch.manual_seed(1)
    want = torch.rand(3)
    torch.manual_seed(1)
    one, two = (VGG(8, 4).build(DIGITS, 10).state_dict() for _ in range(2))
    assert torch.equal(torch.rand(3), want)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_torchvisions_networks_read_images_of_any_channels():
    for network in (TorchvisionViT(), TorchvisionDenseNet(), TorchvisionShuffleNet()):
        for channels in (1, 3):
            module, x = (
                network.build((channels, 32, 32), 10).eval(),
                torch.rand(2, channels, 32, 32),
            )
            assert module(x).shape == (2, 10)


def test_shapes_that_a_network_cannot_read_are_refused_with_a_reason():
    for network, sentence in (
        (TorchvisionViT(4), "images of 10 x 8 pixels are no squares of whole patches of 4 x 4"),
        (GPT(heads=4, width=30), "4 heads do not share a width of 30 equally"),
        (ResNeXt20(1, groups=3), "16 channels do not make 3 equal groups"),
    ):
        with pytest.raises(UserError, match=sentence):
            network.build((1, 10, 8), 10)


def test_a_group_norm_has_as_many_groups_as_divide_the_channels():
    assert [norm_of("group", channels, 2).num_groups for channels in (16, 6, 9)] == [4, 2, 1]


@pytest.mark.parametrize("network", [*SMALL, *WITHOUT_NORM_FIELD], ids=lambda n: n.name)
def test_each_seed_draws_every_parameter_that_is_drawn_at_all(network: Architecture):
    """Positions and in-projections too, which no layer resets: no basis in common at the start."""
    one, two = (network.build(MNIST, 10, seed) for seed in (1, 2))
    for seed, module in ((1, one), (2, two)):
        initialise(module, "torch", seed)
    others = dict(two.named_parameters())
    for name, parameter in one.named_parameters():
        drawn = bool((parameter != parameter.flatten()[0]).any())
        assert drawn != parameter.equal(others[name]), name


def test_constants_of_an_architecture_are_the_same_for_every_seed():
    class Features(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("waves", torch.randn(4))
            self.fixed = nn.Parameter(torch.randn(4), requires_grad=False)
            self.free = nn.Parameter(torch.randn(4))

    class Waves(MLP):
        def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:  # noqa: ARG002
            return Features()

    one, two = (Waves().build(MNIST, 10, seed).state_dict() for seed in (1, 2))
    assert {name: one[name].equal(two[name]) for name in one} == {
        "waves": True,
        "fixed": True,
        "free": False,
    }


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="norm of mlp is none of the known values: 'instance'"):
        MLP(norm="instance").build(DIGITS, 10)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="depth of vgg is none of the known values: 12"):
        VGG(12).build(DIGITS, 10)  # type: ignore[arg-type]


# Layer norm


def random_layer_norm(channels: int) -> LayerNorm:
    norm = LayerNorm(channels)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
def test_layer_norm_is_flax_over_channels_at_each_position(form: torch.memory_format):
    torch.manual_seed(0)
    norm, x = random_layer_norm(6), torch.randn(4, 6, 5, 3) * 1e-2  # small: eps counts
    x = x.contiguous(memory_format=form)
    last = F.layer_norm(x.permute(0, 2, 3, 1), (6,), norm.weight, norm.bias, 1e-6)
    torch.testing.assert_close(norm(x), last.permute(0, 3, 1, 2))
    mean, var = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
    by_hand = (x - mean) / (var + 1e-6).sqrt() * norm.weight[:, None, None] + norm.bias[
        :, None, None
    ]
    torch.testing.assert_close(norm(x), by_hand, rtol=1e-4, atol=1e-5)
    group = F.group_norm(x, 1, norm.weight, norm.bias, 1e-6)
    assert (norm(x) - group).abs().max() > 0.1  # another normaliser


def test_layer_norm_of_vectors():
    norm, x = random_layer_norm(6), torch.randn(4, 6)
    torch.testing.assert_close(norm(x), F.layer_norm(x, (6,), norm.weight, norm.bias, 1e-6))


def test_layer_norm_commutes_with_permuted_channels():
    norm, x, order = random_layer_norm(8), torch.randn(2, 8, 4, 4), torch.randperm(8)
    moved = random_layer_norm(8)
    moved.load_state_dict({k: v[order] for k, v in norm.state_dict().items()})
    torch.testing.assert_close(moved(x[:, order]), norm(x)[:, order])


def test_layer_norm_keeps_channels_last():
    x = torch.randn(2, 8, 4, 4).contiguous(memory_format=torch.channels_last)
    assert LayerNorm(8)(x).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 5, 3)])
def test_layer_norm_can_be_exported(shape: tuple[int, ...]):
    norm, x = random_layer_norm(6), torch.randn(shape)
    program = torch.export.export(norm, (x,))
    torch.testing.assert_close(program.module()(x), norm(x))
    assert prod(x.shape) == norm(x).numel()
