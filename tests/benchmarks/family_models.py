"""Networks of many architecture families with random weights, small, and inputs for each of them.

The first input is the example to trace with; the others have another length or size, where the
architecture takes one. Nothing is downloaded.
"""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

Inputs = Tensor | tuple[Tensor, ...] | dict[str, Tensor]
Built = tuple[nn.Module, list[Inputs]]
Builder = Callable[[], Built]


def images(*sizes: int, channels: int = 3) -> list[Inputs]:
    """Two random images for each size."""
    return [torch.rand(2, channels, size, size) for size in sizes]


def tokens(*lengths: int, vocabulary: int = 99) -> list[Inputs]:
    """Two random sequences of token ids for each length, by keyword."""
    return [{"input_ids": torch.randint(3, vocabulary, (2, length))} for length in lengths]


def _torchvision(name: str, inputs: list[Inputs], **changes: Any) -> Built:
    from torchvision import models

    return models.get_model(name, weights=None, **changes), inputs


def _torchvision_families() -> Iterator[tuple[str, Builder]]:
    plain = (
        "alexnet densenet121 efficientnet_b0 efficientnet_v2_s googlenet mnasnet1_0 mobilenet_v2 "
        "mobilenet_v3_small regnet_x_400mf regnet_y_400mf resnet18 resnet50 resnext50_32x4d "
        "shufflenet_v2_x1_0 squeezenet1_1 vgg11 vgg11_bn wide_resnet50_2 convnext_tiny"
    )
    for name in plain.split():
        changes = {"aux_logits": True, "init_weights": False} if name == "googlenet" else {}
        yield name, partial(_torchvision, name, images(96, 128), **changes)
    yield (
        "inception_v3",
        partial(_torchvision, "inception_v3", images(299), aux_logits=True, init_weights=False),
    )
    yield "vit_b_16", partial(_torchvision, "vit_b_16", images(64), image_size=64)
    yield "swin_t", partial(_torchvision, "swin_t", images(64, 96))
    yield "swin_v2_t", partial(_torchvision, "swin_v2_t", images(64, 96))
    yield "maxvit_t", partial(_torchvision, "maxvit_t", images(224))
    for name in ("fcn_resnet50", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large"):
        yield (
            name,
            partial(_torchvision, name, images(64, 96), weights_backbone=None, aux_loss=True),
        )
    yield (
        "lraspp_mobilenet_v3_large",
        partial(_torchvision, "lraspp_mobilenet_v3_large", images(64, 96), weights_backbone=None),
    )
    for name in ("r3d_18", "mc3_18", "r2plus1d_18"):
        videos: list[Inputs] = [torch.rand(2, 3, frames, 32, 32) for frames in (4, 8)]
        yield name, partial(_torchvision, name, videos)
    yield "s3d", partial(_torchvision, "s3d", [torch.rand(1, 3, 16, 224, 224)])
    yield "mvit_v1_b", partial(_torchvision, "mvit_v1_b", [torch.rand(1, 3, 16, 224, 224)])
    yield "swin3d_t", partial(_torchvision, "swin3d_t", [torch.rand(1, 3, 4, 64, 64)])


TIMM = (
    "beit_base_patch16_224 botnet26t_256 caformer_s18 cait_xxs24_224 coat_tiny "
    "coatnet_nano_rw_224 convformer_s18 convit_tiny convmixer_768_32 convnext_pico "
    "convnextv2_atto crossvit_tiny_240 cs3darknet_s cspresnet50 darknet53 davit_tiny "
    "deit3_small_patch16_224 densenet121 dla34 dpn48b edgenext_xx_small efficientformer_l1 "
    "efficientformerv2_s0 efficientnet_b0 efficientvit_b0 eva02_tiny_patch14_224 fastvit_t8 "
    "focalnet_tiny_srf gcvit_xxtiny ghostnet_100 gmlp_s16_224 hardcorenas_a hgnet_tiny "
    "hrnet_w18_small inception_next_tiny inception_resnet_v2 lcnet_050 levit_128s "
    "maxvit_pico_rw_256 mixer_s32_224 mobilenetv4_conv_small mobileone_s0 mobilevit_xxs "
    "mobilevitv2_050 mvitv2_tiny nest_tiny nf_regnet_b0 nfnet_l0 pit_ti_224 poolformer_s12 "
    "poolformerv2_s12 pvt_v2_b0 regnety_002 repghostnet_050 repvgg_a0 repvit_m0_9 "
    "res2net50_26w_4s resmlp_12_224 resnest14d resnet18 resnetv2_50 rexnet_100 sequencer2d_s "
    "seresnet18 skresnet18 starnet_s1 swin_tiny_patch4_window7_224 swinv2_cr_tiny_224 "
    "tiny_vit_5m_224 tinynet_e tnt_s_patch16_224 tresnet_m twins_pcpvt_small vgg11_bn "
    "visformer_tiny vit_tiny_patch16_224 volo_d1_224 xception41 xcit_nano_12_p16_224"
)


SLOW = {"convmixer_768_32": 56}
"""Those of which an image of the size that they were made for takes minutes, and another size."""


def _timm(name: str) -> Built:
    module = import_module("timm").create_model(name, pretrained=False)
    channels, height, _ = module.default_cfg["input_size"]
    if name in SLOW:
        height = SLOW[name]
    fixed = bool(module.default_cfg.get("fixed_input_size"))
    return module, images(*([height] if fixed else [height, height + 32]), channels=channels)


def _transformer(config: str, model: str, inputs: list[Inputs], **sizes: Any) -> Built:
    transformers = import_module("transformers")
    family, settings = getattr(transformers, model), getattr(transformers, config)(**sizes)
    settings._attn_implementation = "sdpa" if family._supports_sdpa else "eager"
    return family(settings), inputs


SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}


