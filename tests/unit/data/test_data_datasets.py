"""The bundled datasets."""

import gzip
import hashlib
import importlib.util
import io
import pickle
import tarfile

import numpy as np
import pytest
from ganzoo_plugins.cifar.dataset import Cifar10, Cifar100
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.mnist.dataset import FashionMnist, Mnist
from image_files import Entry, Registry, make_tar
from local_server import no_network
from repository import ROOT

from ganzoo import data
from ganzoo.errors import DataError, SetupError
from ganzoo.storage.cache import Cache

REGISTRY = Registry(
    Entry("digits", Digits),
    Entry("mnist", Mnist),
    Entry("fashion-mnist", FashionMnist),
    Entry("cifar10", Cifar10),
    Entry("cifar100", Cifar100),
)


@pytest.fixture
def resolve(tmp_path, monkeypatch):
    no_network(monkeypatch)
    cache = Cache(tmp_path / "cache")

    def run(name, data_dir=None):
        return data.resolve(REGISTRY, name, data_dir=data_dir, cache=cache)

    return run


def refused(resolve, name, folder, message):
    with pytest.raises(DataError, match=message) as error:
        resolve(name, folder)
    assert "\n" not in str(error.value)


def test_digits_are_the_known_ones(resolve):
    images = resolve("digits")
    assert (images.n, images.channels, images.height, images.width) == (1797, 1, 8, 8)
    assert images.classes == tuple("0123456789") and images.extractor == "digits"
    pixels, labels = data.load_images(images)
    assert pixels.min() == 0 and pixels.max() == 255 and len(pixels.unique()) == 17
    assert labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert labels[:10].tolist() == [*range(10)]
    # A published number hangs on it: whoever changes the pixels must give the dataset a new name.
    assert images.hash == "9773304cbc25327ad3a1bcea15db786a3ac0c6cfd8e69586d519d15f8a1afb3a"


def test_digits_are_small_and_attributed():
    folder = ROOT / "plugins" / "digits"
    assert (folder / "digits.npz").stat().st_size < 60_000
    text = (folder / "ATTRIBUTION.md").read_text()
    assert "Alpaydin" in text and "Kaynak" in text and "CC BY 4.0" in text


def test_digits_are_what_the_script_makes(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn, which carries the original, is not installed")
    spec = importlib.util.spec_from_file_location("make_digits", ROOT / "benchmarks" / "make_digits.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.make(tmp_path / "digits.npz")
    with np.load(tmp_path / "digits.npz") as made, np.load(ROOT / "plugins" / "digits" / "digits.npz") as shipped:
        assert made.files == shipped.files
        assert all(np.array_equal(made[name], shipped[name]) for name in made.files)


def idx(array):
    head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(np.uint8).tobytes()


RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(0, 10, 30, dtype=np.uint8)
MNIST_FIRST = np.array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, *range(10)], dtype=np.uint8)


def write_idx(folder, images=IMAGES, labels=LABELS, *, name="train-{}-ubyte.gz", wrap=gzip.compress):
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / name.format(kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wrap(array if isinstance(array, bytes) else idx(array)))
    return folder


@pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        ("train-{}-ubyte.gz", gzip.compress),
        ("train-{}-ubyte.gz", lambda content: gzip.compress(content, 1, mtime=7)),
        ("train-{}-ubyte", bytes),
        ("{library}/raw/train-{}-ubyte.gz", gzip.compress),
        ("{library}/raw/train-{}-ubyte", bytes),
    ],
)
def test_idx_files_in_every_wrapping_give_the_same(tmp_path, resolve, dataset, name, wrap):
    name = name.replace("{library}", {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}[dataset])
    images = resolve(dataset, write_idx(tmp_path / "mine", name=name, wrap=wrap))
    pixels, labels = data.load_images(images)
    assert np.array_equal(pixels[:, 0].numpy(), IMAGES) and labels.tolist() == LABELS.tolist()
    assert len(images.classes) == 10
    assert images.extractor == {"mnist": "mnist", "fashion-mnist": "inception"}[dataset]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:-1], "has 30 images and 'train-labels-idx1-ubyte.gz' 29 labels"),
        (IMAGES[:0], LABELS[:0], "has 0 images"),
        (IMAGES, LABELS + 5, "has the label 1[0-4], where 0 to 9 are expected"),
        (idx(IMAGES)[:-1], LABELS, "holds less than the 23,520 bytes"),
        (idx(IMAGES) + b"x", LABELS, "holds more than the 23,520 bytes"),
        (idx(IMAGES)[:10], LABELS, "is no idx file"),
        (b"", LABELS, "is no idx file"),
        (IMAGES.astype(np.uint8)[:, :27], LABELS, r"claims the shape \(30, 27, 28\)"),
        (bytes((0, 0, 8, 3)) + b"\xff" * 12, LABELS, "claims the shape"),
        (bytes((0, 0, 13, 3)) + idx(IMAGES)[4:], LABELS, "is no idx file of bytes"),
        (IMAGES, IMAGES, "'train-labels-idx1-ubyte.gz' is no idx file of bytes in 1 dim"),
    ],
)
@pytest.mark.parametrize("wrap", [gzip.compress, bytes])
def test_idx_files_that_are_wrong(tmp_path, resolve, images, labels, message, wrap):
    refused(resolve, "mnist", write_idx(tmp_path / "mine", images, labels, wrap=wrap), message)


