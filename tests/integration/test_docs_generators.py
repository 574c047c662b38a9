"""Commands and programs of the guide to trained generators, run in their order on a short run of its own."""

import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from documents import blocks
from PIL import Image
from shell_blocks import commands
from small_benches import ganzoo_here

from ganzoo.models import load

PAGE = "docs/guides/use-a-generator.md"
SMALL = ("-o", "generator.width=8", "-o", "discriminator.width=8", "-o", "schedule.batch=16")
WORDS = "--seeds 1 --budget 2kimg --samples 500 --evaluations 1 --device cpu --threads 1 --replicates 0 --quiet"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the run of the guide, and a photo."""
    folder = tmp_path_factory.mktemp("guide")
    ganzoo_here("bench", "cgan", "dcgan", *WORDS.split(), *SMALL, "--out", "runs/digits", cwd=folder)
    Image.effect_noise((60, 40), 80).save(folder / "photo.png")
    return folder


def run_block(place, number):
    """Each command of one block, and what it left."""
    block = blocks(PAGE, "sh")[number]
    for program, *words in commands(block):
        assert program == "ganzoo"
        done = ganzoo_here(*words, cwd=place)
        assert str(words[words.index("--out") + 1] if "--out" in words else "ways.png").rstrip("/") in done.stderr


def test_samples_are_written_as_their_endings_say(place):
    run_block(place, 0)
    run = place / "runs/digits/cgan/seed0"
    newest = sorted((run / "samples").glob("kimg-*.png"))[-1]
    assert (place / "samples.png").read_bytes() == newest.read_bytes()
    with np.load(place / "samples.npz") as arrays:
        assert arrays["images"].shape == (50_000, 1, 8, 8)
        assert np.bincount(arrays["labels"]).tolist() == [5_000] * 10
        first = arrays["images"][:64]
    assert np.array_equal(first, load(run).sample(64).numpy())
    assert sorted(path.name for path in (place / "samples").iterdir() if path.is_dir()) == ["3", "8"]
    assert len(list((place / "samples").rglob("*.png"))) == 1_000


def test_ways_are_pictures_and_films(place):
    run_block(place, 1)
    with Image.open(place / "ways.gif") as film:
        assert film.n_frames == 3 * 20 - 2


def test_a_photo_is_projected_onto(place):
    run_block(place, 2)
    with np.load(place / "projection.npz") as arrays:
        assert arrays["latent"].shape == (100,) and arrays["distances"].shape == (8, 1001)
        assert arrays["distances"].min() < arrays["distances"][:, 0].min()


def test_it_is_taken_elsewhere(place):
    pytest.importorskip("onnxscript")
    run_block(place, 3)
    run, taken = load(place / "runs/digits/cgan/seed0"), load(place / "exported")
    assert torch.equal(run.sample(70).data, taken.sample(70).data)
    assert sorted(path.suffix for path in place.glob("cgan.*")) == [".onnx", ".pt2"]


def test_one_that_ships_is_drawn_from_by_its_name(place):
    run_block(place, 4)
    assert (place / "samples.png").read_bytes() == load("digits-dcgan").sample(64).png()


@pytest.mark.slow
def test_it_is_looked_at_in_a_browser(place):
    for _, *words in commands(blocks(PAGE, "sh")[5]):
        words = words[: words.index("--port")] if "--port" in words else [*words, "--no-browser"]
        process = subprocess.Popen(
            [sys.executable, "-m", "ganzoo", *words],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", url)
            with urllib.request.urlopen(url, timeout=60) as page:
                assert b'id="samples"' in page.read()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
            assert said.endswith("ended\n") and "Traceback" not in said
        finally:
            process.kill()
        assert process.returncode == 0


def test_the_page_is_one_file(place):
    run_block(place, 6)
    assert 1e5 < (place / "cgan.html").stat().st_size < 5e6


def test_the_program_runs(place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    names = {}
    (program,) = blocks(PAGE, "python")
    exec(compile(program.text, str(program), "exec"), names)
    found = SimpleNamespace(**names)
    assert "Model(cgan: images of 8x8x1 like digits, 10 classes, z_dim 100, step 125" in capsys.readouterr().out
    assert found.drawn.y.tolist() == [3] * 100 and len(found.pictures) == 100 and found.total == 1000
    assert found.images.shape == (100, 1, 8, 8) and (place / "threes.png").is_file()
    assert found.model.numbers.samples == 500 and set(found.model.numbers.metrics) == {"fid", "is"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("sample {} --out x.jpg", "samples are written as x.png"),
        ("sample {} --out x.png --n 5000", "4,096 images at most"),
        ("sample {} --class ten", "knows no class 'ten'"),
        ("sample {} --truncation 0.5", "not standard normal"),
        ("sample {} --device cuda:77", "--device cuda:77 was asked for"),
        ("sample runs/digits", "holds 2 runs; name one of them: cgan/seed0, dcgan/seed0"),
        ("sample nowhere", "there is no folder nowhere"),
        ("interpolate {} --out x.webm", "written as x.png (a way in each row)"),
        ("interpolate {} --seeds 1,b", "'1,b' is no list of whole numbers"),
        ("interpolate {} --class 1 --class 2 --class 3", "give --class once or twice, not 3 times"),
        ("project {} photo.png --out x.jpg", "written as x.png or x.npz"),
        ("project {} gone.png", "gone.png cannot be read"),
    ],
)
def test_what_is_refused_is_one_sentence(place, words, error):
    before = sorted(path.name for path in place.iterdir())
    done = ganzoo_here(*words.format("runs/digits/cgan/seed0").split(), cwd=place, check=False)
    assert done.returncode in (2, 3), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1 and error in lines[0]
    assert sorted(path.name for path in place.iterdir()) == before


def test_a_run_that_was_moved_is_opened_anywhere(place, tmp_path):
    shutil.copytree(place / "runs/digits/dcgan/seed0", tmp_path / "taken")
    shutil.rmtree(tmp_path / "taken" / "samples")
    there, here = load(place / "runs/digits/dcgan/seed0"), load(tmp_path / "taken", "cpu")
    assert torch.equal(there.sample(20).data, here.sample(20).data)
    assert here.classes == () and here.image_size == 8 and here.kimg == 2.0
