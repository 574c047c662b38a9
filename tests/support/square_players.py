"""Players of a third party, most of which know nothing of rectangles."""

from torch import nn

from ganzoo.interfaces import Discriminator, Generator
from ganzoo.layers import halvings


class FailsAtOnce(Generator):
    z_dim = 4

    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()
        halvings(image_size)
        self.net = nn.Linear(4, channels * image_size * image_size)
        self.shape = (channels, image_size, image_size)

    def forward(self, z, y=None):
        return self.net(z).view(-1, *self.shape).tanh()


class FailsLater(FailsAtOnce):
    def __init__(self, *, image_size, channels, num_classes):
        Generator.__init__(self)
        self.net = nn.Linear(4, channels)

    def forward(self, z, y=None):
        return self.net(z).tanh()[:, :, None, None].expand(-1, -1, self.image_size, self.image_size)


class MakesSquares(FailsLater):
    def forward(self, z, y=None):
        side = self.image_size if isinstance(self.image_size, int) else self.image_size[0]
        return self.net(z).tanh()[:, :, None, None].expand(-1, -1, side, side)


class TakesAll(FailsLater):
    def forward(self, z, y=None):
        height, width = (self.image_size,) * 2 if isinstance(self.image_size, int) else self.image_size
        return self.net(z).tanh()[:, :, None, None].expand(-1, -1, height, width)


class Broken(Generator):
    z_dim = 4

    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()
        raise RuntimeError("never built")

    def forward(self, z, y=None):
        return z


class SquareCritic(Discriminator):
    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()
        self.head = nn.Linear(channels * 64, 1)

    def forward(self, x, y=None):
        return {"logits": self.head(x.view(len(x), -1, self.image_size, self.image_size).flatten(1)).squeeze(1)}
