"""`basinbench explain`: groups, what stays and why, and whether it was proved."""

import json
from pathlib import Path

import own_checkpoints
import pytest
from console import command
from safetensors.torch import save_file
from torch import ones, zeros

from basinbench.runners.own_networks import explaining


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    own_checkpoints.written(tmp_path, 0)
    return tmp_path


def test_groups_proof_and_pins_of_a_file_s_network(capsys: pytest.CaptureFixture[str]):
    code, out, err = command(capsys, "explain", "--network", "nets.py:mlp", "--input", "1,8,8")
    assert (code, err) == (0, "")
    assert "nets.py:mlp: 32 units in 2 groups may be permuted; 99.3 % of all weights" in out
    assert "proved on 2 x 1 x 8 x 8, in evaluation and training mode: the outputs change" in out
    pinned = out.partition("what stays, and why:\n")[2]
    assert "5.weight" in pinned  # the classes
    assert "1.weight" in pinned  # the pixels
    assert "3.weight" not in pinned


def test_the_same_as_a_document(capsys: pytest.CaptureFixture[str]):
    words = ("--network", "nets.py:Normed", "--dataset", "digits", "--json")
    code, out, err = command(capsys, "explain", *words)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert sum(told["groups"].values()) == 8
    assert [proof["holds"] for proof in told["proofs"]] == [True, True]
    assert [proof["on"] for proof in told["proofs"]] == ["2 x 1 x 8 x 8", "1 x 1 x 8 x 8"]
    assert told["proofs"][0]["largest_change"] < 1e-10
    assert {pin["name"] for pin in told["pins"]} == {"conv.weight", "head.weight", "head.bias"}


def test_a_symmetry_that_is_none_is_disproved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
):
    """The graph is that of another network: its output is not pinned."""
    code = "from torch import nn\ndef part():\n    return nn.Sequential(nn.Linear(4, 6))\n"
    (folder / "part.py").write_text(code)
    from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry

    group, pixels = Axis(((Factor(6, "g"),),)), Axis(((Factor(4),),), True)
    wrong = Symmetry({"0.weight": (group, pixels), "0.bias": (group,)})
    monkeypatch.setattr(explaining, "trace", lambda *_: wrong)
    code, out, _ = command(capsys, "explain", "--network", "part.py:part", "--input", "4")
    assert code == 1
    assert "DISPROVED on 2 x 4" in out


@pytest.mark.slow
def test_a_library_s_network_is_proved_at_another_size_too(capsys: pytest.CaptureFixture[str]):
    code, out, err = command(capsys, "explain", "--network", "torchvision:squeezenet1_1")
    assert (code, err) == (0, "")
    assert "proved on 2 x 3 x 224 x 224" in out
    assert "proved on 2 x 3 x 256 x 256" in out
    code, out, err = command(capsys, "explain", "--network", "torchvision:vit_b_32")
    assert (code, err) == (0, "")
    assert "proved on 2 x 3 x 224 x 224" in out
    assert "not tried on 2 x 3 x 256 x 256: the network does not take them" in out


@pytest.mark.slow
def test_a_folder_of_hugging_face_is_proved_at_another_length_too(
    capsys: pytest.CaptureFixture[str], folder: Path
):
    transformers = pytest.importorskip("transformers")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {"vocab_size": 50, "max_position_embeddings": 32, "intermediate_size": 24}
    config = transformers.BertConfig(
        **sizes, **words, architectures=["BertForSequenceClassification"]
    )
    config.save_pretrained(folder / "bert")
    code, out, _ = command(capsys, "explain", "--network", "hf:bert")
    assert code == 0
    assert "proved on input_ids 2 x 12" in out
    assert "proved on input_ids 2 x 9" in out


MISUSES = {
    "nothing says what it takes": ((), "give --input, such as 3,32,32, or --dataset"),
    "two say so": (("--input", "1,8,8", "--dataset", "digits"), "give one of them"),
    "a shape that is none": (("--input", "0,8"), "is no input"),
    "a type that is none": (("--input", "int9:8"), "is one of float32, float64, int64"),
    "another shape": (("--input", "1,8,9"), "Sequential"),
    "an empty file": (("--input", "empty.safetensors"), "holds no tensor"),
    "a file of another kind": (("--input", "nets.py"), "is no safetensors file"),
    "a name of ours with arguments": (
        ("--network", "mlp-16x2", "--network-args", '{"a": 1}', "--input", "1,8,8"),
        "takes no --network-args",
    ),
    "no such network": (("--network", "mpl-16x2", "--input", "1"), "or write file.py:factory"),
}


@pytest.mark.parametrize("what", MISUSES)
def test_a_misuse_is_one_sentence(what: str, capsys: pytest.CaptureFixture[str]):
    save_file({}, "empty.safetensors")
    words, sentence = MISUSES[what]
    named = [] if "--network" in words else ["--network", "nets.py:mlp"]
    code, out, err = command(capsys, "explain", *named, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_tensors_of_a_file_are_arguments_by_name(capsys: pytest.CaptureFixture[str], folder: Path):
    (folder / "two.py").write_text(
        "from torch import nn\n"
        "class Two(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.a, self.t, self.o = nn.Linear(4, 6), nn.Linear(1, 6), nn.Linear(6, 3)\n"
        "    def forward(self, x, t):\n"
        "        return self.o((self.a(x) + self.t(t)).relu())\n"
    )
    save_file({"x": zeros(2, 4), "t": ones(2, 1)}, "inputs.safetensors")
    words = ("--network", "two.py:Two", "--input", "inputs.safetensors")
    code, out, err = command(capsys, "explain", *words)
    assert (code, err) == (0, "")
    assert "6 units in 1 group" in out
    assert "proved on t 2 x 1, x 2 x 4" in out