def test_an_idx_file_that_unpacks_to_too_much(tmp_path, resolve):
    """30,000 white images are 23,520,000 bytes, of which gzip makes 23 kB."""
    blank = idx(np.zeros((30_000, 28, 28), np.uint8))
    folder = write_idx(tmp_path / "mine", blank, np.zeros(30_000, np.uint8))
    refused(resolve, "mnist", folder, "announces 23,520,000 bytes, far more than images of its size hold")
    write_idx(tmp_path / "plain", blank, np.zeros(30_000, np.uint8), name="train-{}-ubyte", wrap=bytes)
    assert resolve("mnist", tmp_path / "plain").n == 30_000


def test_every_truncation_of_a_gzipped_idx_file_is_noticed(tmp_path, resolve):
    folder = write_idx(tmp_path / "mine")
    path = folder / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    for length in [*range(0, len(whole), len(whole) // 25), len(whole) - 1]:
        path.write_bytes(whole[:length])
        refused(resolve, "mnist", folder, "'train-images-idx3-ubyte.gz' (is|holds|claims)")
    path.write_bytes(whole[:-8] + b"\0" * 8)
    refused(resolve, "mnist", folder, "is truncated or damaged")


def test_the_other_dataset_under_the_same_names_is_noticed(tmp_path, resolve):
    folder = write_idx(tmp_path / "mine", IMAGES[:20], MNIST_FIRST)
    assert resolve("mnist", folder).n == 20
    refused(resolve, "fashion-mnist", folder, "has the labels of MNIST, not of Fashion-MNIST")


def cifar_files(dataset, records=20):
    label_bytes = dataset.label_bytes
    rows = RNG.integers(0, 256, (records * len(dataset.parts), label_bytes + 3072), dtype=np.uint8)
    rows[:, :label_bytes] %= 20 if label_bytes == 2 else 10
    parts = np.split(rows, len(dataset.parts))
    names = "\n".join(f"class_{index}" for index in range(dataset.count)) + "\n\n"
    files = {name: part.tobytes() for name, part in zip(dataset.parts, parts, strict=True)}
    return files | {dataset.names: names.encode(), "readme.html": b"x"}, rows


CIFAR = pytest.mark.parametrize(("name", "dataset"), [("cifar10", Cifar10), ("cifar100", Cifar100)])


def unpack(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@CIFAR
@pytest.mark.parametrize("how", ["archive", "folder", "loose"])
def test_cifar_from_the_archive_or_what_was_unpacked(tmp_path, resolve, name, dataset, how):
    files, rows = cifar_files(dataset)
    (published,) = dataset.files
    folder = tmp_path / "mine"
    inside = published.also[0]
    if how == "archive":
        folder.mkdir()
        make_tar(folder / published.name, {f"{inside}/{name}": content for name, content in files.items()}, "w:gz")
    else:
        unpack(folder / inside if how == "folder" else folder, files)
    images = resolve(name, folder)
    pixels, labels = data.load_images(images)
    assert np.array_equal(pixels.flatten(1).numpy(), rows[:, dataset.label_bytes :])
    assert labels.tolist() == rows[:, dataset.label_bytes - 1].tolist()
    assert len(images.classes) == dataset.count and images.extractor == "inception"
    assert pixels.shape[1:] == (3, 32, 32)


def test_every_unpacked_file_counts(tmp_path, resolve):
    files, _ = cifar_files(Cifar10)
    unpack(tmp_path / "mine", files)
    first = resolve("cifar10", tmp_path / "mine")
    last = Cifar10.parts[-1]
    (tmp_path / "mine" / last).write_bytes(files[last][:-1] + bytes([files[last][-1] ^ 1]))
    assert resolve("cifar10", tmp_path / "mine").hash != first.hash


@CIFAR
@pytest.mark.parametrize("which", [0, 1])
def test_the_pickled_version_is_named_and_not_read(tmp_path, resolve, name, dataset, which):
    class Attack:
        def __reduce__(self):
            return (tmp_path / "done").mkdir, ()

    folder = tmp_path / "mine"
    path = folder / dataset.pickled[which]
    folder.mkdir()
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(pickle.dumps(Attack())))
    else:
        path.mkdir()
        (path / "data_batch_1").write_bytes(pickle.dumps(Attack()))
    (published,) = dataset.files
    refused(
        resolve, name, folder, f"pickled version.*: '{published.name}' is needed, from https://.*{published.sha256}"
    )
    assert not (tmp_path / "done").exists()


@CIFAR
def test_cifar_archives_that_are_damaged(tmp_path, resolve, name, dataset):
    files, _ = cifar_files(dataset)
    folder = tmp_path / "mine"
    folder.mkdir()
    path = make_tar(folder / dataset.files[0].name, files, "w:gz")
    whole = path.read_bytes()
    for broken in (b"", b"<html>", whole[:1000], whole[: len(whole) // 2], whole[:-1], whole[:-8] + bytes(8)):
        path.write_bytes(broken)
        refused(resolve, name, folder, f"'{path.name}' (is truncated, damaged|lacks)")


@CIFAR
def test_cifar_files_that_are_wrong(tmp_path, resolve, name, dataset):
    good, _ = cifar_files(dataset)
    first = dataset.parts[0]
    too_high = bytearray(good[first])
    too_high[dataset.label_bytes - 1] = 200
    cases = [
        ({first: good[first][:-1]}, f"'{first}' has .* not whole records"),
        ({first: b""}, f"'{first}' has 0 bytes"),
        ({first: bytes(too_high)}, "has the label 200"),
        ({dataset.names: b"a\nb\n"}, "names 2 classes"),
    ]
    for index, (change, message) in enumerate(cases):
        folder = tmp_path / str(index)
        unpack(folder, good | change)
        refused(resolve, name, folder, message)
    folder = tmp_path / "lacking"
    unpack(folder, {key: content for key, content in good.items() if key != dataset.names})
    refused(resolve, name, folder, f"lacks '{dataset.names}'")


@pytest.mark.parametrize(("constant", "value"), [("_MOST_MEMBERS", 3), ("_MOST_BYTES", 10_000)])
def test_a_cifar_archive_that_unpacks_to_too_much(tmp_path, resolve, monkeypatch, constant, value):
    folder = tmp_path / "mine"
    folder.mkdir()
    make_tar(folder / "cifar-10-binary.tar.gz", {f"{n}.bin": bytes(3073) for n in range(5)}, "w:gz")
    refused(resolve, "cifar10", folder, "lacks 'data_batch_1.bin'")
    monkeypatch.setattr(f"ganzoo_plugins.cifar.dataset.{constant}", value)
    refused(resolve, "cifar10", folder, "'cifar-10-binary.tar.gz' unpacks to far more than CIFAR's archives do")


def test_zeros_behind_the_end_of_a_cifar_archive_are_not_read_for_ever(tmp_path, resolve, monkeypatch):
    monkeypatch.setattr("ganzoo_plugins.cifar.dataset._MOST_BYTES", 2**21)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "cifar-10-binary.tar.gz").write_bytes(gzip.compress(bytes(2**23)))
    refused(resolve, "cifar10", folder, "'cifar-10-binary.tar.gz' unpacks to far more than CIFAR's archives do")


def test_an_archive_of_links_is_not_followed(tmp_path, resolve):
    folder = tmp_path / "mine"
    folder.mkdir()
    with tarfile.open(folder / "cifar-10-binary.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("data_batch_1.bin")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info, io.BytesIO())
    refused(resolve, "cifar10", folder, "lacks 'data_batch_1.bin'")


@pytest.mark.parametrize("dataset", [Mnist, FashionMnist, Cifar10, Cifar100])
def test_everything_downloaded_is_pinned(dataset):
    for file in (*dataset.files, *dataset.held_out_files):
        assert file.url.startswith("https://") and file.url.endswith(file.name)
        assert len(bytes.fromhex(file.sha256)) == 32 and file.size > 4_000


def test_offline_says_all_that_is_needed(tmp_path, resolve):
    with pytest.raises(SetupError) as error:
        resolve("cifar10")
    text = str(error.value)
    (file,) = Cifar10.files
    for part in (file.name, file.url, file.sha256, "--data-dir DIR", "--data digits works offline", "not known"):
        assert part in text
    assert "\n" not in text and error.value.exit_code == 3


def test_the_plugins_register_them():
    import ganzoo_plugins.cifar
    import ganzoo_plugins.digits
    import ganzoo_plugins.mnist

    seen = {}
    for plugin in (ganzoo_plugins.cifar, ganzoo_plugins.digits, ganzoo_plugins.mnist):
        plugin.register_datasets(lambda name, target, **texts: seen.update({name: (target, texts)}))
    assert {name: target.rpartition(":")[2] for name, (target, _) in seen.items()} == {
        "digits": "Digits",
        "mnist": "Mnist",
        "fashion-mnist": "FashionMnist",
        "stacked-mnist": "StackedMnist",
        "stacked-mnist-32": "StackedMnist32",
        "cifar10": "Cifar10",
        "cifar100": "Cifar100",
    }
    assert all(texts["summary"] for _, texts in seen.values())


def test_the_digest_of_the_hash_is_stable():
    images = data.packed.Images(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4), np.array([1]), ("a", "é"))
    head = b'{"images": [1, 1, 4, 4], "labels": true, "classes": ["a", "\\u00e9"]}\n'
    expected = hashlib.sha256(head + bytes(range(16)) + (1).to_bytes(8, "little")).hexdigest()
    assert data.packed.content_hash(images) == expected
