"""Several ranks play one run: what they make of it against what one process makes of it. Ranks are threads here."""

import copy

import pytest
import torch
from pretend_gpu import answer
from same_game import CALM, game, played, require_same_game
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer
from ganzoo.layers import whole_batch
from ganzoo.layers.whole_batch import batch_mean, gathered, own_rows, playing
from ganzoo.registry.discovery import load_zoo
from ganzoo.training.ranks import trial
from ganzoo.training.ranks.draws import Drawn, UnmappedDrawError
from ganzoo.training.ranks.pretended import played_by
from ganzoo.training.ranks.shares import Agreement
from ganzoo.training.ranks.statistics import synchronise

FALLS_AND_RISES = (("cosine", 1e-3, 0.0), ("linear", 0.5, 0.99))
PLAIN = ["gan", "ns-gan", "cgan", "r3gan"]


JOINT = ["sngan:schedule.joint=true", "tutorial-dcgan:schedule.joint=true"]  # two batches, one after the other
TOP = "topk-gan:regularizers.top-k.gamma=0.5:regularizers.top-k.per=1"  # after a step there is something to choose


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def test_with_values_that_change(registry):
    """Eight images a step: in four steps of 32 images all of them move."""
    falls, rises = ("{{shape: {}, start: {}, end: {}, over: 0.03}}".format(*how) for how in FALLS_AND_RISES)
    betas = [f"{player}.betas=[0.5, {rises}]" for player in ("g_optimizer", "d_optimizer")]
    rates = [f"{player}.lr={falls}" for player in ("g_optimizer", "d_optimizer")]
    terms = f"regularizers=[{{name: r1, weight: {falls}}}]"
    require_same_game(
        registry, "ns-gan", 2, steps=4, edits=(*CALM, *betas, *rates, terms, "schedule.ema={halflife: 0.01}")
    )


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize(
    "name", ["gan", "ns-gan", "cgan", "r3gan", "ada:regularizers.ada.p=0.6", "tutorial-dcgan", TOP, *JOINT]
)
def test_ranks_play_the_game_of_one(registry, name, count):
    # tutorial-dcgan has dropout, ada draws for views; with so many steps r3gan's lazy terms come, and rest, and come
    edits = (*CALM, "flips=true")
    require_same_game(registry, name, count, steps=4, edits=edits)


@pytest.mark.parametrize("name", ["wgan-gp", "r1-gan", "sngan", "dcgan", "biggan:generator.width=8"])
def test_with_synchronised_statistics_as_well(registry, name):
    require_same_game(registry, name, 2, steps=2, edits=CALM)


@pytest.mark.parametrize(("name", "precision"), [("dcgan", "fp16"), ("rasgan", "fp16"), ("stylegan2-ada", "bf16")])
def test_in_low_precision_ranks_agree_on_scales_and_weights(registry, name, precision):
    """The first scales are too large for some gradients: a rank that alone skipped a move would be another player."""

    def of(ranks):
        trainer = game(registry, name, ranks, edits=CALM, precision=precision)
        return *played(trainer, 4), trainer.state()[1]["scalers"]

    (_, first, scales), (losses, second, others) = played_by(2, of)
    assert bool(losses.isfinite().all()) and scales == others
    assert [key for key in first if not torch.equal(first[key], second[key])] == []
    if precision == "fp16":
        assert min(scale["scale"] for scale in scales.values()) < 65536  # there was one to be skipped


def test_where_both_players_move_at_once(registry):
    edits = (*CALM, "schedule.order=simultaneous", "schedule.share_fakes=false")
    require_same_game(registry, "r1-gan", 2, steps=3, edits=edits)


def test_local_statistics_are_another_game_that_all_ranks_agree_on(registry):
    edits = (*CALM, "schedule.batch_stats=local")
    losses, _ = played(game(registry, "dcgan", edits=edits), 2)
    (ours, mine), (_, theirs) = played_by(2, lambda ranks: played(game(registry, "dcgan", ranks, edits=edits), 2))
    assert (ours - losses).abs().max() > 1e-3
    assert [key for key, value in mine.items() if not torch.equal(value, theirs[key])] == []


