"""Files of weights and of data sets: here, missing or damaged, and nothing is fetched."""

import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganzoo.doctor.files import data_of, weights_of
from ganzoo.interfaces import Extractor, File
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import DOWNLOADS

CONTENT = b"weights" * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PUBLISHED = File("net.pth", "https://weights.example/net.pth", sha256=SHA256, size=len(CONTENT))


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    def refuse(*args, **more):
        raise AssertionError("a doctor downloads nothing")

    monkeypatch.setattr("urllib.request.OpenerDirector.open", refuse)


def entry(name, file=None, path: Path | None = None, holds=None):
    class Pretended(Extractor):
        weights = file

        @classmethod
        def weights_path(cls, given):
            return path

        @classmethod
        def holds_published(cls, path):
            return holds() if callable(holds) else holds

    return SimpleNamespace(name=name, load=lambda: Pretended)


def weights(tmp_path, *entries):
    return list(weights_of(entries, Cache(tmp_path / "cache")))


def test_published_weights_are_known_by_their_digest(tmp_path):
    path = tmp_path / "net.pth"
    path.write_bytes(CONTENT)
    (found,) = weights(tmp_path, entry("net", PUBLISHED, path))
    assert (found.state, found.name, found.remedy) == ("ok", "net", "")
    assert found.told == f"{path} is here, with the published weights (sha256 {SHA256[:8]}...)"
    path.write_bytes(CONTENT[:-1] + b"!")
    (found,) = weights(tmp_path, entry("net", PUBLISHED, path))
    assert found.state == "problem" and f"{path} is damaged" in found.told
    assert found.remedy == "delete it or replace it by https://weights.example/net.pth"


def test_weights_that_will_be_fetched_are_no_problem(tmp_path):
    path = tmp_path / "hub" / "net.pth"
    (found,) = weights(tmp_path, entry("net", PUBLISHED, path), entry("net-other", PUBLISHED, path))
    assert (found.state, found.name, found.told) == ("note", "net, net-other", "the file (0.0 MB) is not here")
    assert "fetched from weights.example" in found.remedy and found.remedy.endswith(f"put it at {path}")


def test_weights_in_the_cache_count(tmp_path):
    kept = tmp_path / "cache" / DOWNLOADS / "net" / "net.pth"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT)
    (found,) = weights(tmp_path, entry("net", PUBLISHED, tmp_path / "net.pth"))
    assert found.state == "ok" and found.told.startswith(f"{kept} is here, with the published weights")


def test_weights_without_an_address(tmp_path):
    path = tmp_path / "lpips.pth"
    file = File("lpips.pth", made="write it by torch.save")
    (found,) = weights(tmp_path, entry("lpips", file, path))
    remedy = f"write it by torch.save, and put it at {path}, or name it with --extractor-weights"
    assert (found.state, found.remedy) == ("note", remedy)
    path.write_bytes(CONTENT)
    (found,) = weights(tmp_path, entry("lpips", file, path))
    assert found.state == "ok" and "of which no digest is published" in found.told
    (found,) = weights(tmp_path, entry("lpips", file, path, holds=True))
    assert found.state == "ok" and "with the published weights" in found.told
    (found,) = weights(tmp_path, entry("lpips", file, path, holds=False))
    assert (found.state, found.remedy) == ("problem", "write it by torch.save")


def test_an_extractor_that_fails_over_its_file_is_told(tmp_path):
    (tmp_path / "net.pth").write_bytes(CONTENT)
    (found,) = weights(tmp_path, entry("net", File("net.pth"), tmp_path / "net.pth", holds=lambda: 1 // 0))
    assert found.state == "problem" and found.told.endswith(
        "cannot be judged (ZeroDivisionError: integer division or modulo by zero)"
    )


def test_weights_that_ship_must_be_there(tmp_path):
    (found,) = weights(tmp_path, entry("own", None, tmp_path / "own.npz"))
    assert found.state == "problem" and found.remedy == "install its package again"


def test_extractors_without_weights_and_those_that_fail_are_left_out(tmp_path):
    def fails():
        raise RuntimeError

    assert weights(tmp_path, entry("pixels"), SimpleNamespace(name="bad", load=fails)) == []


def data(tmp_path, *files, held_out=()):
    dataset = SimpleNamespace(files=files, held_out_files=held_out)
    return list(data_of([SimpleNamespace(name="set", load=lambda: dataset)], Cache(tmp_path / "cache")))


def test_files_of_a_data_set(tmp_path):
    folder = tmp_path / "cache" / DOWNLOADS / "set"
    other = File("test.gz", "https://sets.example/test.gz", sha256=SHA256, size=len(CONTENT))
    (found,) = data(tmp_path, PUBLISHED, held_out=[other])
    assert (found.state, found.told) == ("note", "2 of 2 files (0.0 MB) are not here")
    assert found.remedy.startswith("fetched from sets.example and weights.example when it is first used")
    folder.mkdir(parents=True)
    (folder / "net.pth").write_bytes(CONTENT)
    (folder / "test.gz").write_bytes(b"a page of a network that asks for a login")
    (found,) = data(tmp_path, PUBLISHED, held_out=[other])
    assert found.told == "1 of 2 files (0.0 MB) is not here, and what is here of test.gz is not as published"
    (folder / "test.gz").write_bytes(CONTENT)
    (found,) = data(tmp_path, PUBLISHED, held_out=[other])
    assert (found.state, found.told) == ("ok", f"all files (0.0 MB) are in {folder}, as published")


def test_files_that_nobody_serves(tmp_path):
    (found,) = data(tmp_path, File("mine.npz"))
    assert found.state == "note" and str(tmp_path / "cache" / DOWNLOADS / "set") in found.remedy
    assert data(tmp_path) == []
