"""The turn: what is computed once, what is replaced, what another turn shares; and the terms that recast it."""

import copy

import pytest
import torch
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import dealt
from tiny_players import MeanLoss, ScalarD, ScalarG, SoftLoss, conv_trainer, recipe, scalar_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Loss, Regularizer
from ganzoo.layers import output_shape
from ganzoo.recipes.building.build import Parts, build_parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

ORDERS = [{}, {"share_fakes": True}, {"order": "simultaneous"}, {"d_steps": 2}]
COMPUTED = ("real", "y", "z", "y_fake", "fake", "shown_real", "shown_fake", "on_real", "on_fake")


def images(n=4, seed=0):
    return torch.randn(n, 1, 4, 4, generator=torch.Generator().manual_seed(seed))


def whole_turn(player="G", **given):
    """A turn in which everything is computed."""
    turn = dealt(player, ScalarG(), ScalarD(), images(), torch.arange(4), y_fake=torch.arange(4) + 10, **given)
    for name in COMPUTED:
        getattr(turn, name)
    return turn


def things(turn):
    return {name: getattr(turn, name) for name in COMPUTED}


def replacement(turn, name):
    if name == "D":
        return ScalarD(7.0)
    if name in ("on_real", "on_fake"):
        return {"logits": torch.full((4,), 9.0)}
    return getattr(turn, name) + 1


# -- replace ---------------------------------------------------------------------------------------------------

MADE_ANEW = {
    "D": {"on_real", "on_fake"},
    "real": {"shown_real", "on_real"},
    "y": {"on_real"},
    "z": {"fake", "shown_fake", "on_fake"},
    "y_fake": {"fake", "shown_fake", "on_fake"},
    "fake": {"shown_fake", "on_fake"},
    "on_real": set(),
    "on_fake": set(),
}


@pytest.mark.parametrize("name", MADE_ANEW)
def test_what_is_made_of_a_thing_is_made_anew_and_the_rest_is_kept(name):
    turn = whole_turn()
    before = things(turn)
    given = replacement(turn, name)
    other = turn.replace(**{name: given})
    assert getattr(other, name) is given
    calls = (other.G.calls, other.D.calls)
    after = things(other)
    assert {key for key in COMPUTED if after[key] is not before[key]} == MADE_ANEW[name] | ({name} & set(COMPUTED))
    made = (other.G.calls - calls[0], other.D.calls - calls[1])
    assert made == ("fake" in MADE_ANEW[name], len({"on_real", "on_fake"} & MADE_ANEW[name]))


@pytest.mark.parametrize("name", MADE_ANEW)
def test_the_turn_itself_stays_as_it_was(name):
    turn = whole_turn()
    before, D = things(turn), turn.D
    turn.replace(**{name: replacement(turn, name)})
    assert all(getattr(turn, key) is before[key] for key in COMPUTED)
    assert turn.D is D


def test_what_is_made_anew_is_made_of_what_was_given():
    turn = whole_turn()
    z, real, D = turn.z + 1, turn.real * 2, ScalarD(7.0)
    other = turn.replace(z=z, real=real, D=D)
    assert torch.equal(other.fake, turn.G(z))
    assert torch.allclose(other.on_fake["logits"], 7.0 * turn.G.w * z[:, 0])
    assert torch.allclose(other.on_real["logits"], 7.0 * real.mean((1, 2, 3)))


def test_things_that_belong_together_can_be_replaced_together():
    turn = whole_turn()
    pick = torch.tensor([3, 3, 0, 0])
    other = turn.replace(
        z=turn.z[pick], y_fake=turn.y_fake[pick], fake=turn.fake[pick], on_fake={"logits": turn.on_fake["logits"][pick]}
    )
    calls = other.G.calls, other.D.calls
    assert other.y_fake.tolist() == [13, 13, 10, 10]
    assert torch.equal(other.on_fake["logits"], turn.on_fake["logits"][pick])
    assert torch.equal(other.fake, turn.fake[pick])
    assert (other.G.calls, other.D.calls) == calls


