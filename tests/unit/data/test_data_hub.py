"""Data sets of the hub, from a server on this machine that speaks its protocol."""

import sys

import numpy as np
import pytest
from image_files import Registry, fill, picture, png

from ganzoo import data
from ganzoo.bench.suites.suite import bench_folders, load_suite
from ganzoo.data import Fitting
from ganzoo.data.hub.address import Address
from ganzoo.data.hub.files import choose, place_in
from ganzoo.data.image_sets import folder as folder_module
from ganzoo.data.prepare import prepare
from ganzoo.data.survey import survey
from ganzoo.errors import DataError, GanzooError, SetupError
from ganzoo.storage.cache import Cache

FEATURES = {"img": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog", "eel"]}}


def rows(*seeds, **options):
    return [{"bytes": png(seed, **options), "path": f"{seed}.png"} for seed in seeds]


# -- addresses and files, which need neither package -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("hf://uoft-cs/cifar10", Address("uoft-cs/cifar10")),
        ("hf://a/b/plain:test", Address("a/b", "plain", "test")),
        ("hf://a/b:test@main", Address("a/b", "", "test", "main")),
        ("hf://a/b/c@refs/pr/1", Address("a/b", "c", "", "refs/pr/1")),
        ("hf://a/b?image=x&label=none", Address("a/b", image="x", label="none")),
    ],
)
def test_addresses(text, address):
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text", ["hf://", "hf://a", "hf://a/b/c/d", "hf://a/b::c", "hf://a/b?x=1", "hf://a b/c", "a/b"]
)
def test_what_is_no_address_is_told_the_form(text):
    with pytest.raises(DataError, match=r"write it as hf://owner/name\[/config\]\[:split\]\[@revision\]"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("default/train/0000.parquet", ("default", "train")),
        ("plain_text/partial-train/0003.parquet", ("plain_text", "train")),
        ("data/train-00000-of-00002.parquet", ("", "train")),
        ("data/test-00000-of-00001-1f2e3d4c.parquet", ("", "test")),
        ("full/validation-00001-of-00002.parquet", ("full", "validation")),
        ("train.parquet", ("", "train")),
    ],
)
def test_files_say_configuration_and_split(path, place):
    assert place_in(path) == place


FILES = ["a/train/0001.parquet", "a/train/0000.parquet", "a/test/0000.parquet", "b/x/0000.parquet", "README.md"]


@pytest.mark.parametrize(
    ("address", "files", "message"),
    [
        ("hf://o/n", FILES, r"has several configurations; name one: hf://o/n/a, hf://o/n/b"),
        ("hf://o/n/c", FILES, r"has no configuration 'c'; name one: hf://o/n/a, hf://o/n/b"),
        ("hf://o/n/a:dev", FILES, r"has no split 'dev'; name one: hf://o/n/a:test, hf://o/n/a:train"),
        (
            "hf://o/n",
            ["x/one/0.parquet", "x/two/0.parquet"],
            r"has several splits, and none to train on; name one: hf:",
        ),
        ("hf://o/n", ["a.png"], r"has no Parquet files, from which images are read; download it"),
    ],
)
def test_what_is_open_is_told_with_the_addresses(address, files, message):
    with pytest.raises(DataError, match=message):
        choose(files, Address.parse(address))


def test_the_split_to_train_on_is_taken_in_order():
    found = choose(FILES, Address.parse("hf://o/n/a"))
    assert (found.config, found.split, found.others) == ("a", "train", ("test",))
    assert found.files == ("a/train/0000.parquet", "a/train/0001.parquet")
    assert choose(FILES, Address.parse("hf://o/n/b")).split == "x"
    assert choose(["default/train/0.parquet", "x/train/0.parquet"], Address.parse("hf://o/n")).config == "default"


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(
        SetupError, match=r'hf:// needs the package huggingface_hub: pip install "ganzoo-core\[hub-data'
    ):
        data.resolve(Registry(), "hf://o/n", cache=None)


def test_a_suite_takes_addresses_as_they_are(tmp_path):
    (tmp_path / "s.yaml").write_text("recipes: [dcgan]\ndata: [hf://o/n, digits, hf://o/n:test]\nsize: 64x32\n")
    suite = load_suite(tmp_path / "s.yaml")
    assert suite.data == ("hf://o/n", "digits", "hf://o/n:test") and suite.settings()["size"] == (64, 32)
    folders = bench_folders(suite.data)
    assert list(folders) == list(suite.data) and len(set(folders.values())) == 3
    assert all(folder.startswith(("o-n", "digits")) for folder in folders.values())