def test_a_checkpoint_of_ranks_goes_on_with_one_and_the_reverse(registry):
    def on(ranks, state, steps=2):
        trainer = game(registry, "r1-gan", ranks, edits=CALM)
        if state is not None:
            trainer.load_state(*copy.deepcopy(state))
        played(trainer, steps)
        return trainer.state()

    of_one = on(None, on(None, None))
    first, second = played_by(2, lambda ranks: on(ranks, None))[0], on(None, None)
    others = [on(None, first), played_by(2, lambda ranks: on(ranks, second))[1]]
    for tensors, values in others:
        assert values == of_one[1]
        for key, value in of_one[0].items():
            torch.testing.assert_close(tensors[key], value, atol=1e-5, rtol=1e-5)


# -- batch statistics ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.1, None])
def test_synchronised_statistics_are_those_of_the_whole_batch_to_the_second_derivative(momentum):
    torch.manual_seed(0)
    layer = nn.BatchNorm2d(3, momentum=momentum).double()
    nn.init.uniform_(layer.weight)
    x, w = torch.randn(8, 3, 4, 4, dtype=torch.float64) * 3 + 1, torch.randn(8, 3, 4, 4, dtype=torch.float64)

    def looked_at(ranks, layer):
        mine, weight = (x, w) if ranks is None else (x.chunk(2)[ranks.number], w.chunk(2)[ranks.number])
        mine = mine.clone().requires_grad_()
        with playing(ranks):
            for _ in range(2):
                y = layer(mine)
            (slope,) = torch.autograd.grad((y * weight).sin().sum(), mine, create_graph=True)
            (bend,) = torch.autograd.grad(slope.pow(3).sum(), mine)
        return y.detach(), slope.detach(), bend, layer.state_dict()

    plain = looked_at(None, copy.deepcopy(layer))
    synchronise([layer])
    shares = played_by(2, lambda ranks: looked_at(ranks, copy.deepcopy(layer)))
    for whole, *parts in zip(plain[:3], *(share[:3] for share in shares), strict=True):
        torch.testing.assert_close(torch.cat(parts), whole)
    for key, value in plain[3].items():
        torch.testing.assert_close(shares[1][3][key], value)
    alone = looked_at(None, copy.deepcopy(layer))  # outside of ranks nothing has changed, bit for bit
    assert all(torch.equal(a, b) for a, b in zip(plain[:3], alone[:3], strict=True))
    assert list(alone[3]) == list(nn.BatchNorm2d(3).state_dict())


# -- the whole batch, for parts ------------------------------------------------------------------------------------


def test_what_is_gathered_is_in_the_order_of_one_process_and_differentiated_as_there():
    torch.manual_seed(0)
    two_batches = torch.randn(2, 8, 3, dtype=torch.float64)

    def objective(rows):
        """Mixes all rows, and is curved."""
        apart = (rows[:, None] - rows[None] + 1).square().sum(dim=-1).sqrt()
        return (apart * torch.arange(len(rows))).sum().sqrt() + rows.mean(0).square().sum()

    def of(ranks):
        mine = two_batches if ranks is None else two_batches.unflatten(1, (ranks.count, -1))[:, ranks.number]
        rows = mine.flatten(0, 1).clone().requires_grad_()
        if ranks is not None:
            ranks.share = 4
        with playing(ranks):
            whole = gathered(rows)
            back = own_rows(whole)
            (slope,) = torch.autograd.grad(objective(whole) / (1 if ranks is None else 2), rows, create_graph=True)
            (bend,) = torch.autograd.grad(slope.pow(3).sum(), rows)
            mean = batch_mean(rows.mean())
        return [whole.detach(), mean.detach(), back.detach(), slope.detach(), bend]

    whole, mean, _, slope, bend = of(None)
    for number, (theirs, their_mean, back, *derivatives) in enumerate(played_by(2, of)):
        torch.testing.assert_close(theirs, whole)
        torch.testing.assert_close(their_mean, mean)
        for found, expected in zip((back, *derivatives), (whole, slope, bend), strict=True):
            own = expected.unflatten(0, (2, 2, 4))[:, number].flatten(0, 1)
            torch.testing.assert_close(found, own)


