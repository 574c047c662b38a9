"""The files of a named data set, met where its name was not used, or its folder was not named."""

import pytest

from ganzoo.data import resolve
from ganzoo.data.named import locate
from ganzoo.data.rows_survey import look
from ganzoo.errors import DataError, SetupError
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

REGISTRY = load_zoo(third_party=False).registry
FILES = REGISTRY.get("dataset", "mnist").load().files


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    for file in FILES:
        (tmp_path / "mnist" / file.name).write_bytes(b"")
    return tmp_path / "mnist"


@pytest.mark.parametrize("read", [resolve, look])
def test_a_path_to_them_is_told_how_to_name_them(folder, cache, read):
    with pytest.raises(
        DataError, match=r"holds the files of the dataset .*mnist.*: write --data NAME --data-dir mnist$"
    ):
        read(REGISTRY, "./mnist", cache=cache)


def test_where_a_download_fails_a_folder_that_has_them_is_named(folder, cache):
    def fails(file, folder, *, instead):
        raise SetupError("cannot download it")

    with pytest.raises(SetupError, match=r"^cannot download it; or add --data-dir mnist, which holds it$"):
        locate(FILES, "mnist", data_dir=None, cache=cache, get=fails)
    (folder / FILES[0].name).unlink()
    with pytest.raises(SetupError, match=r"^cannot download it$"):
        locate(FILES, "mnist", data_dir=None, cache=cache, get=fails)
