"""Generators as programs of torch and as ONNX, run without ganzoo and compared with the generator."""

import pytest
import torch
from exported_models import exportable
from untrained import LinearImages, model_around

from ganzoo.errors import GanzooError
from ganzoo.layers.blocks.noise import held_noise
from ganzoo.models.generation.program import program_of


def drawn(model, args):
    with torch.no_grad(), held_noise(model.generator):
        return model.generator(*args)


@pytest.mark.parametrize(("name", "n", "size"), [("dcgan", 1, (64, 32)), ("cgan-pd", 7, 8)])
def test_a_program_draws_what_the_generator_draws(name, n, size, tmp_path):
    model = exportable(name, size=size)
    done = model.export(tmp_path / "x.pt2", "pt2")
    args = (torch.randn(n, model.z_dim),) + ((torch.arange(n) % 10,) if model.classes else ())
    assert done.deviation < 1e-5
    torch.testing.assert_close(torch.export.load(done.path).module()(*args), drawn(model, args), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("name", "size"), [("cgan-pd", (64, 32)), ("stylegan2", 8)])
def test_a_graph_draws_what_the_generator_draws(name, size, tmp_path):
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = exportable(name, size=size)
    done = model.export(tmp_path / "x.onnx", "onnx")
    session = onnxruntime.InferenceSession(done.path)
    args = (torch.randn(6, model.z_dim),) + ((torch.arange(6),) if model.classes else ())
    assert [one.name for one in session.get_inputs()] == ["z", "y"][: len(args)]
    (theirs,) = session.run(None, dict(zip("zy", (arg.numpy() for arg in args), strict=False)))
    assert done.deviation <= 1e-4 and theirs.shape == (6, *model.trained.shape)
    torch.testing.assert_close(torch.from_numpy(theirs), drawn(model, args), atol=1e-4, rtol=0)


class Deciding(LinearImages):
    """Draws otherwise where its latents are large, by Python's own choice."""

    def forward(self, z, y=None):
        return super().forward(z, y) * (2 if float(z.sum()) > 0 else 1)


def test_what_cannot_be_traced_is_said_in_a_sentence_and_leaves_nothing(tmp_path):
    with pytest.raises(GanzooError, match=r"cannot be traced by torch .*--format hub can") as caught:
        model_around(Deciding()).export(tmp_path / "x.pt2", "pt2")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "format", "said"),
    [("x.onnx", "pt2", "ends in .pt2"), ("x.pt2", "hub", "give --format pt2"), ("x", "pickle", "no format 'pickle'")],
)
def test_a_path_of_another_format_is_refused(path, format, said, tmp_path):
    with pytest.raises(GanzooError, match=said.replace(".", r"\.")):
        model_around(LinearImages()).export(tmp_path / path, format)


def test_the_ending_decides_where_no_format_is_named(tmp_path):
    model = model_around(LinearImages())
    assert model.export(tmp_path / "x.PT2").format == "pt2"
    assert model.export(tmp_path / "x.html").format == "html"
    folder = tmp_path / "x"
    assert exportable("cgan-pd", size=8).export(folder).format == "hub" and (folder / "config.json").is_file()


def test_a_program_has_a_batch_of_any_size():
    program = program_of(model_around(LinearImages()).trained)
    for n in (1, 2, 9):
        assert program.module()(torch.randn(n, 4)).shape == (n, 1, 8, 8)
