"""Generators pushed to a hub on this machine and pulled from it, by the protocol of huggingface_hub."""

import importlib

import pytest
import torch
from exported_models import exportable
from local_hub import signed_in_hub
from tiny_recipes import REGISTRY

from ganzoo.errors import DataError, GanzooError, SetupError
from ganzoo.models import load
from ganzoo.models.exporting.hub import Repository
from ganzoo.models.exporting.pulling import pull
from ganzoo.models.exporting.pushing import push_folder
from ganzoo.registry.discovery import Zoo

pytest.importorskip("huggingface_hub")
constants = importlib.import_module("huggingface_hub.constants")
# of the library, about its own call of its HTTP client
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
ZOO = Zoo(REGISTRY, ())
FILES = {"README.md", "config.json", "model.safetensors", "samples.png"}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub, a user who is signed in, and an empty cache."""
    with signed_in_hub(tmp_path, monkeypatch) as served:
        yield served


def sign_out(monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)


def test_what_is_pushed_is_opened_with_the_same_samples(hub, tmp_path):
    model = exportable("cgan-pd")
    assert model.push_to_hub("me/digits", license="mit") == "hf://me/digits"
    (last,) = list(hub.repositories["me/digits"].values())[-1:]
    assert {name for name in last if not name.startswith(".")} == FILES
    assert b'ganzoo.load("hf://me/digits")' in last["README.md"]
    again = load("hf://me/digits", zoo=ZOO)
    assert torch.equal(again.sample(5).data, model.sample(5).data)


def test_the_weights_go_as_an_object_and_the_rest_in_the_commit(hub, tmp_path):
    exportable("dcgan").push_to_hub("me/digits")
    assert len(hub.objects) == 1
    assert sum("/commit/main" in one for one in hub.asked) == 1


def test_only_data_is_fetched(hub, tmp_path):
    exportable("dcgan").push_to_hub("me/digits")
    hub.commit("me/digits", {"evil.py": b"raise SystemExit", "pickle.bin": b"\x80"})
    assert pull("me/digits", tmp_path / "out") == tmp_path / "out"
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert not any("evil" in one or "pickle" in one for one in hub.asked)


def test_a_revision_is_what_it_was(hub, tmp_path):
    exportable("dcgan").push_to_hub("me/digits")
    first = list(hub.repositories["me/digits"])[-1]
    other = exportable("dcgan")
    with torch.no_grad():
        next(other.generator.parameters()).add_(1)
    other.push_to_hub("me/digits")
    pull("me/digits", tmp_path / "old", revision=first)
    pull(f"me/digits@{first}", tmp_path / "same")
    pull("me/digits", tmp_path / "new")
    old, same, new = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("old", "same", "new"))
    assert old == same != new


def test_an_exported_folder_goes_as_it_is(hub, tmp_path):
    exportable("dcgan").export(tmp_path / "out")
    push_folder(tmp_path / "out", "me/digits", private=True)
    assert hub.private == {"me/digits"}
    pull("me/digits", tmp_path / "back")
    for name in FILES:
        assert (tmp_path / "back" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_a_folder_of_something_else_is_not_pushed(hub, tmp_path):
    with pytest.raises(GanzooError, match="is no exported generator: write one with ganzoo export"):
        push_folder(tmp_path, "me/digits")
    assert hub.asked == []


def test_without_a_network_the_cache_serves(hub, tmp_path, monkeypatch):
    model = exportable("dcgan")
    model.push_to_hub("me/digits")
    load("hf://me/digits", zoo=ZOO)
    asked = len(hub.asked)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert torch.equal(load("hf://me/digits", zoo=ZOO).sample(3).data, model.sample(3).data)
    assert len(hub.asked) == asked
    with pytest.raises(SetupError, match="HF_HUB_OFFLINE is set, and it is not in the cache") as caught:
        load("hf://me/others", zoo=ZOO)
    assert "\n" not in str(caught.value)


def test_errors_are_one_sentence_that_says_what_to_do(hub, tmp_path, monkeypatch):
    hub.commit("me/other", {"config.json": b'{"model_type": "bert"}'})
    hub.commit("me/empty", {"README.md": b""})
    hub.gated.add("me/gated")
    exportable("dcgan").export(tmp_path / "out")

    def said(kind, call):
        with pytest.raises(kind) as caught:
            call()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "there is no hf://me/none, or it is private" in said(DataError, lambda: pull("me/none", tmp_path / "a"))
    assert "is gated: ask for access" in said(SetupError, lambda: pull("me/gated", tmp_path / "a"))
    assert "has no revision 'v9'" in said(DataError, lambda: pull("me/other@v9", tmp_path / "a"))
    assert "is no exported generator" in said(DataError, lambda: pull("me/other", tmp_path / "a"))
    assert "is no exported generator" in said(DataError, lambda: pull("me/empty", tmp_path / "a"))
    assert "your token may not" in said(SetupError, lambda: push_folder(tmp_path / "out", "others/x"))
    sign_out(monkeypatch)
    assert "without a token: sign in" in said(SetupError, lambda: push_folder(tmp_path / "out", "me/x"))
    assert not (tmp_path / "a").exists()


def test_a_hub_that_is_not_there_is_said_to_be(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # by which the library waits before it asks again
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    url = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url)
    exportable("dcgan").export(tmp_path / "out")
    with pytest.raises(SetupError, match="the hub cannot be reached"):
        pull("me/digits", tmp_path / "a")
    with pytest.raises(SetupError, match="cannot be written"):
        push_folder(tmp_path / "out", "me/x")


@pytest.mark.parametrize(
    "name", ["", "digits", "a/b/c", "../b", "a/..", "hf://datasets/me/x/y", "a b/c", "a/b@", "a/b\n"]
)
def test_what_names_no_repository_is_refused(name):
    with pytest.raises(GanzooError, match="names no repository"):
        Repository.parse(name)


def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r'pip install "ganzoo-core\[hub\]"'):
        load("hf://me/digits", zoo=ZOO)
