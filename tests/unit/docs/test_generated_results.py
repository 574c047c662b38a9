"""The pages of results are made from committed files, and are what ``ganzoo leaderboard`` prints."""

import json
import re

import fabricated_bench
import pytest
from click.testing import CliRunner

from docs.generate.results import SHEET, results_pages
from ganzoo.cli import cli

INDEX = "docs/results/index.md"
ALWAYS = tuple(f"docs/results/{name}.md" for name in ("speed", "certificates", "reliability", "speedrun"))


def bench(root, name="digits", **more):
    folder = root / "benchmarks" / "results" / "cpu" / name
    return fabricated_bench.write_bench(folder, fabricated_bench.results(fabricated_bench.two_recipes(), **more))


def test_without_results_the_pages_say_so(tmp_path):
    pages = results_pages(tmp_path)
    assert pages[INDEX].count("No results are committed yet.") == 2
    assert pages["docs/results/speed.md"].count("not measured yet") == 9
    assert "No certificates are committed yet." in pages["docs/results/certificates.md"]
    assert "No counts are committed yet." in pages["docs/results/reliability.md"]
    assert set(pages) == {INDEX, *ALWAYS}


def test_a_certificate_has_a_row_and_its_terms(tmp_path):
    """By hand: differences 2e-15 of 4 and 1e-15 of 1, so that the largest are 2e-15 and, relative, 1e-15."""
    numbers = {"shape": [2], "norm": 4.0, "at": [0], "values": [4.0]}
    quantities = [
        {"name": "a", "largest": 4.0, "absolute": 2e-15, **numbers},
        {"name": "b", "largest": 1.0, "absolute": 1e-15, **numbers},
    ]
    texts = {"title": "A part", "licence": "MIT", "ran": "as it is", "compared": "the loss", "departs": ""}
    source = {"part": "a_part", "repository": "a/b", "commit": "ab12345" + "0" * 33, "files": ["loss.py"]}
    terms = {"tolerance": 1e-9, "versions": {"torch": "2.14"}, "counts": {"parameters of G": 1234}}
    file = tmp_path / "benchmarks" / "results" / "certificates" / "a_part.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({**source, **texts, **terms, "quantities": quantities}))
    text = results_pages(tmp_path)["docs/results/certificates.md"]
    assert f"[`ab12345`](https://github.com/a/b/tree/ab12345{'0' * 33}) | 3 | 2.0e-15 | 1.0e-15 |" in text
    assert "\n- Parameters: Parameters of G: 1,234.\n" in text and "- Departs" not in text


def test_a_count_has_a_row_and_its_kinds(tmp_path):
    """By hand: 3 of 4 attempts held, 2 of 2 of one kind and 1 of 2 of the other."""
    folder = tmp_path / "benchmarks" / "results" / "reliability"
    folder.mkdir(parents=True)
    record = {
        "count": "kills", "claim": "a kill loses nothing", "share": 0.5, "tried": 4, "held": 3,
        "kinds": {"in a step": [2, 2], "in a write": [2, 1]}, "fell": ["in a write: no checkpoint is left"],
        "measured": {"growth of memory in MB": 1.25}, "seconds": 61.0, "date": "2026-11-28",
        "environment": {"device": "a CPU", "torch": "2.14.1", "commit": None},
    }  # fmt: skip
    (folder / "kills.json").write_text(json.dumps(record))
    text = results_pages(tmp_path)["docs/results/reliability.md"]
    assert "kills.json) | A kill loses nothing. | 3 | 4 | 50% |" in text
    assert "| in a write | 1 | 2 |" in text and "- growth of memory in MB: 1.25\n" in text
    assert (
        "- Did not hold: in a write: no checkpoint is left.\n" in text and "in 61 s: device a CPU, torch 2.14.1" in text
    )