def _transformers_families() -> Iterator[tuple[str, Builder]]:
    decoder = SMALL | {"vocab_size": 99, "max_position_embeddings": 64, "use_cache": False}
    shared = decoder | {"num_key_value_heads": 2}
    encoder = SMALL | {"vocab_size": 99, "max_position_embeddings": 64}
    text, longer = tokens(10, 17), tokens(16, 32)
    sight = SMALL | {"image_size": 32, "patch_size": 8}
    pictures: list[Inputs] = [{"pixel_values": torch.rand(2, 3, 32, 32)}]
    table: list[tuple[str, str, str, list[Inputs], dict[str, Any]]] = [
        ("bert", "BertConfig", "BertForSequenceClassification", text, encoder),
        ("roberta", "RobertaConfig", "RobertaForMaskedLM", text, encoder),
        ("distilbert", "DistilBertConfig", "DistilBertForSequenceClassification", text,
         {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "vocab_size": 99}),
        ("albert", "AlbertConfig", "AlbertForSequenceClassification", text,
         encoder | {"embedding_size": 16}),
        ("electra", "ElectraConfig", "ElectraForSequenceClassification", text,
         encoder | {"embedding_size": 16}),
        ("deberta-v2", "DebertaV2Config", "DebertaV2ForSequenceClassification", text, encoder),
        ("gpt2", "GPT2Config", "GPT2LMHeadModel", text,
         {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 99, "n_positions": 64,
          "use_cache": False}),
        ("gpt-neox", "GPTNeoXConfig", "GPTNeoXForCausalLM", text, decoder),
        ("bloom", "BloomConfig", "BloomForCausalLM", text,
         {"hidden_size": 32, "n_layer": 2, "n_head": 4, "vocab_size": 99, "use_cache": False}),
        ("falcon", "FalconConfig", "FalconForCausalLM", text,
         {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 99,
          "use_cache": False}),
        ("opt", "OPTConfig", "OPTForCausalLM", text,
         {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "ffn_dim": 64,
          "vocab_size": 99, "max_position_embeddings": 64, "word_embed_proj_dim": 32,
          "use_cache": False}),
        ("llama", "LlamaConfig", "LlamaForCausalLM", text, shared),
        ("mistral", "MistralConfig", "MistralForCausalLM", text, shared | {"sliding_window": None}),
        ("qwen2", "Qwen2Config", "Qwen2ForCausalLM", text, shared),
        ("qwen3", "Qwen3Config", "Qwen3ForCausalLM", text, shared | {"head_dim": 8}),
        ("gemma", "GemmaConfig", "GemmaForCausalLM", text, shared | {"head_dim": 8}),
        ("phi", "PhiConfig", "PhiForCausalLM", text, decoder),
        ("mixtral", "MixtralConfig", "MixtralForCausalLM", text,
         shared | {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None}),
        ("mamba", "MambaConfig", "MambaForCausalLM", longer,
         {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8, "vocab_size": 99,
          "use_cache": False}),
        ("vit", "ViTConfig", "ViTForImageClassification", pictures, sight),
        ("deit", "DeiTConfig", "DeiTForImageClassification", pictures, sight),
        ("beit", "BeitConfig", "BeitForImageClassification", pictures, sight),
        ("vit-mae", "ViTMAEConfig", "ViTMAEModel",
         [{"pixel_values": torch.rand(2, 3, 32, 32), "noise": torch.rand(2, 16)}], sight),
        ("convnext", "ConvNextConfig", "ConvNextForImageClassification", pictures,
         {"hidden_sizes": [16, 32, 32, 64], "depths": [1, 1, 1, 1]}),
        ("dinov2", "Dinov2Config", "Dinov2ForImageClassification",
         pictures, {k: v for k, v in sight.items() if k != "intermediate_size"}),
        ("segformer", "SegformerConfig", "SegformerForSemanticSegmentation",
         [{"pixel_values": torch.rand(2, 3, 64, 64)}],
         {"hidden_sizes": [16, 32, 32, 64], "depths": [1, 1, 1, 1], "decoder_hidden_size": 32,
          "num_attention_heads": [1, 2, 2, 4]}),
        ("resnet", "ResNetConfig", "ResNetForImageClassification", pictures,
         {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [2, 2]}),
    ]  # fmt: skip
    for name, config, model, inputs, sizes in table:
        yield name, partial(_transformer, config, model, inputs, **sizes)
    yield "t5", _t5
    yield "bart", _bart
    yield "clip", _clip
    yield "whisper", _whisper
    yield "wav2vec2", _wav2vec2


