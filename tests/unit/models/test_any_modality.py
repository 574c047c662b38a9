"""What a person uses of a generator whose modality the engine does not know."""

import dataclasses

import numpy as np
import pytest
import torch
from drawn_modality import Bodies, Drawn, Maker, as_pixels, data
from tiny_recipes import tiny

from ganzoo.drawing import columns
from ganzoo.errors import DataError, GanzooError
from ganzoo.models import Model, load
from ganzoo.models.exploring.server import Explorer
from ganzoo.models.provenance import Provenance
from ganzoo.models.sample_sets.animation import save_ways
from ganzoo.models.sample_sets.samples import Samples
from ganzoo.models.sample_sets.saving import save
from ganzoo.models.trained import Trained
from ganzoo.recipes.schema.sections import Part
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.registry.registry import Entry


def model_of(*, conditional=False, z_dim=3, modality=None, paired=False, fields=None):
    G = Maker(z_dim).eval().requires_grad_(False)
    recipe = tiny("cgan" if conditional else "dcgan")
    if paired:
        recipe = recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update={"labels": "paired"})})
    return Model(Trained(G, recipe, "maker", "nowhere", modality or Drawn(), fields=fields))


def training_of(n=4, held_out=None):
    def fields(*, held_out=False, kept=held_out):
        return kept if held_out and kept is not None else data(n)

    return fields


def test_samples_have_the_names_of_their_modality():
    drawn = model_of().sample(7)
    assert {name: tensor.dtype for name, tensor in drawn.data.items()} == {"a": torch.uint8, "b": torch.uint8}
    assert (len(drawn), drawn.kind, drawn.y, drawn.classes) == (7, "bodies", None, ())
    assert repr(drawn) == "Samples(7 bodies of 3 and 1 numbers)"
    assert repr(model_of()).startswith("Model(maker: bodies of 3 and 1 numbers, z_dim 3")


def test_samples_are_picked_and_joined_by_name():
    drawn = model_of().sample(7)
    assert torch.equal(drawn[2]["a"], drawn.data["a"][2]) and [len(one) for one in drawn[2].values()] == [3, 1]
    assert torch.equal([*drawn][6]["b"], drawn.data["b"][6])
    again = Samples.joined([drawn[:2], drawn[2:]])
    assert all(torch.equal(again.data[name], drawn.data[name]) for name in "ab") and torch.equal(again.z, drawn.z)
    assert again.modality == drawn.modality


def test_the_first_samples_are_the_same_for_any_number_and_batch():
    model = model_of()
    few, many = model.sample(3), model.sample(12, batch=4)
    assert torch.equal(few.data["a"], many.data["a"][:3])


def test_conditions_are_those_of_the_data_row_after_row():
    model = model_of(conditional=True, fields=training_of(4))
    drawn = model.sample(6, batch=5)
    assert drawn.y["given"][:, 0].tolist() == drawn.data["a"][:, 0].tolist() == [100, 101, 102, 103, 100, 101]


def test_held_out_rows_come_first():
    model = model_of(conditional=True, fields=training_of(4, data(2, start=50)))
    assert model.sample(3).data["a"][:, 0].tolist() == [150, 151, 150]


def test_conditions_that_are_not_at_hand_are_a_sentence():
    def gone(*, held_out=False):
        raise DataError("no such file")

    with pytest.raises(GanzooError, match="maker is told conditions of its data, and these are not at hand: no such"):
        model_of(conditional=True, fields=gone).sample(3)
    with pytest.raises(GanzooError, match="draw from the folder of its run"):
        model_of(conditional=True).sample(3)
    with pytest.raises(GanzooError, match="knows no classes"):
        model_of(conditional=True, fields=training_of()).sample(3, y=0)
    assert model_of(conditional=True, fields=training_of()).training_labels(3) is None


def test_a_picture_is_given_conditions_and_the_true_samples_of_the_same():
    model = model_of(conditional=True, paired=True, fields=training_of(4, data(2, start=50)))
    drawn = model.over_real(model.sample(3))
    assert drawn.real["a"][:, 0].tolist() == [50, 51, 50]
    shown = [drawn.y["given"], drawn.data["a"], drawn.real["a"]]
    assert drawn.png() == columns([as_pixels(one) for one in shown], ["given", "made", "true"])


def test_without_pairs_it_is_given_the_first_real_ones():
    model = model_of(fields=training_of(4))
    assert model.over_real(model.sample(3)).real["b"][:, 0].tolist() == [0, 1, 2]
    assert len(model.over_real(model.sample(9)).real["b"]) == 4


def test_real_ones_that_are_gone_are_left_out_and_that_is_said(caplog):
    def gone(*, held_out=False):
        raise DataError("no such file")

    drawn = model_of(fields=gone).over_real(model_of().sample(2))
    assert drawn.real is None and "drawn without the real bodies: no such file" in caplog.text