def test_what_nobody_has_read_yet_can_be_replaced():
    turn = dealt("G", ScalarG(), ScalarD(), images(), torch.arange(4))
    other = turn.replace(real=images(seed=5))
    assert torch.equal(other.real, images(seed=5))
    assert other.y.tolist() == [0, 1, 2, 3]  # those of the batch, which is dealt for them
    assert turn.replace(y=torch.zeros(4)).real is turn.real


@pytest.mark.parametrize("joint", [False, True])
def test_verdicts_are_on_what_was_shown_of_one_view_each(joint):
    views = []

    def view(x):
        views.append(x + torch.rand_like(x))
        return views[-1]

    turn = dealt("D", ScalarG(), ScalarD(2.0), images(), view=view, joint=joint)
    real, fake = turn.on_real["logits"], turn.on_fake["logits"]
    assert len(views) == 2 and turn.shown_real is views[0] and turn.shown_fake is views[1]
    assert torch.allclose(real, 2.0 * views[0].mean((1, 2, 3)))
    assert torch.allclose(fake, 2.0 * views[1].mean((1, 2, 3)))


def test_only_what_a_turn_has_can_be_replaced():
    with pytest.raises(KeyError):
        whole_turn().replace(images=images())


@pytest.mark.parametrize("name", ["real", "fake"])
def test_images_that_are_differentiated_are_so_when_they_were_replaced(name):
    """A penalty of second order finds gradients at whatever images a term put into the turn."""
    given = images(seed=5)
    plain = whole_turn("D").replace(**{name: given})
    assert not getattr(plain, name).requires_grad
    turn = whole_turn("D", second_order=True).replace(**{name: given})
    shown, verdict = getattr(turn, name), getattr(turn, f"on_{name}")
    (slope,) = torch.autograd.grad(verdict["logits"].sum(), shown)
    assert torch.allclose(slope, torch.full_like(slope, 2.0 / 16))
    assert torch.equal(shown, given)
    assert not given.requires_grad  # what was given is somebody else's
    through = given.clone().requires_grad_() * 2
    assert getattr(turn.replace(**{name: through}), name) is through


# -- what the other player's turn shares -----------------------------------------------------------------------


def test_seen_is_all_that_is_computed_and_a_copy():
    turn = whole_turn("D", live=True)
    seen = turn.seen()
    assert seen.keys() >= set(COMPUTED)
    assert all(seen[name] is getattr(turn, name) for name in COMPUTED)
    seen.clear()
    assert turn.on_fake["logits"].shape == (4,)
    assert turn.D.calls == 2
    assert dealt("D", ScalarG(), ScalarD(), images()).seen() == {}


def test_played_on_are_the_fakes_with_their_graph_and_no_verdict():
    turn = whole_turn("D", keeps_graph=True)
    shared = turn.played_on()
    assert shared.keys() == {"z", "y_fake", "live_fake"}
    assert not turn.fake.requires_grad
    assert torch.equal(shared["live_fake"], turn.fake)
    (slope,) = torch.autograd.grad(shared["live_fake"].sum(), turn.G.w)
    assert slope.item() == pytest.approx(16 * turn.z.sum().item(), rel=1e-5)
    assert dealt("D", ScalarG(), ScalarD(), images()).played_on() == {}


def test_fakes_that_were_replaced_are_not_played_on():
    """The images that were put into the discriminator's turn are not the generator's."""
    turn = whole_turn("D", keeps_graph=True).replace(fake=images(seed=5))
    turn.on_fake  # noqa: B018
    assert turn.played_on().keys() == {"z", "y_fake"}
    moved = whole_turn("D", keeps_graph=True)
    moved = moved.replace(z=moved.z + 1)
    moved.fake  # noqa: B018
    assert torch.equal(moved.played_on()["live_fake"], moved.G(moved.z))


# -- terms that recast the turn --------------------------------------------------------------------------------


