"""CycleGAN as the paper writes it, and its data."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ganzoo_plugins.unpaired.cycle import Cycle
from ganzoo_plugins.unpaired.cycle_error import CycleError
from ganzoo_plugins.unpaired.domains import Domains
from ganzoo_plugins.unpaired.image_pool import ImagePool
from ganzoo_plugins.unpaired.inverted import DigitsInverted
from ganzoo_plugins.unpaired.translator import Translator, reflected
from ganzoo_plugins.unpaired.two_critics import TwoCritics
from ganzoo_plugins.unpaired.two_ways import TwoWays
from PIL import Image
from stand_in_turn import NoHostSync
from torch import nn

from ganzoo.errors import DataError, RecipeError

AB = ("a", "b")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed))


def count(net):
    return sum(p.numel() for p in net.parameters())


def both(n, size=8, channels=1):
    return {name: noise(n, channels, size, size, seed=seed).tanh() for seed, name in enumerate("ab")}


# -- networks --------------------------------------------------------------------------------------------------


def test_parameters_at_the_papers_size():
    """Sec. 7.2; the authors' code prints 11.378 M for a translator of nine blocks, and 2.765 M for a discriminator."""

    def conv(a, b, k):
        return a * b * k * k + b

    block = 2 * conv(256, 256, 3)
    want = conv(3, 64, 7) + conv(64, 128, 3) + conv(128, 256, 3) + 9 * block
    want += conv(256, 128, 3) + conv(128, 64, 3) + conv(64, 3, 7)
    with torch.device("meta"):
        G, D = (cls(image_size=256, channels=3, domains=AB) for cls in (TwoWays, TwoCritics))
    assert count(G.to_a) == count(G.to_b) == want == 11_378_179
    assert count(G) == 2 * want
    widths = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 1)]
    assert count(D) == 2 * sum(conv(a, b, 4) for a, b in widths)
    assert round(count(D) / 2e6, 3) == 2.765


@pytest.mark.parametrize(("size", "blocks", "halvings"), [(256, 9, 2), (128, 6, 2), (32, 3, 2), (28, 3, 1), (8, 3, 0)])
def test_depths(size, blocks, halvings):
    with torch.device("meta"):
        G = TwoWays(image_size=size, channels=1, domains=AB, width=2)
    assert (len(G.to_a.body), len(G.to_a.down)) == (blocks, halvings)


@pytest.mark.parametrize("size", [4, 7, 8, 28, 33])
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_any_size(size, norm):
    torch.manual_seed(0)
    G = TwoWays(image_size=size, channels=2, domains=AB, width=2, blocks=1, norm=norm)
    x = both(2, size, 2)
    made = G(torch.empty(2, 0), x)
    assert made.keys() == {"a", "b"}
    assert all(one.shape == x["a"].shape and one.abs().max() <= 1 for one in made.values())
    D = TwoCritics(image_size=size, channels=2, domains=AB, width=2, norm=norm)
    out = D(made)
    assert out.keys() == D.outputs
    assert torch.equal(out["logits"], torch.cat([out["a"], out["b"]], dim=1))
    out["logits"].sum().backward()
    assert all(p.grad is not None for p in [*G.parameters(), *D.parameters()])


def test_a_fake_is_made_of_the_other_domain():
    torch.manual_seed(0)
    G, x, z = TwoWays(image_size=8, channels=1, domains=AB, width=2), both(2), torch.empty(2, 0)
    made = G.sample(z, x)
    assert torch.equal(made["a"], G.to_a(x["b"]))
    assert torch.equal(made["b"], G.to_b(x["a"]))
    assert torch.equal(made["back-a"], G.to_a(made["b"]))
    assert torch.equal(made["back-b"], G.to_b(made["a"]))


def test_the_edges_are_mirrored():
    x = noise(2, 3, 5, 6)
    assert torch.equal(reflected(x, 3), nn.functional.pad(x, (3, 3, 3, 3), mode="reflect"))


def test_a_norm_over_each_picture_forgets_a_common_shift():
    """A bias in front of it changes nothing; that is why networks with it cannot tell how bright a picture was."""
    torch.manual_seed(0)
    net, x = Translator(1, width=2, halvings=0, blocks=1, norm="instance"), noise(1, 1, 8, 8)
    before = net(x)
    with torch.no_grad():
        net.first[0].bias += 3.0
    assert torch.allclose(net(x), before, atol=1e-5)


@pytest.mark.parametrize(
    ("cls", "changes", "said"),
    [(TwoWays, {"image_size": 3}, "3 pixels are too small"), (TwoWays, {"norm": "layer"}, "norm is 'layer'")],
)
def test_refusals(cls, changes, said):
    with pytest.raises(RecipeError, match=said):
        cls(**({"image_size": 8, "channels": 1, "domains": AB} | changes))


def test_nothing_to_translate():
    with pytest.raises(RecipeError, match="conditional: true"):
        TwoWays(image_size=8, channels=1, domains=AB, width=2)(torch.empty(2, 0))


# -- the cycle -------------------------------------------------------------------------------------------------


