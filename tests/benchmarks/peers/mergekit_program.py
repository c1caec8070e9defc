"""`mergekit`: its linear merge of two files of weights, which it reads and writes itself."""

import json
import tempfile
from importlib import import_module
from pathlib import Path

from peer_process import PeerJob, Ready, Weights, serve
from safetensors.torch import load_file


def prepare(job: PeerJob) -> Ready:
    merge = import_module("mergekit.scripts.merge_raw_pytorch").main
    folder = Path(tempfile.mkdtemp(dir=Path(job.out).parent))
    asked = folder / "asked.yml"  # YAML reads JSON
    models = [{"model": name, "parameters": {"weight": 0.5}} for name in (job.first, job.second)]
    asked.write_text(json.dumps({"merge_method": "linear", "models": models}), encoding="utf-8")

    def average() -> Weights:
        merge([str(asked), str(folder / "merged")], standalone_mode=False)
        (file,) = (folder / "merged").glob("*.safetensors")
        return load_file(file)

    return average


if __name__ == "__main__":
    serve(prepare, "mergekit")