class Notes(Regularizer):
    """Notes what it is shown, at every moment, and changes nothing."""

    def __init__(self):
        super().__init__()
        self.recasts, self.played, self.stepped = [], [], []

    def recast(self, turn):
        self.recasts.append(turn)
        return turn

    def d_penalty(self, turn):
        self.played.append(turn)

    g_penalty = d_penalty

    def after_step(self, turn):
        self.stepped.append(turn)


class Darker(Notes):
    """Real images one grey darker, in one player's turn."""

    def __init__(self, by=1.0, player="D"):
        super().__init__()
        self.by, self.player = by, player

    def recast(self, turn):
        self.recasts.append(turn)
        return turn.replace(real=turn.real - self.by) if turn.player == self.player else turn


class Sees(MeanLoss):
    """A loss that notes its turns."""

    def __init__(self):
        super().__init__()
        self.turns = []

    def d_loss(self, turn):
        self.turns.append(turn)
        return super().d_loss(turn)

    def g_loss(self, turn):
        self.turns.append(turn)
        return super().g_loss(turn)


def trainer_with(terms, schedule=None, **changes):
    t = scalar_trainer(schedule, terms, **changes)
    t.parts.loss = Sees()
    return t


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_each_turn_is_recast_once_by_each_term_in_their_order(schedule):
    first, second = Notes(), Darker()
    t = trainer_with([first, second], schedule)
    t.step()
    wanted = ["D"] * schedule.get("d_steps", 1) + ["G"]
    for term in (first, second):
        assert [turn.player for turn in term.recasts] == wanted
        assert [turn.player for turn in term.stepped] == wanted
    assert all(a is b for a, b in zip(first.recasts, second.recasts, strict=True))  # the second gets the first's


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_loss_penalties_and_after_step_see_what_became_of_the_turn(schedule):
    term, watcher = Darker(by=3.0), Notes()
    t = trainer_with([watcher, term, Darker(by=0.5)], schedule)
    t.step()
    played = t.parts.loss.turns
    assert len(played) == len(watcher.played) == len(watcher.stepped)
    for turn, seen, stepped, dealt_turn in zip(played, watcher.played, watcher.stepped, watcher.recasts, strict=True):
        assert turn is seen is stepped
        if turn.player == "D":
            assert torch.equal(turn.real, dealt_turn.real - 3.0 - 0.5)
            assert torch.allclose(turn.on_real["logits"], 2.0 * turn.real.mean((1, 2, 3)), rtol=0.5)


def test_a_recast_batch_is_what_the_discriminator_learns_from():
    """D: v <- v - lr (w z - (x - 1))."""
    plain, darker = scalar_trainer(lr=0.1), scalar_trainer(lr=0.1, regularizers=[Darker()])
    for t in (plain, darker):
        t.take_turn("D")
    assert plain.parts.D.v.item() - darker.parts.D.v.item() == pytest.approx(0.1, rel=1e-4)


class OtherD(Regularizer):
    """In one player's turn, a discriminator of ten times the slope."""

    def __init__(self, player):
        super().__init__()
        self.player = player

    def recast(self, turn):
        return turn.replace(D=ScalarD(20.0)) if turn.player == self.player else turn


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_another_discriminator_judges_in_its_turn_only(schedule):
    """G: w <- w + lr 2 v^2 w z^2 with the v that it faced, whatever the other turn was played with."""
    t = trainer_with([OtherD("G")], schedule, lr=0.01)
    t.step()
    *d_turns, g_turn = t.parts.loss.turns
    assert all(torch.allclose(turn.on_fake["logits"], 2.0 * turn.fake.mean((1, 2, 3)), rtol=0.1) for turn in d_turns)
    z = g_turn.z.mean().item()
    assert t.parts.G.w.item() == pytest.approx(0.5 + 0.01 * 2 * 20.0**2 * 0.5 * z**2, rel=1e-4)


@pytest.mark.parametrize("player", ["D", "G"])
def test_a_turn_remembers_the_discriminator_that_moves(player):
    t = trainer_with([OtherD(player)])
    turn = t._turn(player)
    assert turn.dealt_D is t.parts.D is not turn.D
    assert turn.replace(D=turn.dealt_D).D is t.parts.D