# -- through the protocol ---------------------------------------------------------------------------------------------


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with a set that it keeps as Parquet itself, one that has such files of its own, and others that are bad."""
    pytest.importorskip("huggingface_hub")
    pytest.importorskip("pyarrow")
    from hub_datasets import parquet, serving

    pictures = {
        "plain/train/0000.parquet": parquet({"img": rows(0, 1, 2), "label": [1, 0, 1], "id": [7, 8, 9]}, FEATURES, 2),
        "plain/train/0001.parquet": parquet({"img": rows(3), "label": [0], "id": [1]}, FEATURES),
        "plain/test/0000.parquet": parquet({"img": rows(4, 5), "label": [-1, -1], "id": [1, 2]}, FEATURES),
    }
    own = {"data/train-00000-of-00001.parquet": parquet({"image": rows(0, 1), "label": [3, 5]})}
    mixed = {"train.parquet": parquet({"image": rows(0, mode="L") + rows(1, side=20) + [{"bytes": b"x", "path": ""}]})}
    two = {"train.parquet": parquet({"left": rows(0), "right": rows(1), "n": [0.5]})}
    repos = {
        "me/pictures": {"refs/convert/parquet": pictures, "main": {"README.md": b""}, "v1": own},
        "me/own": {"main": own},
        "me/mixed": {"main": mixed},
        "me/two": {"main": two},
    }
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving(repos, refused={"me/gated": "GatedRepo"}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served


@pytest.fixture
def resolve(hub, tmp_path, said):
    return lambda name, **options: data.resolve(Registry(), str(name), cache=Cache(tmp_path / "cache"), **options)


def test_a_set_of_the_hub(hub, resolve):
    from hub_datasets import commit_of

    images = resolve("hf://me/pictures")
    commit = commit_of("me/pictures", "refs/convert/parquet")
    assert (images.name, images.n, images.classes, images.counts) == ("pictures-plain", 4, ("cat", "dog"), (2, 2))
    assert images.source == f"hf://me/pictures/plain:train@{commit}"
    pixels, labels = data.load_images(images)
    assert labels.tolist() == [1, 0, 1, 0]
    assert np.array_equal(pixels[3].numpy(), np.asarray(picture(3)).transpose(2, 0, 1))
    assert images.notes[0] == f"read at the commit {commit} of me/pictures"
    assert images.left_out == ("the split test", "the column id")
    # The address that it tells is that of the same commit; nothing is decoded or downloaded twice.
    before = [path for path in hub.asked if "resolve" in path]
    assert resolve(images.source).hash == images.hash
    assert [path for path in hub.asked if "resolve" in path] == before


def test_it_is_the_set_that_a_folder_of_the_same_files_is(resolve, tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "_TICK_NS", 0)
    images = resolve("hf://me/pictures?label=none")
    folder = fill(tmp_path / "set", {f"{n}.png": png(n) for n in range(4)})
    assert images.classes == () and images.hash == resolve(folder).hash


def test_other_splits_and_revisions(resolve):
    test = resolve("hf://me/pictures:test")
    assert (test.name, test.n, test.classes) == ("pictures-plain-test", 2, ())
    assert "the column 'label' holds no labels in this split: there are no classes" in test.notes
    assert resolve("hf://me/pictures@v1").hash == resolve("hf://me/own").hash
    assert resolve("hf://me/own").classes == ("3", "5")


def test_pictures_of_any_sizes_are_fitted_looked_at_and_prepared(resolve, tmp_path):
    with pytest.raises(DataError, match=r"`--size \d+ --crop center --grey-to-rgb --skip-bad` makes the others alike"):
        resolve("hf://me/mixed")
    fitting = Fitting((8, 8), grey_to_rgb=True)
    images = resolve("hf://me/mixed", fitting=fitting, skip_bad=True)
    assert (images.n, images.name, images.skipped) == (2, "mixed-8-rgb", ("'row 00000002' is no image",))
    found = survey(Registry(), "hf://me/mixed", cache=Cache(tmp_path / "cache"))
    assert found.n == 2 and found.colours == {"grey": 1, "RGB": 1} and "--skip-bad" in found.options
    target = tmp_path / "mixed.zip"
    prepare(Registry(), "hf://me/mixed", target, cache=Cache(tmp_path / "cache"), fitting=fitting, skip_bad=True)
    assert resolve(target).hash == images.hash


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        ("hf://me/nothing", DataError, "the hub has no data set 'hf://me/nothing', or not for you; give another name"),
        ("hf://me/own@gone", DataError, "the hub has no data set 'hf://me/own' at the revision 'gone'"),
        ("hf://me/gated", SetupError, "is gated: accept its terms on the hub, and set HF_TOKEN"),
        ("hf://me/two", DataError, "has several columns of images; name one of 'left', 'right', 'n' as .image=COLUMN"),
        ("hf://me/own?image=x", DataError, "has no column 'x'; name one of 'image', 'label' as .image=COLUMN"),
        ("hf://me/own?label=x", DataError, "has no column 'x'; name one of .* as .label=COLUMN, or .label=none"),
    ],
)
def test_what_the_hub_does_not_have_is_one_sentence(resolve, address, kind, message):
    with pytest.raises(kind, match=message) as error:
        resolve(address)
    assert "\n" not in str(error.value)


def test_a_named_column(resolve):
    images = resolve("hf://me/two?image=right")
    assert np.array_equal(data.load_images(images)[0][0].numpy(), np.asarray(picture(1)).transpose(2, 0, 1))


def test_a_hub_that_is_away_is_one_sentence(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        GanzooError, match=r"cannot be read from the hub .*; try again with a connection, or name a fold"
    ):
        data.resolve(Registry(), "hf://me/own", cache=Cache(tmp_path / "cache"))