def test_a_bench_has_a_page_with_its_terms(tmp_path):
    bench(tmp_path)
    pages = results_pages(tmp_path)
    text = pages["docs/results/digits-100.md"]
    assert "\n# digits, 100 kimg, judged by digits at n = 10k\n" in text
    assert "| dcgan | 3/3 † | 1 | **10.07 ± 0.76** |" in text
    for fact in ("seeds: 0, 1, 2", "n = 10,000 generated", "made: 2026-11-21 from commit 0123abc"):
        assert fact in text
    assert "](../../benchmarks/results/cpu/digits/results.json)" in text
    assert "[digits, 100 kimg, judged by digits at n = 10k](digits-100.md) | 2 |" in pages[INDEX]


def test_bundled_recipes_are_links(tmp_path):
    bench(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "dcgan.yaml").write_text("")
    text = results_pages(tmp_path)["docs/results/digits-100.md"]
    assert "| [dcgan](../zoo/recipes/dcgan.md) | 3/3 † |" in text
    assert "| wgan-gp | 3/3 † |" in text


def test_the_tables_are_the_leaderboards(tmp_path, monkeypatch):
    bench(tmp_path)
    bench(tmp_path, "steps", budget={"steps": 5000}, finished="2026-11-22T10:00:00+00:00")
    monkeypatch.chdir(tmp_path)
    printed = CliRunner().invoke(cli, ["leaderboard", "--format", "md"])
    assert printed.exit_code == 0
    pages = results_pages(tmp_path)
    sections = re.split(r"^### .*$", printed.stdout, flags=re.MULTILINE)[1:]
    for name, section in zip(("digits-5000steps", "digits-100"), sections, strict=True):
        for line in filter(None, section.splitlines()):
            assert line in pages[f"docs/results/{name}.md"].splitlines()


def test_benches_on_other_terms_have_pages_of_their_own(tmp_path):
    bench(tmp_path)
    bench(tmp_path, "more", samples=5000, finished="2026-11-22T10:00:00+00:00", started="2026-11-22T09:00:00+00:00")
    bench(tmp_path, "equal", track="controlled", backbone="dcgan")
    pages = results_pages(tmp_path)
    assert set(pages) - {INDEX, *ALWAYS} == {
        "docs/results/digits-100.md",
        "docs/results/digits-100-2.md",
        "docs/results/digits-100-on-dcgan.md",
    }
    assert "n = 5,000 generated" in pages["docs/results/digits-100-2.md"]  # the later one: the first keeps its name
    assert "n = 10,000 generated" in pages["docs/results/digits-100.md"]


def test_a_contact_sheet_is_shown(tmp_path):
    folder = bench(tmp_path)
    (folder / SHEET).write_bytes((folder / "real.png").read_bytes())
    text = results_pages(tmp_path)["docs/results/digits-100.md"]
    assert f"](../../benchmarks/results/cpu/digits/{SHEET})" in text


def test_a_gpu_that_was_measured_has_a_column_and_its_first_look(tmp_path):
    folder = tmp_path / "benchmarks" / "results" / "some-gpu"
    folder.mkdir(parents=True)
    row = {"recipe": "dcgan", "precision": "bf16", "agrees": True, "ms eager": 5.4321, "ms replayed": None, "x": 10.0}
    stages = {
        "environment": {"data": {"facts": {"device": "Some GPU", "torch": "2.11.0"}}},
        "first-look": {"tables": {"Replayed": [row], "Losses": [{"recipe": "dcgan"}]}},
    }
    (folder / "gpu.json").write_text(json.dumps({"schema": 1, "stages": stages}))
    for name in ("gpu.md", "limit.md", "peers-others.md"):
        (folder / name).write_text("a page\n")
    text = results_pages(tmp_path)["docs/results/speed.md"]
    assert "| measured | on a CPU | `some-gpu` |" in text
    others = "[sngan-resnet, wgan-gp](../../benchmarks/results/some-gpu/peers-others.md)"
    assert f"| a step beside plain loops and other libraries | not measured yet | {others} |" in text
    assert "torch 2.11.0, images of 32x32: [all that was measured](../../benchmarks/results/some-gpu/gpu.md)." in text
    assert "| dcgan | bf16 | 5.43 | — | 10 | — | yes |" in text


