"""Films of ways between latents."""

import shutil
import stat
import sys

import pytest
import torch
from PIL import Image

from ganzoo.errors import GanzooError, SetupError
from ganzoo.models import Samples
from ganzoo.models.sample_sets.animation import frames, save_ways


@pytest.fixture
def ways():
    """Two ways of three images each; the second begins with the image that the first ends with."""
    pixels = torch.tensor([0, 50, 100, 100, 150, 200], dtype=torch.uint8)
    return Samples(pixels.view(6, 1, 1, 1).expand(6, 1, 8, 8).contiguous(), columns=3)


def test_an_image_that_ends_one_way_and_begins_another_shows_once(ways):
    shown = list(frames(ways, 3))
    assert [int(frame[0, 0, 0]) for frame in shown] == [0, 50, 100, 150, 200]
    assert {frame.shape for frame in shown} == {(1, 256, 256)}


def test_a_gif_has_a_frame_for_each(tmp_path, ways):
    save_ways(tmp_path / "x.gif", ways, 3, seconds=3)
    with Image.open(tmp_path / "x.gif") as film:
        assert film.n_frames == 5 and film.info["loop"] == 0 and film.info["duration"] == 1000
        for i, grey in enumerate((0, 50, 100, 150, 200)):
            film.seek(i)
            assert abs(film.convert("L").getpixel((9, 9)) - grey) <= 2


def test_a_picture_has_a_way_in_each_row(tmp_path, ways):
    save_ways(tmp_path / "x.png", ways, 3)
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (3 * 66 + 2, 2 * 66 + 2)


@pytest.mark.parametrize("name", ["x.webm", "x", "x.npz"])
def test_another_ending_is_refused(tmp_path, ways, name):
    with pytest.raises(GanzooError, match=r"x.png \(a way in each row\), x.gif or x.mp4, and not as"):
        save_ways(tmp_path / name, ways, 3)


def test_without_ffmpeg_one_sentence_says_so(tmp_path, ways, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"ffmpeg, which is not on the PATH: install it, or write x.gif"):
        save_ways(tmp_path / "x.mp4", ways, 3)


def stand_in(folder, monkeypatch, body):
    """A program called ffmpeg that runs Python."""
    program = folder / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_ffmpeg_is_given_all_frames_and_their_size(tmp_path, ways, monkeypatch):
    stand_in(tmp_path, monkeypatch, "data = sys.stdin.buffer.read(); open(sys.argv[-1], 'wb').write(data)")
    save_ways(tmp_path / "x.mp4", ways, 3)
    assert (tmp_path / "x.mp4").stat().st_size == 5 * 256 * 256 * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "x.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_an_ffmpeg_that_fails_leaves_what_was_there(tmp_path, ways, monkeypatch):
    stand_in(tmp_path, monkeypatch, "sys.stdin.buffer.read(); open(sys.argv[-1], 'wb'); sys.exit('no encoder here')")
    (tmp_path / "x.mp4").write_bytes(b"before")
    with pytest.raises(SetupError, match=r"ffmpeg could not write .*x.mp4: no encoder here"):
        save_ways(tmp_path / "x.mp4", ways, 3)
    assert (tmp_path / "x.mp4").read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not here")
def test_ffmpeg_itself_makes_a_film(tmp_path, ways):
    save_ways(tmp_path / "x.mp4", ways, 3)
    assert (tmp_path / "x.mp4").read_bytes()[4:8] == b"ftyp"


def test_points_make_no_film(tmp_path):
    with pytest.raises(GanzooError, match="these samples are points"):
        save_ways(tmp_path / "x.gif", Samples(torch.zeros(4, 2, 1, 1)), 2)
