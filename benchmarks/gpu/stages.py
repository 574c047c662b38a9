"""The stages of a measurement in their order, each with its time limit: the most telling first."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import readings
from .readings import Found

ROOT = Path(__file__).resolve().parents[2]
TINY = ("-o", "generator.width=4", "-o", "discriminator.width=4")


@dataclass(frozen=True)
class Setting:
    """The options of the command.

    Attributes:
        mnist: the folder with MNIST's four files.
        cifar: a data set of 32x32 images: its name, or its folder or file.
        device: for the scripts.
        rehearsal: everything is cut down, so that a machine without a GPU gets through with a pretended one.
        cores: of this machine.
    """

    mnist: Path | None = None
    cifar: str | None = None
    device: str = "cuda"
    rehearsal: bool = False
    cores: int = 1


@dataclass(frozen=True)
class Stage:
    """One thing to measure, in a process of its own.

    Attributes:
        name: for ``--from``, and of its folder.
        title: in words.
        command: what Python is given; it runs in the stage's folder, and writes there.
        read: what its folder says, whole or as far as it came.
        limit: seconds it may take.
        share: of the time that is left, which it may take where that is more than ``limit``.
        least: with fewer seconds left it is not begun.
        lacks: in a sentence what it needs and is not there; else empty.
        stdout: the file that takes its standard output.
        goes_on: it finds what it left in its folder, and goes on.
    """

    name: str
    title: str
    command: Callable[[Setting], list[str]]
    read: Callable[[Path], Found]
    limit: float
    share: float = 0.0
    least: float = 12.0
    lacks: Callable[[Setting], str] = lambda setting: ""
    stdout: str | None = None
    goes_on: bool = False


def script(given: Setting, name: str, *words: str) -> list[str]:
    """Return a script of benchmarks/, whose record goes into the stage's folder."""
    return [str(ROOT / "benchmarks" / f"{name}.py"), *words, "--device", given.device, "--out", f"{name}.json"]


def ganzoo(*words: str) -> list[str]:
    """Return a command of ganzoo's."""
    return ["-P", "-m", "ganzoo", *words]


def module(name: str, *words: str) -> list[str]:
    """Return a program of this package."""
    return ["-m", f"benchmarks.gpu.{name}", *words]


# -- the commands ----------------------------------------------------------------------------------------------------


def environment(given: Setting) -> list[str]:
    return module("environment", "--out", "environment.json", *(["--small"] if given.rehearsal else []))


def first_look(given: Setting) -> list[str]:
    words = ["--out", "rows.jsonl"]
    if given.rehearsal:
        words += ["--recipes", "dcgan", "wgan-gp", "--precisions", "tf32", "--seconds", "0.01", "--size", "8"]
        words += ["-o", "schedule.batch=4", *TINY]
    return module("first_look", *words)


def bench(given: Setting) -> list[str]:
    words = ["bench", "dcgan", "wgan-gp", "--seeds", "3", "--together", "3", "--device", given.device, "--out", "bench"]
    if given.rehearsal:
        words += ["--seeds", "2", "--together", "2", "--budget", "20steps", "--evaluations", "1", *TINY]
        words += ["--extractor", "none", "--examine", "none"]
    return ganzoo(*words)


def files_of_gpu_tests(root: Path = ROOT) -> list[Path]:
    """Return the test files that have one: the others need packages that a machine with a GPU may lack."""
    mark = "pytest.mark" + ".gpu"
    return [path for path in sorted((root / "tests").rglob("test_*.py")) if mark in path.read_text(encoding="utf-8")]


def gpu_tests(given: Setting) -> list[str]:
    words = ["-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-m", "gpu", "-v", "-ra"]
    words += ["--tb", "short", "-p", "no:cacheprovider", "--color", "no"]
    words += ["--continue-on-collection-errors"]
    if given.rehearsal:
        words += ["-k", "test_the_same_images_in_the_same_order_as_on_a_cpu"]
        return [*words, str(ROOT / "tests" / "gpu" / "test_gpu.py")]
    if importlib.util.find_spec("xdist") is not None:
        words += ["-n", str(max(1, min(8, given.cores - 1)))]
    return [*words, *map(str, files_of_gpu_tests())]


def without_pytest(given: Setting) -> str:
    absent = [name for name in ("pytest", "pytest_timeout") if importlib.util.find_spec(name) is None]
    return f"the Python package {absent[0].replace('_', '-')} is not installed" if absent else ""


_SMALL = ["--size", "8", "--rounds", "1", "--steps", "2", *TINY]


def peers_dcgan(given: Setting) -> list[str]:
    if given.rehearsal:
        return script(given, "peers", "dcgan", "--warmup", "2", "--batch", "4", *_SMALL)
    return script(given, "peers", "dcgan", "--precisions", "tf32", "bf16", "--warmup", "20")


def peers_others(given: Setting) -> list[str]:
    if given.rehearsal:
        return script(given, "peers", "wgan-gp", "--warmup", "2", "--batch", "4", *_SMALL)
    words = ["sngan-resnet", "wgan-gp", "--precisions", "tf32", "bf16"]
    return script(given, "peers", *words, "--rounds", "3", "--steps", "10", "--warmup", "20")