def test_rows_that_cannot_be_shared_out_are_refused():
    def of(ranks):
        ranks.share = 2
        with playing(ranks):
            return own_rows(torch.arange(3))

    with pytest.raises(RecipeError, match="3 rows of a batch cannot be shared out among 2 ranks"):
        played_by(2, of)


# -- draws ---------------------------------------------------------------------------------------------------------

DRAWS = {
    "rand": lambda n, g: torch.rand(n, 2, generator=g),
    "randn": lambda n, g: torch.randn(n, 1, 1, generator=g),
    "randint": lambda n, g: torch.randint(3, 90, (n,), generator=g),
    "like": lambda n, g: torch.rand_like(torch.zeros(n, 3)) + torch.randint_like(torch.zeros(n, 3), 9),
    "channels last": lambda n, g: torch.randn_like(torch.zeros(n, 3, 2, 2).to(memory_format=torch.channels_last)),
    "in place": lambda n, g: torch.zeros(n, 2).uniform_(generator=g) + torch.zeros(n, 2).exponential_(),
    "bernoulli": lambda n, g: torch.bernoulli(torch.full((n, 3), 0.3), generator=g),
    "bernoulli_": lambda n, g: torch.zeros(n, 3).bernoulli_(0.4, generator=g),
    "normal": lambda n, g: torch.normal(torch.ones(n), torch.full((n,), 2.0), generator=g),
    "multinomial": lambda n, g: torch.multinomial(torch.ones(n, 5), 2, generator=g),
    "dropout": lambda n, g: nn.functional.dropout(torch.ones(n, 6)),
    "dropout2d": lambda n, g: nn.functional.dropout2d(torch.ones(n, 6, 2, 2)),
    "two batches": lambda n, g: torch.rand(2 * n, 2, generator=g).unflatten(0, (2, n)).transpose(0, 1),
    "half of the batch": lambda n, g: torch.rand(n // 2, 2, generator=g),
    "none of the batch": lambda n, g: torch.rand(5, generator=g).expand(n, 5),
    "a single number": lambda n, g: torch.rand((), generator=g).expand(n),
    "a permutation of something else": lambda n, g: torch.randperm(7, generator=g).expand(n, 7),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_draw_is_that_of_the_whole_batch_and_leaves_the_generators_alike(draw):
    def drawn(n):
        own = torch.Generator().manual_seed(1)
        return draw(n, own).clone(), own.get_state(), torch.get_rng_state()

    def of(ranks):
        ranks.share = 4
        torch.manual_seed(2)
        with Drawn(ranks):
            return drawn(4)

    parts = played_by(2, of)
    torch.manual_seed(2)
    whole, *states = drawn(8)
    torch.testing.assert_close(torch.cat([part for part, *_ in parts]), whole, atol=0, rtol=1e-6)
    for _, *theirs in parts:
        assert all(map(torch.equal, theirs, states))


@pytest.mark.parametrize(
    "draw", [lambda n: torch.randperm(n), lambda n: nn.functional.rrelu(torch.zeros(n, 2), training=True)]
)
def test_a_draw_that_cannot_be_shared_out_is_refused(draw):
    def of(ranks):
        ranks.share = 4
        with Drawn(ranks):
            draw(4)

    with pytest.raises(UnmappedDrawError, match="over 4 rows, and ranks that play a share"):
        played_by(2, of)


# -- gradients and buffers -----------------------------------------------------------------------------------------


def test_a_weight_without_a_gradient_keeps_none_unless_another_rank_has_one():
    def of(ranks):
        weights = [nn.Parameter(torch.zeros(2)) for _ in range(3)]
        weights[0].grad = torch.full((2,), 1.0 + ranks.number)  # of its part of the loss
        if ranks.number == 1:
            weights[1].grad = torch.ones(2)
        Agreement(ranks, []).gradients("D", weights)
        return [weight.grad for weight in weights]

    for first, second, third in played_by(2, of):
        assert (first.tolist(), second.tolist(), third) == ([3.0, 3.0], [1.0, 1.0], None)


class Remembering(Regularizer):
    """Has a buffer of either kind, one that counts and one that stays."""

    def __init__(self):
        super().__init__()
        for name, value in (("mean", 0.0), ("stays", 3.0)):
            self.register_buffer(name, torch.tensor(value))
        self.register_buffer("count", torch.tensor(0))


class Knowing(Remembering):
    buffers_over_ranks = "same"


def test_buffers_that_moved_are_averaged_unless_the_part_says_otherwise():
    def of(ranks):
        parts = [Remembering(), Knowing()]
        agreement = Agreement(ranks, parts)
        exchanges = []
        summed = ranks.add_
        ranks.add_ = lambda tensor: exchanges.append(tensor.numel()) or summed(tensor)
        for part in parts:
            part.mean += ranks.number
            part.count += 1
        agreement.buffers()
        agreement.buffers()  # nothing moved since
        return [part.mean.item() for part in parts], parts[0].count.item(), exchanges

    assert played_by(2, of) == [([0.5, 0.0], 1, [1]), ([0.5, 1.0], 1, [1])]


# -- trials --------------------------------------------------------------------------------------------------------


def why_not(registry, name, share=4, trial_share=4, edits=()):
    def make(ranks, batch):
        return game(registry, name, ranks, batch=batch, edits=edits)

    return trial.why_not(make, 2, share, trial_share)


# That every recipe of the zoo passes is found by test_conformance, whose suite makes the same trial.
GATHERING = ["began", "contragan", "cramer-gan", "dragan", "ebgan", "feature-matching-gan", "infomax-gan", "mhgan"]
GATHERING += ["mmd-gan", "mmd-gan-rep", "msgan", "ralsgan", "rasgan", "softmax-gan", "ssgan", "stylegan2"]
GATHERING += ["consensus-gan", "unrolled-gan", "lipschitz-gan", "lecam", "reacgan"]


@pytest.mark.parametrize("name", GATHERING)
def test_a_part_that_mixes_samples_without_gathering_them_is_found(registry, name, monkeypatch):
    """What the parts ask for of the whole batch is kept from them."""
    monkeypatch.setattr(whole_batch, "current", lambda: None)
    assert "is not that of the whole batch, so a part of it mixes the samples" in why_not(registry, name)


class Noisy(Regularizer):
    """Draws for each of 32 weights, whatever the batch."""

    def d_penalty(self, turn):
        return (torch.rand(32, generator=turn.rng).mean() * turn.on_real["logits"]).square().mean()


def test_a_draw_of_as_many_rows_as_a_share_is_found_though_the_trial_is_smaller(registry):
    def make(ranks, batch):
        trainer = game(registry, "gan", ranks, batch=batch)
        trainer.parts.regularizers.append(Noisy())
        return trainer

    assert trial.why_not(make, 2, 12, 3) == ""
    why = trial.why_not(make, 2, 16, 3)
    assert "a part draws 32 rows whatever the batch, which cannot be told from draws of the batch" in why


# -- on a GPU that is pretended ------------------------------------------------------------------------------------

CAPTURED = """
import json, sys
import torch
from ganzoo.registry.discovery import load_zoo
from ganzoo.layers.whole_batch import Ranks
from ganzoo.testing.pretend_cuda import counts
from rank_processes import game

class Alone(Ranks):
    # One of one, whose exchanges are what a collective is to a capture: work on the device, in memory that stays.
    def stacked(self, tensor):
        return tensor.clone()[None]

    def add_(self, tensor):
        return tensor.mul_(1)

registry, found = load_zoo(third_party=False).registry, {}
for name in sys.argv[1:]:
    trainer = game(registry, name, Alone(0, 1), device="cuda:0")
    counts.reset()
    for _ in range(8):
        trainer.step()
    torch.cuda.synchronize()
    found[name] = trainer.why_eager, trainer.replays is not None and trainer.replays.recorded, counts.read().offences
print(json.dumps(found))
"""


def test_the_step_of_a_rank_is_captured():
    """With dropout, draws for views, lazy terms, second derivatives through batch statistics, and what is gathered."""
    names = ["tutorial-dcgan", "ada:regularizers.ada.p=0.6", "wgan-gp", "r3gan", "rasgan", "r1-gan"]
    for why, recorded, offences in answer(CAPTURED, *names).values():
        assert why == "" and recorded and not offences
