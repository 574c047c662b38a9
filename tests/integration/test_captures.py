"""Every recipe's steps are replayed on a pretended GPU: by the rules, without a wait, with as many kernels as before.

What is expected follows from CUDA's rules and from what a replay is: one graph's launch, and the batch's indices, which
were sent to the device some steps before.
"""

import importlib

import pytest
import torch
from pretend_gpu import variables
from repository import ROOT

from ganzoo.registry.discovery import load_zoo

ZOO = load_zoo(third_party=False)
RECIPES = [entry.name for entry in ZOO.registry.all("recipe")]
# One of each kind of network, loss and penalty, for the precisions in which autocast has a say.
SOME = [
    "dcgan",
    "wgan-gp",
    "sngan-resnet",
    "stylegan2",
    "stylegan2-ada",
    "biggan",
    "r3gan",
    "began",
    "infogan",
    "bcr-gan",
]
CHUNKS = [(RECIPES[k::6], "tf32") for k in range(6)] + [(SOME[k::2], p) for p in ("bf16", "fp16") for k in range(2)]


@pytest.fixture(scope="module")
def kernels():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("kernels")


def named(chunk):
    names, precision = chunk
    return f"{precision}-{names[0]}-and-{len(names) - 1}-more"


@pytest.mark.slow
@pytest.mark.parametrize("chunk", CHUNKS, ids=named)
def test_every_kind_of_step_is_replayed_by_the_rules_waits_for_nothing_and_has_its_kernels(kernels, chunk):
    told = kernels.play(*chunk, variables())
    before = kernels.read(kernels.committed())
    wrong = {row["recipe"]: list(kernels.faults(row)) for row in told}
    for row in told:
        if before and not wrong[row["recipe"]]:
            wrong[row["recipe"]] += kernels.changes(row, before)
    assert wrong == {name: [] for name in chunk[0]}, "if kernels are meant to change: benchmarks/kernels.py --write"


def test_kernels_are_written_down_for_this_torch(kernels):
    if not kernels.committed().exists():
        pytest.skip(f"no kernels are written down for torch {torch.__version__}, and none were compared")
    written = kernels.read(kernels.committed())
    every = {(name, precision) for name in RECIPES for precision in kernels.PRECISIONS}
    assert every == {(name, precision) for name in written for precision in written[name]}


def test_a_step_that_grows_waits_or_leaves_its_graph_is_told(kernels):
    step = {"kernels": 7, "beside": 1, "graphs": 1, "copies": {"DtoD": 1}, "within": {}, "waits": {}, "allocations": {}}
    seen = {"kernels": 9, "replayed": {"plain": step}, "missing": [], "why_eager": "", "offences": []}

    def told(**changed):
        return {"recipe": "a", "precision": "tf32", "captures": {**seen, "replayed": {"plain": {**step, **changed}}}}

    written = {"a": {"tf32": {"plain": 7}}}
    assert list(kernels.faults(told())) == list(kernels.changes(told(), written)) == []
    assert list(kernels.changes(told(kernels=8), written)) == ["its kernels have changed: {'plain': '7 -> 8'}"]
    assert list(kernels.changes(told(), {})) == ["its kernels are not written down: {'plain': 7}"]
    assert list(kernels.changes(told() | {"recipe": "a:loss=hinge"}, written)) == []  # nobody writes down all variants
    for changed in (
        {"waits": {"cudaStreamSynchronize": 1}},
        {"allocations": {"cudaMalloc": 1}},
        {"copies": {"HtoD pageable": 1}},
        {"copies": {"DtoH": 1}},
        {"within": {"DtoH": 1}},
        {"graphs": 2},
    ):
        assert len(list(kernels.faults(told(**changed)))) == 1
