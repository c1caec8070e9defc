"""Checkpoints of a user's own as endpoints: keys, names, what has changed."""

import shutil
from pathlib import Path

import own_checkpoints
import pytest
import tiny

from basinbench.datasets.catalogue import load
from basinbench.errors import UserError
from basinbench.runners.keys import description, key
from basinbench.runners.networks import MLP
from basinbench.runners.seeds import seed_of
from basinbench.runners.training.checkpoint_file import checkpoint_files
from basinbench.runners.training.checkpoints import Endpoint, EndpointStore
from basinbench.runners.training.origins import as_drawn
from basinbench.runners.training.recipes import GIVEN


def endpoint(path: Path) -> Endpoint:
    (file,) = checkpoint_files([path])
    return Endpoint(MLP((16, 16)), "digits", GIVEN, file.seed, file=file)


def test_the_key_holds_the_bytes_and_not_the_place(tmp_path: Path):
    a, b = own_checkpoints.written(tmp_path)
    shutil.copy(a, tmp_path / "copy.safetensors")
    first = endpoint(a)
    assert key(first) == key(endpoint(tmp_path / "copy.safetensors")) != key(endpoint(b))
    assert first == endpoint(tmp_path / "copy.safetensors")
    shutil.copy(b, a)
    assert key(first) != key(endpoint(a))
    with pytest.raises(UserError, match="has changed since this run began"):
        first.file.checked()  # type: ignore[union-attr]
    a.unlink()
    with pytest.raises(UserError, match="is gone since this run began"):
        first.file.checked()  # type: ignore[union-attr]


def test_an_endpoint_without_a_file_has_the_key_that_it_had():
    """Of version 2 of the scheme, before there were files."""
    plain = Endpoint(MLP((16, 16)), "digits", tiny.RECIPE, 0)
    assert '"file"' not in description(plain)


def test_names_are_as_long_as_it_takes_to_tell_files_apart(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    a, b = own_checkpoints.written(tmp_path)
    paths = [a.rename(tmp_path / "one" / "last.safetensors")]
    paths += [b.rename(tmp_path / "two" / "last.safetensors")]
    assert [file.name for file in checkpoint_files(paths)] == ["one/last", "two/last"]
    assert [file.name for file in checkpoint_files(paths[:1])] == ["last"]


def test_a_folder_counts_by_its_weights(tmp_path: Path):
    a, b = own_checkpoints.written(tmp_path)
    for name, file in (("one", a), ("two", a), ("other", b)):
        (tmp_path / name).mkdir()
        shutil.copy(file, tmp_path / name / "model.safetensors")
    (tmp_path / "two" / "README.md").write_text("not counted")
    one, two, other = (endpoint(tmp_path / name) for name in ("one", "two", "other"))
    assert key(one) == key(two) != key(other)


def test_what_is_no_checkpoint_is_said(tmp_path: Path):
    a, _ = own_checkpoints.written(tmp_path)
    shutil.copy(a, tmp_path / "copy.safetensors")
    (tmp_path / "empty").mkdir()
    for paths, words in (
        ([a, tmp_path / "absent.pt"], "there is no checkpoint"),
        ([tmp_path / "empty"], "no weights in the folder"),
        ([a, tmp_path / "copy.safetensors"], "are the same network"),
    ):
        with pytest.raises(UserError, match=words):
            checkpoint_files(paths)


def test_a_file_of_the_store_gets_the_draws_of_its_endpoint(tmp_path: Path):
    """So that a network is aligned with the same random numbers, by whichever way it comes."""
    store, (own, other) = EndpointStore(tmp_path), tiny.pair(tiny.PERCEPTRON)
    data = load("digits")
    store.get(own, own.network.build(data.shape, data.classes), own.samples(data), "cpu")
    given = endpoint(store.path(own))
    assert as_drawn(given) == own
    assert seed_of("align", 0, as_drawn(given)) == seed_of("align", 0, own)
    assert as_drawn(own) is own
    assert as_drawn(other) is other
    unknown = endpoint(own_checkpoints.written(tmp_path)[0])
    assert as_drawn(unknown) is unknown
