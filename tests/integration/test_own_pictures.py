"""From a folder of two hundred mixed pictures to a trained generator, each command the one that was told before."""

import json
import re
import shlex
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from small_benches import SMALL, ganzoo_here

from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.generating.inputs import images_of
from ganzoo.cli import cli
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

N = 200
QUICK = ["--budget", "3steps", "--evaluations", "1", "--extractor", "none", "--examine", "none", "--device", "cpu"]
SMALLER = [word for key in SMALL for word in ("-o", key)]


def photo(rng, width, height):
    small = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.BICUBIC)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder with ``photos/``: JPEG and PNG, grey, transparent, turned by EXIF data, of any size, and one broken."""
    folder = tmp_path_factory.mktemp("here")
    rng = np.random.default_rng(0)
    turned = Image.Exif()
    turned[274] = 6
    for index in range(N - 1):
        image = photo(rng, *map(int, rng.integers(16, 60, 2)))
        above = folder / "photos" / ("cats", "dogs")[index % 2]
        above.mkdir(parents=True, exist_ok=True)
        name = str(above / f"IMG_{index:04}")
        match index % 5:
            case 0:
                image.save(f"{name}.jpg")
            case 1:
                image.save(f"{name}.png")
            case 2:
                image.convert("L").save(f"{name}.png")
            case 3:
                image.putalpha(180)
                image.save(f"{name}.png")
            case _:
                image.save(f"{name}.jpeg", exif=turned)
    (folder / "photos" / "dogs" / "IMG_9999.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


def size_of(path):
    with Image.open(path) as image:
        return image.size


def told(text):
    """The commands behind ``next:``."""
    return [shlex.split(line.removeprefix("next: ")) for line in text.splitlines() if line.startswith("next: ")]


@pytest.mark.slow
def test_four_commands_each_told_by_the_one_before(here, cache, monkeypatch):
    monkeypatch.chdir(here)
    monkeypatch.setenv("GANZOO_CACHE", cache)

    def run(*words):
        done = CliRunner().invoke(cli, ["--no-plugins", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    bench, prepare = told(run("data", "show", "photos", "--out", "first.png"))
    assert size_of("first.png") == (8 * 66 + 2, 8 * 66 + 2)
    assert bench[:2] == ["ganzoo", "bench"] and bench[bench.index("--data") + 1] == "photos"
    ((_, *train),) = told(run(*prepare[1:]))
    train[:3] = ["train", "dcgan"]
    played = ganzoo_here(*train, *QUICK, *SMALLER, "--out", "run", cwd=here, GANZOO_CACHE=cache)
    (folder,) = (here / "run").glob("dcgan/seed0")
    written = json.loads((folder / "run.json").read_text())
    assert written["images"]["n"] == N - 1 and written["images"]["classes"] == ["cats", "dogs"]
    sample, export = told(played.stderr)
    assert sample[:3] == ["ganzoo", "sample", "run/dcgan/seed0"]
    run(*export[1:])
    run("sample", "exported", "--n", "4", "--out", "made.png")
    side = int(bench[bench.index("--size") + 1])
    assert written["images"]["height"] == side and size_of("made.png")[0] >= 2 * side


def test_a_bench_that_refuses_the_folder_names_the_options_that_it_takes(here, cache, tmp_path, monkeypatch):
    words = ["bench", "dcgan", "--data", "photos", "--seeds", "1", *QUICK, *SMALLER]
    monkeypatch.chdir(here)
    monkeypatch.setenv("GANZOO_CACHE", cache)
    refused = CliRunner().invoke(cli, ["--no-plugins", *words])
    assert refused.exit_code == 2 and len(refused.stderr.splitlines()) == 1
    options = shlex.split(re.search(r"`(--size [^`]+)`", refused.stderr)[1])
    ganzoo_here(*words, *options, "--out", "bench", cwd=here, GANZOO_CACHE=cache)
    results = json.loads((here / "bench" / "results.json").read_text())
    assert [run["status"] for run in results["runs"]] == ["done"]
    assert results["dataset"]["notes"][0].startswith("images are cropped at the center and resized to ")
    spec = json.loads((here / "bench" / "dcgan" / "seed0" / "run.json").read_text())
    assert spec["source"]["fitting"]["grey_to_rgb"] is True and spec["source"]["skip_bad"] is True
    # The cache is gone: the pictures are decoded and fitted again, to the same set.
    shutil.rmtree(cache)
    read = RunSpec.read(here / "bench" / "dcgan" / "seed0")
    again = images_of(read, load_zoo(third_party=False), Cache(tmp_path / "other"))
    assert again.hash == read.images["hash"] and again.folder.is_relative_to(tmp_path / "other")


def test_a_size_that_no_network_plays_is_answered_with_one_that_they_do(here, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", cache)
    pixels = np.random.default_rng(0).integers(0, 256, (20, 100, 100, 3), dtype=np.uint8)
    np.savez(tmp_path / "large.npz", images=pixels)
    words = ["bench", "dcgan", "--data", str(tmp_path / "large.npz"), "--seeds", "1", *QUICK, *SMALLER]
    refused = CliRunner().invoke(cli, ["--no-plugins", *words])
    assert refused.exit_code == 2 and refused.stderr.rstrip().endswith("; --size 96 --crop center gives the first")