class Shifts(nn.Module):
    """To a domain: 0.25 darker; to b: twice as bright."""

    def forward(self, z, y):
        return {"a": y["b"] - 0.25, "b": 2 * y["a"]}


def turn_of(y, player="G"):
    G = Shifts()
    return SimpleNamespace(player=player, G=G, z=None, y_fake=y, fake=G(None, y))


def test_the_cycle_by_hand():
    """There and back: a -> 2a -> 2a - 0.25, b -> b - 0.25 -> 2b - 0.5; identity: a -> a - 0.25, b -> 2b."""
    y = {"a": torch.tensor([[1.0, 0.5]]), "b": torch.tensor([[0.25, -1.0]])}
    cycle = (0.75 + 0.25) / 2 + (0.25 + 1.5) / 2
    identity = 0.25 + (0.25 + 1.0) / 2
    assert float(Cycle().g_penalty(turn_of(y))) == pytest.approx(cycle)
    assert float(Cycle(identity=0.5).g_penalty(turn_of(y))) == pytest.approx(cycle + 0.5 * identity)
    assert Cycle().weight == 10.0
    assert Cycle().d_penalty(turn_of(y, "D")) is None


def test_a_negative_identity():
    with pytest.raises(RecipeError, match="identity is -1"):
        Cycle(identity=-1)


# -- the pool --------------------------------------------------------------------------------------------------


class PoolTurn(SimpleNamespace):
    def replace(self, fake):
        return PoolTurn(**(vars(self) | {"fake": fake}))


def pool_of(n=50, size=1):
    pool = ImagePool(n)
    pool.prepare(None, SimpleNamespace(modality=Domains(image_size=size, channels=1)))
    return pool


def numbered(first, batch, size=1):
    """Fakes that are their own numbers: those of a positive, those of b negative."""
    x = torch.arange(first, first + batch, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 1, size, size)
    return {"a": x, "b": -x}


def shown_of(pool, batches, batch, generator=None):
    generator = rng() if generator is None else generator
    for i in range(batches):
        turn = PoolTurn(player="D", fake=numbered(i * batch, batch), rng=generator)
        yield i, {name: x[:, 0, 0, 0] for name, x in pool.recast(turn).fake.items()}


def test_fakes_are_shown_as_they_are_until_the_pool_is_full():
    pool = pool_of(50)
    for i, shown in shown_of(pool, 7, 8):  # six batches leave room for two; the seventh fills it
        assert torch.equal(shown["a"], torch.arange(8.0) + 8 * i)
        assert torch.equal(shown["b"], -torch.arange(8.0) - 8 * i)
    assert sorted(pool.kept0[:, 0, 0, 0].tolist()) == [*map(float, range(6, 56))]


def test_half_of_the_fakes_give_way_once_it_is_full():
    """Of 8 x 500 fakes half are exchanged; each for another one that was made before, and none is shown twice."""
    pool, exchanged, seen = pool_of(16), {"a": 0, "b": 0}, []
    together = 0
    for i, shown in shown_of(pool, 502, 8):
        new = {name: x.abs() == torch.arange(8.0) + 8 * i for name, x in shown.items()}
        assert (shown["a"] >= 0).all()
        assert (shown["b"] <= 0).all()
        if i < 2:
            continue
        for name in "ab":
            assert (shown[name].abs()[~new[name]] < 8 * i).all()
            exchanged[name] += int((~new[name]).sum())
        together += int((new["a"] == new["b"]).sum())
        seen += shown["a"].tolist()
    for name in "ab":
        assert abs(exchanged[name] - 2000) < 5 * 4000**0.5 / 2
    assert abs(together - 2000) < 5 * 4000**0.5 / 2  # the pools draw for themselves
    assert len(set(seen)) == len(seen)


def test_a_fake_that_was_exchanged_is_kept_in_its_place():
    """What the pool holds and what was shown are together all that was made."""
    pool, shown = pool_of(8), []
    for i, one in shown_of(pool, 40, 4):
        shown += one["a"].tolist() if i >= 2 else []  # the first eight are shown and kept
    assert sorted(shown + pool.kept0[:, 0, 0, 0].tolist()) == [*map(float, range(160))]


def test_it_waits_for_no_device_and_repeats():
    def play():
        pool = pool_of(8)
        with NoHostSync():
            seen = [shown["a"] for _, shown in shown_of(pool, 6, 4, rng(3))]
        return torch.cat(seen)

    assert torch.equal(play(), play())


def test_its_state_is_saved():
    pool, other = pool_of(8), pool_of(8)
    list(shown_of(pool, 3, 4))
    other.load_state_dict(pool.state_dict())
    assert int(other.filled) == 12
    assert other.state_dict().keys() == {"filled", "kept0", "kept1"}


def test_the_generators_turn_is_left_alone():
    turn = PoolTurn(player="G", fake=numbered(0, 4), rng=rng())
    assert pool_of(8).recast(turn) is turn


def test_a_batch_larger_than_the_pool():
    with pytest.raises(RecipeError, match="keeps 4 fakes, and a batch has 8"):
        list(shown_of(pool_of(4), 1, 8))


# -- data ------------------------------------------------------------------------------------------------------