def test_the_verdict_of_another_discriminator_is_not_shared():
    """At once: what a discriminator of D's turn alone has said is not said in G's."""
    t = trainer_with([OtherD("D")], {"order": "simultaneous"})
    t.step()
    d_turn, g_turn = t.parts.loss.turns
    assert torch.allclose(d_turn.on_fake["logits"], 20.0 * d_turn.fake.mean((1, 2, 3)))
    assert g_turn.fake is d_turn.fake
    assert torch.allclose(g_turn.on_fake["logits"], 2.0 * g_turn.fake.mean((1, 2, 3)))


class Replaced(Regularizer):
    """The discriminator is shown other fakes than the generator's, of which there are none yet."""

    def recast(self, turn):
        return turn.replace(fake=torch.ones_like(turn.fake)) if turn.player == "D" else turn


def test_shared_fakes_are_the_generators_own():
    """With the D that moved, v = 2 - lr (1 - x): G learns from the latents of D's turn, not from what D was shown."""
    t = trainer_with([Replaced()], {"share_fakes": True}, lr=0.1)
    t.step()
    d_turn, g_turn = t.parts.loss.turns
    v = 2.0 - 0.1 * (1.0 - d_turn.real.mean().item())
    assert t.parts.D.v.item() == pytest.approx(v, rel=1e-5)
    assert g_turn.z is d_turn.z
    assert t.parts.G.w.item() == pytest.approx(0.5 + 0.1 * 2 * v**2 * 0.5 * g_turn.z.mean().item() ** 2, rel=1e-4)


class Shifts(Regularizer):
    """Moves the latents in either turn, and draws for it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("k", torch.ones(()))

    def recast(self, turn):
        with torch.no_grad():
            self.k.mul_(1.1)
        return turn.replace(z=turn.z + self.k.clone() * torch.rand(turn.z.shape, generator=turn.rng))


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_recast_games_survive_a_checkpoint_and_look_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [Shifts(), Darker()], classes=classes)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())


def test_a_turn_carries_the_loss_that_is_played():
    t = trainer_with([])
    assert t._turn("D").loss is t._turn("G").loss is t.parts.loss


# -- terms that learn ------------------------------------------------------------------------------------------


class Scaled(Loss):
    """Both losses times a number that is learned."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(1.0))

    def d_loss(self, turn):
        return self.a * (turn.on_fake["logits"].mean() - turn.on_real["logits"].mean())

    def g_loss(self, turn):
        return -self.a * turn.on_fake["logits"].mean()


class Head(Regularizer):
    """Guesses 3 from the fakes' mean, in both players' turns."""

    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(torch.tensor(0.5))

    def d_penalty(self, turn):
        return (self.b * turn.fake.mean() - 3.0).square()

    g_penalty = d_penalty


def learning(schedule=None):
    sgd = {"name": "sgd", "lr": 0.1}
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    parts = Parts(ScalarG(), ScalarD(), Scaled(), [Head()])
    return Trainer(recipe(schedule, sgd, sgd), parts, pixels, None, seed=0)


def test_what_a_term_learns_moves_in_the_discriminators_turn():
    t = learning()
    turn, _ = t.take_turn("D")
    z, x = turn.z.mean().item(), turn.real.mean().item()
    # d/da = v w z - v x at v = 2, w = 0.5; d/db = 2 (b w z - 3) w z at b = 0.5
    assert t.parts.loss.a.item() == pytest.approx(1.0 - 0.1 * (z - 2 * x), rel=1e-5)
    wanted = 0.5 - 0.1 * 2 * (0.25 * z - 3) * 0.5 * z
    assert t.parts.regularizers[0].b.item() == pytest.approx(wanted, rel=1e-5)
    assert t.parts.D.v.item() != 2.0