def _sequences(*lengths: int) -> list[Inputs]:
    return [
        {
            "input_ids": torch.randint(3, 99, (2, length)),
            "decoder_input_ids": torch.randint(3, 99, (2, length - 3)),
        }
        for length in lengths
    ]


def _t5() -> Built:
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
    sizes |= {"vocab_size": 99, "use_cache": False}
    return _transformer(
        "T5Config", "T5ForConditionalGeneration", _sequences(10, 17), **sizes
    )  # fmt: skip


def _bart() -> Built:
    sizes: dict[str, Any] = {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2}
    sizes |= {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "vocab_size": 99}
    sizes |= {"encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64}
    inputs = _sequences(10, 17)
    return _transformer(
        "BartConfig", "BartForConditionalGeneration", inputs, use_cache=False, **sizes
    )


def _clip() -> Built:
    both = [
        {"input_ids": torch.randint(3, 98, (2, n)), "pixel_values": torch.rand(2, 3, 32, 32)}
        for n in (10, 17)
    ]
    text = SMALL | {"vocab_size": 99, "max_position_embeddings": 32, "eos_token_id": 98}
    inputs: list[Inputs] = [*both]
    return _transformer(
        "CLIPConfig",
        "CLIPModel",
        inputs,
        text_config=text,
        vision_config=SMALL | {"image_size": 32, "patch_size": 8},
        projection_dim=24,
    )


def _whisper() -> Built:
    sizes: dict[str, Any] = {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2}
    sizes |= {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "vocab_size": 99}
    sizes |= {"encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "num_mel_bins": 16}
    sizes |= {"max_source_positions": 30, "max_target_positions": 20, "pad_token_id": 0}
    sizes |= {"bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1}
    inputs: list[Inputs] = [
        {
            "input_features": torch.rand(2, 16, 60),
            "decoder_input_ids": torch.randint(3, 99, (2, length)),
        }
        for length in (7, 12)
    ]
    return _transformer(
        "WhisperConfig", "WhisperForConditionalGeneration", inputs, use_cache=False, **sizes
    )


def _wav2vec2() -> Built:
    sizes = SMALL | {"conv_dim": [16, 16], "conv_stride": [4, 2], "conv_kernel": [8, 4]}
    sizes |= {"num_feat_extract_layers": 2, "num_conv_pos_embeddings": 8}
    sizes |= {"num_conv_pos_embedding_groups": 4, "vocab_size": 20}
    inputs: list[Inputs] = [{"input_values": torch.rand(2, length)} for length in (400, 640)]
    return _transformer("Wav2Vec2Config", "Wav2Vec2ForCTC", inputs, **sizes)


def _diffusers_unet() -> Built:
    module = import_module("diffusers").UNet2DModel(
        sample_size=16,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
    )
    inputs: list[Inputs] = [(torch.rand(2, 3, n, n), torch.tensor([3, 50])) for n in (16, 24)]
    return module, inputs


def families() -> dict[str, Builder]:
    """`library/name` -> how to build the network and its inputs."""
    found = {f"torchvision/{name}": builder for name, builder in _torchvision_families()}
    found |= {f"timm/{name}": partial(_timm, name) for name in TIMM.split()}
    found |= {f"transformers/{name}": builder for name, builder in _transformers_families()}
    return found | {"diffusers/ddpm-unet": _diffusers_unet}