@pytest.fixture
def modes(tmp_path):
    row = {"recipe": "ns-gan", "kimg": 800.0, "values": {}, "modes": "7.7±0.3 (800 kimg)", "all 8": "2 of 3 seeds"}
    record = {
        "environment": {"device": "some CPU", "torch": "2.0", "commit": "0123456789abcdef"},
        "protocol": {"seeds": 3},
        "tables": {
            "Modes of ring": [row | {"not done": None, "published modes": "6.3±0.5 (40,000 kimg, X)"}],
            "Others": [],
        },
    }
    folder = tmp_path / "benchmarks" / "results" / "cpu"
    folder.mkdir(parents=True)
    (folder / "modes-ring-short.json").write_text(json.dumps(record))
    return results_pages(tmp_path)


def test_mode_coverage_is_told_with_every_budget(modes):
    text = modes["docs/results/modes-ring-short.md"]
    assert "| recipe | modes | all 8 | published modes |\n" in text
    assert "| `ns-gan` | 7.7±0.3 (800 kimg) | 2 of 3 seeds | 6.3±0.5 (40,000 kimg, X) |\n" in text
    assert "3 seeds on some CPU, torch 2.0, from commit 0123456789ab: " in text
    assert "](../../benchmarks/results/cpu/modes-ring-short.md)." in text
    assert "- [Modes of ring](modes-ring-short.md)" in modes[INDEX]


def test_what_an_extractor_is_worth_has_a_page(tmp_path):
    folder = tmp_path / "benchmarks" / "results" / "cpu"
    folder.mkdir(parents=True)
    record = {
        "command": "python benchmarks/worth.py --out", "protocol": {"images in a set": 7},
        "environment": {"device": "a CPU", "torch": "2.14", "commit": "ab12345" + "0" * 33},
        "tables": {
            "Damage": [{"data": "cifar10-jpeg", "damage": "blur", "level": "2", "FD[tiny]": 12.3456}],
            "Order": [{"data": "cifar10-jpeg", "damage": "blur", "tiny": "rises"}],
            "Floor by the number of images": [{"data": "cifar10-jpeg", "images": 7, "distance": 3.0}],
            "Extractors": [{"extractor": "tiny", "agreement": 1.0}, {"extractor": "pixels", "agreement": 0.25}],
        },
    }  # fmt: skip
    (folder / "worth.json").write_text(json.dumps(record))
    (folder / "worth-0.png").write_bytes(b"")
    pages = results_pages(tmp_path)
    text = pages["docs/results/tiny.md"]
    assert "| cifar10-jpeg | blur | 2 | 12.35 |" in text and "| pixels | 0.25 |" in text
    assert "![FD by damage, cifar10-jpeg](../../benchmarks/results/cpu/worth-0.png)" in text
    assert "from commit ab1234500000, by `python benchmarks/worth.py --out`" in text
    assert "not CIFAR-10" in text and "takes Inception beside it" in text and "worth-0-number" not in text
    assert "Ranks beside" not in text
    assert "- [Worth of `tiny` as a judge](tiny.md)" in pages[INDEX]

    pair = {"group": "crops", "set": "blur 1", "other set": "noise 4", "apart": 1.25, "tiny": 2.0, "tiny, other": 3.0}
    agreement = {"group": "crops", "sets": 20, "Spearman": 0.9, "Kendall": 0.75, "pairs": 190, "disagree": 12}
    record = {
        "command": "python benchmarks/rank_agreement.py --out",
        "tables": {"Agreement": [agreement], "Disagreements": [pair]},
    }
    (folder / "rank-agreement.json").write_text(json.dumps(record))
    text = results_pages(tmp_path)["docs/results/tiny.md"]
    assert "## Ranks beside Inception's" in text and "takes Inception beside it" not in text
    assert "| crops | 20 | 0.9 | 0.75 | 190 | 12 |" in text and "| crops | blur 1 | noise 4 | 1.25 | 2 | 3 |" in text
    assert "by `python benchmarks/rank_agreement.py --out`" in text