def test_what_a_term_learns_rests_in_the_generators_turn():
    t = learning()
    t.take_turn("G")
    assert (t.parts.loss.a.item(), t.parts.regularizers[0].b.item(), t.parts.D.v.item()) == (1.0, 0.5, 2.0)
    assert t.parts.G.w.item() != 0.5
    assert t.parts.loss.a.grad is None


def test_at_once_it_moves_with_the_discriminators_gradient_only():
    t = learning({"order": "simultaneous"})
    z = torch.randn(4, 1, generator=torch.Generator().manual_seed(0))
    rng = torch.Generator()
    rng.set_state(t.rng["noise"].get_state())
    z = torch.randn(4, 1, generator=rng).mean().item()
    x = t._deal("D")[0].mean().item()
    t.step()
    assert t.parts.loss.a.item() == pytest.approx(1.0 - 0.1 * (z - 2 * x), rel=1e-5)
    assert t.parts.regularizers[0].b.item() == pytest.approx(0.5 - 0.1 * 2 * (0.25 * z - 3) * 0.5 * z, rel=1e-5)


@pytest.mark.parametrize("schedule", ORDERS, ids=str)
def test_what_a_term_learned_survives_a_checkpoint(tmp_path, schedule):
    went_on = goes_on_bit_for_bit(tmp_path, lambda: learning(schedule))
    assert went_on.parts.loss.a.item() != 1.0
    state = went_on.state()[0]
    assert {"loss.a", "regularizer.0.b"} <= state.keys()
    plays_without_a_look_at_values(learning(schedule))


# -- what the build does ---------------------------------------------------------------------------------------

ZOO = load_zoo(third_party=False)


def small(**changes):
    players = {kind: {"name": "dcgan", "width": 4} for kind in ("generator", "discriminator")}
    rates = {"g_optimizer": {"lr": 1e-3}, "d_optimizer": {"lr": 1e-3}}
    return Recipe.from_dict({"name": "test", **players, "loss": "hinge", **rates, **changes})


@pytest.mark.parametrize(("conditional", "classes"), [(True, 7), (False, 0)])
def test_players_know_what_they_were_built_for(conditional, classes):
    parts = build_parts(small(conditional=conditional), ZOO.registry, image_size=16, channels=3, num_classes=7, seed=0)
    for player in (parts.G, parts.D):
        assert (player.image_size, player.channels, player.num_classes) == (16, 3, classes)
    average = copy.deepcopy(parts.G)  # as the average of the generator is made
    assert isinstance(average, Generator) and average.image_size == 16


class TrainingSession(SoftLoss):
    """A loss with a head on the discriminator's features, or none for labels."""

    def __init__(self):
        super().__init__()
        self.head = None

    def prepare(self, G, D):
        if D.num_classes:
            raise RecipeError("loss 'fitted' plays without labels: write conditional: false")
        self.head = nn.Linear(output_shape(D, "features")[0], G.z_dim)


def with_fitted(monkeypatch, **changes):
    import ganzoo.recipes.building.build as build

    real = build.build_part
    monkeypatch.setattr(
        build,
        "build_part",
        lambda registry, kind, part, **g: TrainingSession() if kind == "loss" else real(registry, kind, part, **g),
    )
    return build_parts(small(**changes), ZOO.registry, image_size=8, channels=1, num_classes=7, seed=0)


def test_a_loss_is_fitted_to_the_players(monkeypatch):
    first, again = (with_fitted(monkeypatch) for _ in range(2))
    assert first.loss.head.weight.shape == (100, 128)
    assert torch.equal(first.loss.head.weight, again.loss.head.weight)  # drawn from the seed
    images = torch.randint(0, 256, (20, 1, 8, 8), dtype=torch.uint8)
    trainer = Trainer(small(schedule={"batch": 4}), first, images, None, seed=0)
    assert any(moved is first.loss.head.weight for moved in trainer.moves["D"])
    assert all(moved is not first.loss.head.weight for moved in trainer.moves["G"])


def test_a_loss_can_refuse_the_players(monkeypatch):
    with pytest.raises(RecipeError, match="loss 'fitted' plays without labels"):
        with_fitted(monkeypatch, conditional=True)
