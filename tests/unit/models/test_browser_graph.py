"""The graph that a browser runs: its operations by torch and by JavaScript, against the generator itself."""

import json
import shutil
import subprocess
from functools import cache
from itertools import product

import pytest
import torch
from torch import nn
from untrained import LinearImages, model_around, model_of

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator
from ganzoo.models.browser.graph import Graph
from ganzoo.models.browser.moves import reshaped
from ganzoo.models.browser.page_text import NETWORK, asset
from ganzoo.models.browser.tracing import drawn_by, graph_of
from ganzoo.models.generation.program import drawn, inputs_of

FAMILIES = ["gan", "infogan", "cgan-pd", "sagan", "r3gan", "stylegan2"]
NODE = shutil.which("node")
RUN = """
const given = JSON.parse(require("fs").readFileSync(0, "utf8")), net = networkOf(given.graph);
const made = given.z.map((z, i) => Array.from(net.run(Float32Array.from(z), given.y === null ? null : given.y[i])));
console.log(JSON.stringify(made));
"""


class Mixed(Generator):
    """Operations that few generators have: norms of several kinds, bilinear enlarging, padding, pooling."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.z_dim = 12
        self.parts = nn.Sequential(
            nn.LayerNorm(12),
            nn.Unflatten(1, (4, 1, 3)),
            nn.Upsample(size=(4, 5), mode="bilinear"),
            nn.GroupNorm(2, 4),
            nn.ReflectionPad2d((1, 0, 2, 1)),
            nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(0, 1), dilation=(1, 2), groups=2),
            nn.InstanceNorm2d(6),
            nn.ConvTranspose2d(6, 4, (3, 4), stride=(2, 2), padding=(1, 0), output_padding=(1, 0), groups=2),
            nn.Softmax(dim=3),
            nn.ZeroPad2d((-1, 1, 0, 2)),
            nn.AvgPool2d(2),
            nn.PixelShuffle(2),
            nn.ELU(),
        )

    def forward(self, z, y=None):
        x = self.parts(z)
        return (
            torch.where(x > x.mean(dim=(1, 2, 3), keepdim=True), x, -x.flip(3)).clamp(-0.8, 0.8)
            / (1 + x.var(dim=(2, 3), keepdim=True)).sqrt()
        )


def model(name):
    return model_around(Mixed(), size=6) if name == "mixed" else model_of(name)


@cache
def traced(name):
    """Its graph, and the generator that takes what the graph takes: the longest step, taken once."""
    return graph_of(model(name).trained)


@pytest.mark.parametrize("name", [*FAMILIES, "mixed"])
def test_the_graph_draws_what_the_generator_draws(name):
    graph, taking = traced(name)
    args = inputs_of(taking, 4)
    wanted = drawn(taking, args)
    assert wanted.std() > 1e-6
    torch.testing.assert_close(drawn_by(graph, args), wanted, atol=1e-5, rtol=1e-4)
    if NODE is not None:
        torch.testing.assert_close(by_node(graph, args).view_as(wanted), wanted, atol=1e-4, rtol=1e-3)


def by_node(graph, args):
    given = {"graph": graph.as_json(), "z": args[0].tolist(), "y": args[1].tolist() if len(args) > 1 else None}
    script = "\n".join(map(asset, NETWORK)) + RUN
    done = subprocess.run([NODE, "-e", script], input=json.dumps(given), capture_output=True, text=True, check=True)
    return torch.tensor(json.loads(done.stdout))


def convolutions():
    """A graph of convolutions of many forms on one image of 4 channels of 7x6 pixels."""
    rng = torch.Generator().manual_seed(0)
    graph = Graph()
    image = reshaped(graph, graph.taken(torch.randn(1, 168, generator=rng)), [1, 4, 7, 6])
    forms = product(("conv", "transposed_conv"), (1, 3), ((1, 1), (3, 2)), (0, 1), ((1, 1), (1, 2)), (1, 2))
    parts = []
    for op, size, stride, padding, dilation, groups in forms:
        fields = {"stride": stride, "padding": (padding, 0), "dilation": dilation, "groups": groups}
        shape = (6, 4 // groups, size, 2) if op == "conv" else (4, 6 // groups, size, 2)
        extra = {} if op == "conv" else {"extra": (min(1, stride[0] - 1), 0)}
        weight = graph.constant(torch.randn(shape, generator=rng))
        made = graph.emit(op, [image, weight], **fields, **extra)
        parts.append(reshaped(graph, made, [made.value.numel()]))
    graph.output = graph.emit("cat", parts, dim=0).index
    return graph, len(parts)


NEEDS_NODE = pytest.mark.skipif(
    NODE is None, reason="there is no node on this machine; the browser's test runs the same script"
)


@NEEDS_NODE
def test_the_script_convolves_as_torch_does():
    graph, forms = convolutions()
    assert forms > 40
    z = torch.randn(2, 168, generator=torch.Generator().manual_seed(1))
    wanted = torch.stack([graph.run(one[None]) for one in z])
    torch.testing.assert_close(by_node(graph, (z,)), wanted, atol=1e-5, rtol=1e-5)


@NEEDS_NODE
def test_the_script_is_run_by_node():
    graph, taking = graph_of(model_around(LinearImages()).trained)
    z = torch.eye(4)
    assert by_node(graph, (z,)).shape == (4, 64)
    torch.testing.assert_close(by_node(graph, (z,)).view(4, 1, 8, 8), drawn(taking, (z,)), atol=1e-6, rtol=0)


def test_truncation_is_an_input_where_there_are_styles():
    styled = model_of("stylegan2")
    graph, _ = traced("stylegan2")
    z = styled.sample(1).z
    for share in (0.0, 0.5, 1.0):
        made = graph.run(torch.cat([z, torch.tensor([[share]])], dim=1))
        wanted = styled.sample(1, truncation=share).data
        assert (made.mul(127.5).add(128).clamp(0, 255).to(torch.uint8).int() - wanted.int()).abs().max() <= 1


class Summing(LinearImages):
    """Has an operation that no graph has."""

    def forward(self, z, y=None):
        return super().forward(z.cumsum(1), y)


class Drawing(LinearImages):
    """Draws random numbers as it generates."""

    def forward(self, z, y=None):
        return super().forward(z + torch.randn_like(z), y)


@pytest.mark.parametrize(("made", "said"), [(Summing(), "aten.cumsum.default"), (Drawing(), "draws random numbers")])
def test_an_operation_without_a_counterpart_is_named_before_a_file_is_written(made, said, tmp_path):
    with pytest.raises(GanzooError, match=said) as caught:
        model_around(made).export(tmp_path / "x.html", "html")
    assert "ganzoo explore" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
