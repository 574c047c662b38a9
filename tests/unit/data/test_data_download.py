import hashlib
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from image_files import Entry, Registry
from local_server import CONTENT

from ganzoo import data
from ganzoo.data import named
from ganzoo.errors import DataError, SetupError
from ganzoo.interfaces.data import Dataset, File, Images
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import fetch


@pytest.fixture
def registry(file):
    class Published(Dataset):
        files = (replace(file, also=("elsewhere/data.raw",)),)
        reads = 0

        def read(self, paths):
            type(self).reads += 1
            values = np.fromfile(paths["data.bin"], np.uint8, 3 * 16)
            return Images(values.reshape(3, 1, 4, 4))

    return Registry(Entry("published", Published))


@pytest.fixture
def resolve(tmp_path, registry, said, monkeypatch):
    # Bound in the signature, so that nothing from outside can relax it.
    monkeypatch.setitem(named.locate.__kwdefaults__, "get", partial(fetch, plain_loopback=True))

    def run(data_dir=None):
        cache = Cache(tmp_path / "cache")
        return data.resolve(registry, "published", data_dir=data_dir, cache=cache)

    return run


def test_a_dataset_is_downloaded_into_the_cache(tmp_path, resolve, site, registry):
    first = resolve()
    assert first.source == f"published, downloaded from {site.url}"
    assert (tmp_path / "cache" / "downloads" / "published" / "data.bin").read_bytes() == CONTENT
    assert resolve() == first
    assert len(site.asked) == 1 and registry.get("dataset", "published").target.reads == 1


def test_a_download_that_was_altered_since_is_fetched_again(tmp_path, resolve, site):
    first = resolve()
    (tmp_path / "cache" / "downloads" / "published" / "data.bin").write_bytes(b"y" * len(CONTENT))
    assert resolve() == first
    assert len(site.asked) == 2


def test_a_cache_that_can_only_be_read_still_serves_downloads(tmp_path, resolve, site, said, monkeypatch):
    resolve()

    def refuse(*args, **options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("ganzoo.storage.cache.tempfile.TemporaryFile", refuse)
    cache = Cache.open()
    assert cache.root != tmp_path / "cache"
    file = File("data.bin", site.url, sha256=hashlib.sha256(CONTENT).hexdigest())
    how = {"data_dir": None, "cache": cache}
    found = named.locate((file,), "published", **how, get=pytest.fail)
    assert found == {"data.bin": tmp_path / "cache" / "downloads" / "published" / "data.bin"}


def test_without_the_file_a_datasets_sentence_says_what_to_do(resolve, site):
    for site.status, site.content in ((404, CONTENT), (200, CONTENT[:-1] + b"?")):
        with pytest.raises(SetupError) as error:
            resolve()
        text = str(error.value)
        for part in (site.url, hashlib.sha256(CONTENT).hexdigest(), "--data-dir DIR", "--data digits works offline"):
            assert part in text
        assert "\n" not in text


@pytest.mark.parametrize("name", ["data.bin", "elsewhere/data.raw"])
def test_the_users_file_is_taken_as_it_is(tmp_path, resolve, site, name):
    folder = tmp_path / "mine"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(b"z" * 100)
    images = resolve(folder)
    assert data.load_images(images)[0].unique().tolist() == [ord("z")]
    assert images.source == "published, from files of the user's"
    assert site.asked == []
    (folder / name).write_bytes(b"a" * 100)
    assert data.load_images(resolve(folder))[0].unique().tolist() == [ord("a")]


def test_what_the_users_folder_lacks_is_downloaded_there(tmp_path, resolve):
    folder = tmp_path / "mine"
    folder.mkdir()
    resolve(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"data.bin": CONTENT}
    assert not (tmp_path / "cache" / "downloads").exists()


def test_a_data_dir_that_is_none(tmp_path, resolve):
    with pytest.raises(DataError, match=r"^--data-dir '.*none' is no folder; name the one of the files"):
        resolve(tmp_path / "none")


def test_a_file_without_an_address_must_be_there(tmp_path, said, registry, resolve):
    target = registry.get("dataset", "published").target
    target.files = (replace(target.files[0], url=""),)
    with pytest.raises(SetupError, match=r"'data.bin' of the dataset 'published' is not in .*mine; put it there"):
        (tmp_path / "mine").mkdir()
        resolve(tmp_path / "mine")