def seeds_together(given: Setting) -> list[str]:
    if given.rehearsal:
        return script(given, "seeds_together", "dcgan", "--seeds", "1", "2", "-o", "schedule.batch=4", *_SMALL)
    return script(
        given, "seeds_together", "dcgan", "wgan-gp", "--size", "32", "--rounds", "3", "--seeds", "1", "2", "5", "10"
    )


def limit(given: Setting) -> list[str]:
    if given.rehearsal:
        words = ["dcgan", "--batches", "4", "--precisions", "tf32", "--warmup", "2", "--matrix", "64", "--copy", "1"]
        return script(given, "limit", *words, *_SMALL)
    return script(given, "limit", "--batches", "64", "256", "--rounds", "3", "--steps", "20", "--warmup", "20")


def profile(given: Setting) -> list[str]:
    words = ["profile", "dcgan", "wgan-gp", "sngan-resnet", "--json", "--device", given.device]
    if given.rehearsal:
        return ganzoo(*words[:2], *words[4:], "--steps", "2", "-o", "schedule.batch=4", *TINY)
    return ganzoo(*words, "--steps", "50")


def evaluation(given: Setting) -> list[str]:
    words = ["--threads", str(given.cores), "--rounds", "1", "--peers", "torch-fidelity"]
    if given.rehearsal:
        return script(given, "evaluation", *words, "--samples", "--frechet")
    return script(given, "evaluation", *words, "--samples", "10000", "--real", "10000", "--frechet", "10000")


def without_mnist(given: Setting) -> str:
    return "" if given.mnist else "the files of MNIST were not given: --mnist DIR"


def without_cifar(given: Setting) -> str:
    return "" if given.cifar else "images of 32x32 were not given: --cifar cifar10, or a folder or an archive"


def modes(data: str, *recipes: str) -> Callable[[Setting], list[str]]:
    """Return a table of mode coverage by the paper's protocol."""

    def command(given: Setting) -> list[str]:
        protocol = "glance" if given.rehearsal else "paper"
        named = [str(ROOT / "benchmarks" / "mixtures" / f"{name}.yaml") for name in recipes]
        words = [data, *(named[:1] if given.rehearsal else named), "--protocol", protocol, "--bench", "benches"]
        return script(given, "modes", *words, *(["--data-dir", str(given.mnist)] if data == "stacked-mnist" else []))

    return command


def time_to_quality(given: Setting) -> list[str]:
    words = ["dcgan", "--data", "mnist", "--data-dir", str(given.mnist), "--bench", "bench"]
    return script(given, "time_to_quality", *words)


def zoo(given: Setting) -> list[str]:
    words = ["bench", "--all", "--seeds", "1", "--data", str(given.cifar), "--device", given.device, "--out", "bench"]
    words += ["--budget", "100kimg", "--evaluations", "1", "--extractor", "none", "--examine", "none"]
    return ganzoo(*words)


STAGES = (
    Stage("environment", "what this machine is", environment, readings.environment, limit=40),
    Stage("first-look", "recipes in precisions: replayed against eager", first_look, readings.first_look, limit=100),
    Stage("bench", "dcgan and wgan-gp on digits, 3 seeds together", bench, readings.bench, limit=75, goes_on=True),
    Stage("tests", "tests that need a GPU", gpu_tests, readings.tests, limit=75, lacks=without_pytest),
    Stage("peers-dcgan", "a step beside others' loops: dcgan", peers_dcgan, readings.peers, limit=40),
    Stage("peers-others", "the same: sngan-resnet, wgan-gp", peers_others, readings.peers, limit=50),
    Stage("seeds-together", "1, 2, 5 and 10 seeds on one GPU", seeds_together, readings.seeds_together, limit=35),
    Stage("limit", "share of the device's limit, batch 64 and 256", limit, readings.limit, limit=50),
    Stage("profile", "where a step's time goes", profile, readings.profile, limit=45, stdout="profile.json"),
    Stage("evaluation", "judging 10,000 samples", evaluation, readings.evaluation, limit=70, least=20),
    Stage(
        "stacked-mnist",
        "modes of stacked MNIST, the paper's protocol",
        modes("stacked-mnist"),
        readings.benches,
        limit=60,
        share=0.4,
        least=40,
        lacks=without_mnist,
        goes_on=True,
    ),
    Stage(
        "grid",
        "modes of the grid, PacGAN's protocol, ten seeds together",
        modes("grid", "ns-gan", "pacgan2", "pacgan3", "pacgan4"),
        readings.benches,
        limit=60,
        share=0.4,
        least=30,
        goes_on=True,
    ),
    Stage(
        "time-to-quality",
        "seconds to Fréchet distances on MNIST",
        time_to_quality,
        readings.benches,
        limit=60,
        share=0.4,
        least=30,
        lacks=without_mnist,
        goes_on=True,
    ),
    Stage(
        "zoo",
        "every recipe at 32x32, one seed of 100 kimg each",
        zoo,
        readings.benches,
        limit=60,
        share=1.0,
        least=20,
        lacks=without_cifar,
        goes_on=True,
    ),
)
