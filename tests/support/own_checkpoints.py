"""Checkpoints of a user's own: a file with networks, and files with their parameters."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

NETS = """
from torch import nn

def mlp(width=16, classes=10):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, classes),
    )

class Float32(nn.Sequential):
    def forward(self, x):
        return super().forward(x.float())

def float32():
    return Float32(*mlp())

class Flipping(nn.ReLU):
    def forward(self, x):
        return super().forward(x.flip(1) if len(x) > self.most else x)

def flipping(most=2):
    layers = list(mlp())
    layers[2] = Flipping()
    layers[2].most = most
    return nn.Sequential(*layers)

class Dropping(nn.ReLU):
    def forward(self, x):
        return nn.functional.dropout(super().forward(x))

def dropping():
    layers = list(mlp())
    layers[2] = Dropping()
    return nn.Sequential(*layers)

def probabilities():
    return nn.Sequential(*mlp(), nn.Softmax(dim=1))

class Normed(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        return {"logits": self.head(self.norm(self.conv(x)).relu().mean((2, 3)))}

model = mlp()

def broken():
    raise RuntimeError("no weights\\nhere")

def number():
    return 3
"""

READING = f"""{NETS}
import json, os, torch
from pathlib import Path

class Read(nn.Sequential):
    def __init__(self):
        super().__init__(*mlp())
        told = json.loads(Path("told.json").read_text())
        self.drop = nn.Dropout(told["drop"])
        self.register_buffer("factor", torch.tensor([told["factor"]]), persistent=False)
        self.sign = -1 if os.environ.get("OWN_SIGN") else 1

    def forward(self, x):
        return self.sign * self.factor * self.drop(super().forward(x))
"""
"""Networks of which one reads a file and a variable when it is made."""


def mlp(seed: int) -> nn.Module:
    """The network that `nets.py:mlp` makes, with parameters drawn from `seed`."""
    names: dict = {}
    exec(NETS, names)  # noqa: S102
    torch.manual_seed(seed)
    return names["mlp"]()


def written(folder: Path, count: int = 2) -> list[Path]:
    """`nets.py` in `folder`, and so many checkpoints of its `mlp`: `a`, `b`, ..."""
    (folder / "nets.py").write_text(NETS, encoding="utf-8")
    files = [folder / f"{'abcdef'[i]}.safetensors" for i in range(count)]
    for i, file in enumerate(files):
        save_file(mlp(i).state_dict(), file)
    return files
