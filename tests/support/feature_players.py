"""Players whose features can be computed by hand, and a game in which one term is all that anybody descends."""

import torch
from stand_in_turn import dealt
from tiny_players import recipe
from torch import nn

from ganzoo.interfaces import Discriminator, Generator, Loss
from ganzoo.recipes.building.build import Parts
from ganzoo.training import Trainer

CLASSES = 3


class PlainD(Discriminator):
    """Features and maps are the image times one parameter; ``sees`` adds the label to the features."""

    outputs = frozenset({"logits", "features", "maps"})

    def __init__(self, num_classes=CLASSES, *, image_size=2, sees=False, dtype=torch.float64):
        super().__init__()
        self.image_size, self.channels, self.num_classes, self.sees = image_size, 1, num_classes, sees
        self.scale = nn.Parameter(torch.ones((), dtype=dtype))
        self.shown = []

    def forward(self, x, y=None):
        self.shown.append((x, y))
        maps = self.scale * x
        features = maps.flatten(1)
        if self.sees:
            features = features + y[:, None]
        return {"logits": features.sum(1), "features": features, "maps": maps}


class PlainG(Generator):
    """The image is the latent times one parameter, and the label's own picture."""

    z_dim = 4

    def __init__(self, num_classes=CLASSES, dtype=torch.float64):
        super().__init__()
        self.image_size, self.channels, self.num_classes = 2, 1, num_classes
        self.scale = nn.Parameter(torch.full((), 0.5, dtype=dtype))
        self.label = nn.Parameter(torch.zeros(max(num_classes, 1), 4, dtype=dtype))

    def forward(self, z, y=None):
        x = self.scale * z.to(self.scale.dtype)
        return (x if y is None else x + self.label[y]).view(-1, 1, 2, 2)


class Silent(Loss):
    """Nothing to descend."""

    def d_loss(self, turn):
        return 0 * turn.on_fake["logits"].sum()

    def g_loss(self, turn):
        return 0 * turn.on_fake["logits"].sum()


def fitted(term, num_classes=CLASSES, **options):
    """The term, prepared for a plain pair, in float64; and the pair."""
    G, D = PlainG(num_classes), PlainD(num_classes, **options)
    torch.manual_seed(0)
    term.prepare(G, D)
    return term.double(), G, D


def shown(player, real, fake, y=None, y_fake=None, *, G=None, D=None, z=None):
    """A turn in which the verdicts' features are given."""
    images = torch.zeros(len(fake), 1, 2, 2, dtype=fake.dtype)
    turn = dealt(player, G or PlainG(), D or PlainD(), images, y, y_fake=y_fake, fake=images, z=z)
    return turn.replace(on_real={"features": real}, on_fake={"features": fake})


def drawn(*shape, seed=0, scale=1.0):
    """Normal numbers in float64 that require grad."""
    draw = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(*shape, dtype=torch.float64, generator=draw)).requires_grad_()


def game(term, G, D, *, loss=None, classes=0, lr=0.1, optimizer="sgd", batch=8, **schedule):
    """A trainer in which ``term`` is all there is to descend, on images of noise; players of 8x8 pixels."""
    images = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    labels = torch.arange(40) % classes if classes else None
    for player in (G, D):
        player.image_size, player.channels, player.num_classes = 8, 1, classes
    torch.manual_seed(0)
    for part in (loss, term):
        if part is not None:
            part.prepare(G, D)
    parts = Parts(G, D, Silent() if loss is None else loss, [] if term is None else [term])
    moves = {"name": optimizer, "lr": lr}
    played = recipe({"batch": batch, **schedule}, moves, moves, conditional=bool(classes))
    return Trainer(played, parts, images, labels, seed=0)


def moved(trainer, player):
    """Give the weights that a turn of ``player`` moves, by the part and the name of the parameter."""
    before = {
        f"{part}.{name}": value.detach().clone()
        for part, module in trainer.parts.modules().items()
        for name, value in module.named_parameters()
    }
    trainer.take_turn(player)
    return {
        f"{part}.{name}"
        for part, module in trainer.parts.modules().items()
        for name, value in module.named_parameters()
        if not torch.equal(before[f"{part}.{name}"], value)
    }


def weights_of(module, part, *, without=()):
    """The names of a module's weights, as ``moved`` gives them; those of layers in ``without`` left out."""
    return {f"{part}.{name}" for name, _ in module.named_parameters() if not name.startswith(tuple(without))}