def test_domains_are_dealt_apart():
    modality = Domains(image_size=8, channels=1)
    fields = {"a": torch.zeros(6, 1, 8, 8), "b": torch.zeros(4, 1, 8, 8)}
    deal = modality.deal(fields, 0)
    taken = deal.take(0, 12)
    assert sorted(taken["a"].tolist()) == sorted([*range(6)] * 2)
    assert sorted(taken["b"].tolist()) == sorted([*range(4)] * 3)
    assert not torch.equal(deal.take(0, 4)["a"], deal.take(0, 4)["b"])


def test_conditions_are_the_real_pictures():
    modality = Domains(image_size=8, channels=1)
    row = modality.example(3)
    real, y = modality.play(row, flips=True, rng=rng())
    assert all(torch.equal(real[name], y[name]) for name in "ab")
    real, _ = modality.play(row, flips=False, rng=rng())
    assert all(torch.equal(modality.rest(real)[name], row[name]) for name in "ab")
    assert modality.judged(modality.target(row)).keys() == {"a", "b", "back-a", "back-b"}


def test_the_picture():
    modality = Domains(image_size=8, channels=1)
    row = modality.example(3)
    fake = modality.judged(row)
    assert modality.picture(fake, None, modality.condition(row)).startswith(b"\x89PNG")
    assert modality.picture(row, None, None).startswith(b"\x89PNG")


def save(folder, name, pixels):
    folder.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name)


def test_folders(tmp_path):
    x = np.random.default_rng(0).integers(256, size=(5, 6, 6), dtype=np.uint8)
    for i in range(3):
        save(tmp_path / "trainA", f"{i}.png", x[i])
    for i in range(2):
        save(tmp_path / "trainB", f"{i}.png", x[i + 3])
    found = Domains.read(tmp_path)
    assert found.modality == Domains(image_size=6, channels=1)
    assert np.array_equal(found.fields["a"], x[:3, None])
    assert np.array_equal(found.fields["b"], x[3:, None])
    assert Domains.read_held_out(tmp_path) is None
    save(tmp_path / "testA", "0.png", x[0])
    with pytest.raises(DataError, match="testB holds no pictures"):
        Domains.read_held_out(tmp_path)


def test_grey_beside_colour_is_in_colour(tmp_path):
    x = np.random.default_rng(0).integers(256, size=(4, 4, 3), dtype=np.uint8)
    save(tmp_path / "trainA", "0.png", x[:, :, 0])
    save(tmp_path / "trainB", "0.png", x)
    found = Domains.read(tmp_path)
    assert found.modality.channels == 3
    assert np.array_equal(found.fields["a"][0], np.stack([x[:, :, 0]] * 3))


def test_other_folders_are_no_domains(tmp_path):
    assert Domains.read(tmp_path) is None
    assert Domains.read(tmp_path / "nothing") is None


def test_domains_of_two_sizes(tmp_path):
    save(tmp_path / "trainA", "0.png", np.zeros((4, 4), dtype=np.uint8))
    save(tmp_path / "trainB", "0.png", np.zeros((4, 5), dtype=np.uint8))
    with pytest.raises(DataError, match=r"4x4 pixels, and those of .*trainB 5x4"):
        Domains.read(tmp_path)


def test_inverted_digits():
    data = DigitsInverted()
    rows, held = data.read({}), data.read_held_out({})
    assert {name: x.shape for name, x in rows.fields.items()} == {"a": (800, 1, 8, 8), "b": (800, 1, 8, 8)}
    assert np.array_equal(held.fields["a"], 255 - held.fields["b"])
    assert len(held.fields["a"]) == 1797 - 1600
    assert rows.fields["a"].mean() < 100 < 155 < rows.fields["b"].mean()
    # no digit is in both domains, nor among those held out
    seen = [one.tobytes() for one in [*rows.fields["a"], *(255 - rows.fields["b"]), *held.fields["a"]]]
    assert len(set(seen)) == 1797


def test_cycles_are_compared_with_what_they_were_and_domains_as_a_whole():
    modality = Domains()
    names = modality.judged(modality.target(modality.example()))
    assert [name for name in names if modality.judges(name, paired=True)] == ["back-a", "back-b"]
    assert [name for name in names if modality.judges(name, paired=False)] == ["a", "b"]


def test_the_picture_of_the_data():
    modality = Domains(image_size=8, channels=1)
    assert modality.picture_of_data(modality.example(3), None).startswith(b"\x89PNG")


# -- the number ------------------------------------------------------------------------------------------------


def test_the_error_by_hand():
    target = torch.tensor([[[[0, 255]]], [[[10, 20]]]], dtype=torch.uint8)
    sample = torch.tensor([[[[255, 0]]], [[[12, 20]]]], dtype=torch.uint8)
    metric = CycleError()
    seen = metric.look(sample, target)
    assert seen["error"].tolist() == [[255.0], [1.0]]
    summary = metric.summarise(seen)
    assert metric.compare(summary, summary) == 128.0
    assert metric.spread(summary, summary, []) == pytest.approx(254 / 2**0.5 / 2**0.5)