def test_all_arrays_are_written_batch_after_batch(tmp_path):
    model = model_of(conditional=True, fields=training_of(4))
    whole = model.sample(11)
    save(tmp_path / "x.npz", model.batches(11, batch=4), 11)
    whole.save(tmp_path / "y.npz")
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()
    with np.load(tmp_path / "x.npz") as arrays:
        assert sorted(arrays.files) == ["a", "b", "y_given"]
        assert np.array_equal(arrays["b"], whole.data["b"].numpy()) and arrays["b"].dtype == np.uint8
        assert np.array_equal(arrays["y_given"], whole.y["given"].numpy())
    assert {name: array.shape for name, array in whole.numpy().items()} == {"a": (11, 3), "b": (11, 1)}


def test_a_modality_writes_its_own_ending(tmp_path):
    drawn = model_of().sample(2)
    assert drawn.save(tmp_path / "x.txt").read_text() == "\n".join(map(str, drawn.data["a"].tolist()))
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_an_ending_that_is_named_and_not_written_is_a_sentence(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Promising(Bodies):
        endings = (".csv",)

    drawn = Samples(model_of().sample(2).data, modality=Promising())
    with pytest.raises(GanzooError, match=r"bodies name the ending \.csv, and do not write it"):
        drawn.save(tmp_path / "x.csv")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x.jpg", r"written as x\.npz \(arrays\) or x\.txt, and not as 'x\.jpg'"),
        ("x.png", r"nothing draws bodies as a picture: write x\.npz or x\.txt"),
        ("x/", r"a folder is made of images, and these samples are bodies: write x\.npz or x\.txt"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(tmp_path, name, said):
    drawn = model_of(modality=Bodies()).sample(2)
    with pytest.raises(GanzooError, match=said):
        drawn.save(f"{tmp_path}/{name}")
    assert not any(tmp_path.iterdir()) and drawn._repr_png_() is None


def test_ways_are_laid_out_by_the_modality(tmp_path):
    ways = model_of().interpolate([0, 1, 2], 3)
    assert len(ways) == 6 and ways.png() == Drawn().ways(ways.data, 3)
    first = model_of().sample(1, seed=1)
    assert torch.equal(ways.data["a"][2], first.data["a"][0]) and torch.equal(ways.data["a"][3], first.data["a"][0])
    save_ways(tmp_path / "ways.png", ways, 3)
    with pytest.raises(GanzooError, match="films are made of images, and these samples are bodies"):
        save_ways(tmp_path / "ways.gif", ways, 3)


def test_the_condition_stays_on_a_way():
    ways = model_of(conditional=True, fields=training_of(4)).interpolate([0, 1, 2], 3)
    assert ways.y["given"][:, 0].tolist() == [100] * 3 + [101] * 3


def test_without_latents_there_are_no_ways():
    with pytest.raises(GanzooError, match="maker has no latents to go between"):
        model_of(conditional=True, z_dim=0, fields=training_of()).interpolate([0, 1], 3)
    assert len(model_of(conditional=True, z_dim=0, fields=training_of()).sample(3)) == 3


def exported(path, *, conditional=False):
    """A generator and a modality that this file registers, written as a folder, and the folder opened again."""
    registry = load_zoo(third_party=False).registry
    registry.add(
        [
            Entry("modality", "bodies", "drawn_modality:Bodies", "mine", "1"),
            Entry("generator", "maker", "drawn_modality:Maker", "mine", "1"),
        ]
    )
    model = model_of(conditional=conditional, modality=Bodies())
    recipe = model.recipe.model_copy(update={"generator": Part(name="maker")})
    trained = dataclasses.replace(model.trained, recipe=recipe, provenance=Provenance(registry, data_hash="ab" * 32))
    Model(trained).export(path)
    return model, load(path, zoo=Zoo(registry, ()))


def test_a_folder_is_opened_again_with_its_modality(tmp_path):
    model, again = exported(tmp_path / "out")
    assert again.modality == Bodies() and again.described == "bodies of 3 and 1 numbers"
    assert torch.equal(again.sample(4).data["a"], model.sample(4).data["a"])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
    ]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "draws bodies of 3 and 1 numbers" in card and "samples.npz" in card and "![samples]" not in card


def test_a_folder_away_from_its_data_is_told_conditions(tmp_path):
    _, again = exported(tmp_path / "out", conditional=True)
    given = {"given": torch.arange(6).view(2, 3)}
    assert torch.equal(again.sample(2, y=given).data["a"], given["given"].to(torch.uint8))
    with pytest.raises(GanzooError, match="draw from the folder of its run"):
        again.sample(2)
    with pytest.raises(GanzooError, match="3 samples need as many conditions, and 2 were given"):
        again.sample(3, y=given)
    assert "model.sample(len(y), y=y)" in (tmp_path / "out" / "README.md").read_text()


def test_what_is_of_images_refuses_others_in_a_sentence(tmp_path):
    model = model_of()
    said = "is of images or points, and maker draws bodies: ganzoo sample writes them"
    with pytest.raises(GanzooError, match=f"a projection {said}"):
        model.project(torch.zeros(1, 8, 8, dtype=torch.uint8))
    for name in ("x.pt2", "x.onnx", "x.html"):
        with pytest.raises(GanzooError, match=f"an export as {name[2:]} {said}"):
            model.export(tmp_path / name)
    with pytest.raises(GanzooError, match=f"a page {said}"):
        Explorer(model.trained)
    assert not any(tmp_path.iterdir())
