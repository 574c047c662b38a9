"""The generator of a checkpoint, opened without the rest of its game, beside that game."""

import pytest
import torch
from small_benches import specs, start_run

import ganzoo
from ganzoo.bench.runs.evaluation.again import taken_up
from ganzoo.bench.runs.evaluation.loaded import LoadedGenerator, spec_on
from ganzoo.bench.runs.generating.session import generated
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder of a run that is conditional and keeps an average."""
    folder = tmp_path_factory.mktemp("run")
    (spec,) = specs("cgan:schedule.ema={decay: 0.5}", kimg=0.05, evaluations=1)
    start_run(folder, spec).play()
    return folder


def loaded(folder, *, needs_data, cache=None):
    return LoadedGenerator(folder, spec_on(folder), load_zoo(), cache or Cache.open(), needs_data=needs_data)


def drawn(session):
    """Twenty samples of a run, and their labels."""
    found = generated(session, 20, torch.Generator().manual_seed(0))
    return found.sample, found.y


def test_it_generates_what_the_game_does(run):
    game = taken_up(run, load_zoo(), Cache.open(), None)
    alone = loaded(run, needs_data=True)
    assert (alone.steps, alone.images_seen / 1000, alone.classes) == (game.steps, game.kimg, 10)
    assert not torch.equal(*(next(m.parameters()) for m in (alone.G, alone.average.model)))
    images, labels = drawn(alone)
    theirs, wanted = drawn(game)
    assert torch.equal(images, theirs) and torch.equal(labels, wanted)
    assert torch.equal(alone.pictures(20), game.pictures(20))


def test_without_data_labels_are_those_of_the_images_sorted_by_class(run, tmp_path):
    """So they are as frequent as in the data, of which an empty cache has nothing."""
    labels = loaded(run, needs_data=True).fields["y"].sort().values
    alone = loaded(run, needs_data=False, cache=Cache(tmp_path))
    assert len(alone.fields["x"]) == len(alone.fields["y"]) == 0
    at = torch.randint(len(labels), (500,), generator=torch.Generator().manual_seed(3))
    assert torch.equal(alone.labels_of(500, torch.Generator().manual_seed(3)), labels[at])
    images, asked = drawn(alone)
    assert images.shape == (20, 1, 8, 8) and images.dtype == torch.uint8 and asked.shape == (20,)


def test_an_older_generator_does_not_have_the_numbers_of_a_later_one(tmp_path):
    """Its newest checkpoint is damaged, and the one before is taken, which was not evaluated."""
    (spec,) = specs("dcgan:schedule.batch=8", kimg=0.04, evaluations=1, checkpoint_seconds=0.0, extractor="digits")
    start_run(tmp_path, spec).play()
    assert ganzoo.load(tmp_path).numbers.kimg == 0.04
    *_, before, newest = sorted((tmp_path / "checkpoints").glob("step-*"))
    (newest / "state.safetensors").write_bytes(b"")
    model = ganzoo.load(tmp_path)
    assert model.numbers is None and f"step {int(before.name[5:])}" in repr(model)
