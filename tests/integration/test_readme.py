"""The README says what is so: its tables, commands, signatures and code are compared with the code."""

import ast
import importlib.util
import inspect
import json
import re
import shlex
import sys
import tomllib
import types
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

import fabricated_bench
import pytest
import torch
from click.testing import CliRunner
from ganzoo_plugins.fidelity.inception import InceptionExtractor
from guides import FENCE, README, blocks, files_below
from installed_plugins import Site
from pretend_gpu import for_checks
from pydantic_core import PydanticUndefined
from repository import ROOT

import ganzoo
from ganzoo.bench.suites.suite import load_suite
from ganzoo.cli import COMMANDS, cli
from ganzoo.recipes import safeyaml
from ganzoo.recipes.build import INTERFACES, build_parts, check_recipe
from ganzoo.recipes.recipe import Optimizer, Part, Recipe, Schedule, resolve
from ganzoo.registry import hookspecs
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

GUIDES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", ROOT / "tests" / "example_plugin" / "README.md"]


@pytest.fixture(scope="module")
def tables():
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("readme_tables", ROOT / "benchmarks" / "readme_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table_under(heading):
    """The cells of the first table below a heading, without its head."""
    rows = []
    for line in README.split(f"\n{heading}\n", 1)[1].splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif rows:
            break
    return rows[2:]


# -- what the script writes ----------------------------------------------------------------------------------


def test_the_readme_is_up_to_date(tables):
    assert tables.rendered(README, ROOT) == README, "run python benchmarks/readme_tables.py"


def test_every_bundled_recipe_has_a_row(tables):
    rows = [line for line in tables.recipes_table().splitlines() if line.startswith("| `")]
    names = [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]
    assert sorted(re.match(r"\| `([^`]+)`", row)[1] for row in rows) == sorted(names)
    assert all(row.count(" | ") == 3 for row in rows)
    assert "[arXiv:1704.00028](https://arxiv.org/abs/1704.00028)" in "\n".join(rows)


@pytest.fixture
def root(tmp_path):
    """A repository with the README and nothing committed."""
    (tmp_path / "README.md").write_text(README)
    return tmp_path


def a_bench(folder, **more):
    content = fabricated_bench.results(fabricated_bench.two_recipes(), **more)
    return fabricated_bench.write_bench(folder, content)


def test_without_results_it_says_so(tables, root):
    assert tables.main([], root) == 0
    assert (root / "README.md").read_text().count("No results are committed yet.") == 3


def test_a_bench_is_taken_and_told(tables, root):
    tables.main([], root)
    bench = a_bench(root / "runs" / "b")
    assert tables.main(["--take", str(bench), "cpu/digits"], root) == 0
    text = (root / "README.md").read_text()
    assert "$ ganzoo bench dcgan wgan-gp\n" in text
    assert text.count("10.07") == 2  # on the terminal's table and in the Markdown one
    assert "### digits, 100 kimg, judged by digits at n = 10k" in text
    assert "| dcgan | 3/3 † | 1 | **10.07 ± 0.76** |" in text
    assert "made: 2026-11-21 from commit 0123abc\n" in text
    assert "seeds: 0, 1, 2" in text
    assert "n = 10,000 generated" in text
    assert text.count("No results") == 1  # of mode coverage
    pictures = re.findall(r'src="([^"]+)"', text)
    assert len(pictures) == 3
    assert all((root / picture).is_file() for picture in pictures)
    assert len(list((root / "benchmarks").rglob("*.png"))) == 3  # and not those of every seed and moment
    assert tables.main(["--check"], root) == 0
    path = root / "benchmarks" / "results" / "cpu" / "digits" / "results.json"
    path.write_text(path.read_text().replace('"seeds": [0, 1, 2]', '"seeds": [0, 1, 2, 3]'))
    assert tables.main(["--check"], root) == 1
    assert (root / "README.md").read_text() == text


def test_the_results_are_the_leaderboard(tables, root, monkeypatch):
    for name, more in (("digits", {}), ("steps", {"budget": {"steps": 5000}, "finished": "2026-11-22T10:00:00+00:00"})):
        a_bench(root / "benchmarks" / "results" / "cpu" / name, **more)
    tables.main([], root)
    monkeypatch.chdir(root)
    done = CliRunner().invoke(cli, ["leaderboard", "--format", "md"])
    assert done.exit_code == 0
    assert done.stdout.count("### digits, ") == 2
    assert "- budget: 5,000 turns of D a run" in done.stdout.partition("### digits, 100 kimg")[0]
    assert f"<!-- begin results -->\n{done.stdout}<!-- end results -->" in (root / "README.md").read_text()


def test_a_long_leaderboard_is_folded_and_shows_its_contact_sheet(tables, root):
    runs = [fabricated_bench.run(f"r{i}", 0, {"fid": 10.0 + i, "is": 5.0}) for i in range(11)]
    folder = root / "benchmarks" / "results" / "cpu" / "zoo"
    fabricated_bench.write_bench(folder, fabricated_bench.results(runs, seeds=(0,)))
    (folder / tables.SHEET).write_bytes((folder / "real.png").read_bytes())
    text = tables.results_tables(root)
    assert f"(benchmarks/results/cpu/zoo/{tables.SHEET})" in text
    folded = text.partition("<details>")[2].partition("</details>")[0]
    assert "| r10 | 1/1 † |" in folded
    assert "- seeds: 0" in text.partition("</details>")[2]


def test_the_tests_last_line_is_told(tables, root):
    (root / "benchmarks" / "results" / "cpu").mkdir(parents=True)
    (root / "benchmarks" / "results" / "cpu" / "tests.txt").write_text("== 7 passed in 3.00s ==\n")
    tables.main([], root)
    assert "```text\n$ pytest -n auto\n...\n== 7 passed in 3.00s ==\n```" in (root / "README.md").read_text()


def test_a_gpu_that_was_measured_has_a_column_and_its_first_look(tables, root):
    assert tables.main([], root) == 0
    assert "| measured | on a CPU | on a GPU |" in (root / "README.md").read_text()
    folder = root / "benchmarks" / "results" / "some-gpu"
    folder.mkdir(parents=True)
    row = {"recipe": "dcgan", "precision": "bf16", "agrees": True, "ms eager": 5.4321, "ms replayed": None, "x": 10.0}
    stages = {
        "environment": {"data": {"facts": {"device": "Some GPU", "torch": "2.11.0"}}},
        "first-look": {"tables": {"Replayed": [row], "Losses": [{"recipe": "dcgan"}]}},
    }
    (folder / "gpu.json").write_text(json.dumps({"schema": 1, "stages": stages}))
    for name in ("gpu.md", "limit.md", "peers-others.md"):
        (folder / name).write_text("a page\n")
    assert tables.main([], root) == 0
    text = (root / "README.md").read_text()
    assert "| measured | on a CPU | `some-gpu` |" in text
    others = "[sngan-resnet, wgan-gp](benchmarks/results/some-gpu/peers-others.md)"
    assert f"| a step beside plain loops and other libraries | not measured yet | {others} |" in text
    assert "Some GPU, torch 2.11.0, 32x32: [all that was seen](benchmarks/results/some-gpu/gpu.md)." in text
    assert "| dcgan | bf16 | 5.43 | — | 10 | — | yes |" in text


def test_mode_coverage_is_told_with_every_budget(tables, root):
    row = {"recipe": "ns-gan", "kimg": 800.0, "values": {}, "modes": "7.7±0.3 (800 kimg)", "all 8": "2 of 3 seeds"}
    record = {
        "environment": {"device": "some CPU", "torch": "2.0", "commit": "0123456789abcdef"},
        "protocol": {"seeds": 3},
        "tables": {
            "Modes of ring": [row | {"not done": None, "published modes": "6.3±0.5 (40,000 kimg, X)"}],
            "Others": [],
        },
    }
    folder = root / "benchmarks" / "results" / "cpu"
    folder.mkdir(parents=True)
    (folder / "modes-ring-short.json").write_text(json.dumps(record))
    assert tables.main([], root) == 0
    text = (root / "README.md").read_text()
    assert "| recipe | modes | all 8 | published modes |\n" in text
    assert "| `ns-gan` | 7.7±0.3 (800 kimg) | 2 of 3 seeds | 6.3±0.5 (40,000 kimg, X) |\n" in text
    assert "[the protocol](benchmarks/results/cpu/modes-ring-short.md)" in text


@pytest.mark.parametrize(
    "more",
    [
        {"command": "ganzoo bench dcgan --data-dir /home/somebody/mnist"},
        {"command": "ganzoo bench dcgan --out=/data/b"},
        {"command": "ganzoo bench dcgan --data '~/photos'"},
        {"dataset": {"source": "mnist, from files in /data/mnist"}},
    ],
)
def test_a_bench_that_names_a_folder_of_a_machine_is_refused(tables, root, more):
    bench = a_bench(root / "b")
    content = json.loads((bench / "results.json").read_text())
    content["dataset"] |= more.pop("dataset", {})
    (bench / "results.json").write_text(json.dumps(content | more))
    with pytest.raises(SystemExit, match="relative paths"):
        tables.main(["--take", str(bench), "cpu/digits"], root)
    assert not (root / "benchmarks").exists()


def test_a_readme_without_a_block_is_refused(tables, root):
    (root / "README.md").write_text(README.replace("<!-- begin results -->", ""))
    with pytest.raises(SystemExit, match="results"):
        tables.main([], root)


# -- commands ------------------------------------------------------------------------------------------------


def commands(text):
    """Each command line that starts with ``ganzoo``, in words, of the shell's blocks of a text."""
    found = []
    shown = [
        line.removeprefix("$ ") for block in blocks("text", text) for line in block.splitlines() if line[:2] == "$ "
    ]
    for line in [*(line for block in blocks("sh", text) + blocks("", text) for line in block.splitlines()), *shown]:
        words = shlex.split(line, comments=True)
        starts = [0, *(i + 1 for i, word in enumerate(words) if word == "&&")]
        for start in starts:
            rest = words[start:]
            rest = rest[: next((i for i, word in enumerate(rest) if word in ("&&", ">", "|")), len(rest))]
            while rest and re.match(r"[A-Z_]+=", rest[0]):
                rest = rest[1:]
            if rest[:1] == ["ganzoo"]:
                found.append(rest[1:])
    return found


def parsed(words):
    """The context of a subcommand, with its arguments and options taken in, and nothing run."""
    context = cli.make_context("ganzoo", list(words))
    name = next(word for word in words if not word.startswith("-"))
    command = cli.get_command(context, name)
    assert command is not None, f"there is no command {name!r}"
    return command.make_context(name, list(words[words.index(name) + 1 :]), parent=context)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.parent.name)
def test_every_command_is_taken(guide):
    found = commands(guide.read_text())
    assert found
    for words in found:
        parsed(words)


def test_a_command_that_is_not_there_is_noticed():
    with pytest.raises(Exception, match="--no-such-option"):
        parsed(["bench", "dcgan", "--no-such-option"])
    assert commands("```sh\nA=1 ganzoo list && ganzoo show x > y  # z\n```\n") == [["list"], ["show", "x"]]


def test_every_variant_that_is_shown_is_one():
    registry = load_zoo(third_party=False).registry
    tried = 0
    for words in commands(README):
        context = parsed(words)
        for spec in context.params.get("recipes") or ():
            if not spec.endswith(".yaml") and "my-rsgan" not in spec:
                check_recipe(resolve(registry, spec, context.params.get("overrides") or ()), registry)
                tried += ":" in spec
    assert tried >= 4


def test_every_subcommand_is_shown():
    assert {next(w for w in words if not w.startswith("-")) for words in commands(README)} == set(COMMANDS)


def test_every_option_in_the_text_is_one():
    context = cli.make_context("ganzoo", ["list"])
    known = {"-o"}
    for command in [cli, *(cli.get_command(context, name) for name in COMMANDS)]:
        for parameter in command.params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    named = set(re.findall(r"`(--[a-z-]+)", README))
    assert {"--data-dir", "--fresh", "--no-flips"} <= named
    assert named - known == set()


def test_every_name_of_a_command_in_the_text_is_one():
    named = set(re.findall(r"`ganzoo ([a-z]+)", README))
    assert named
    assert named - set(COMMANDS) == set()


# -- tables --------------------------------------------------------------------------------------------------


def plain(annotation):
    """A field's type without ``None`` and without the constraints."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not type(None))
    return plain(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def type_in_words(annotation):
    kind = plain(annotation)
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    origin = get_origin(kind) or kind
    words = {bool: "true or false", int: "whole number", float: "number", str: "text", Part: "part"}
    return {**words, tuple: "list of parts", dict: "parameters"}[origin]


def default_in_words(field):
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None or value == "":
        return "none" if value is None else "empty"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`".replace('"', "")


def expected_keys():
    found = {}
    for name, field in Recipe.model_fields.items():
        kind = plain(field.annotation)
        if kind in (Optimizer, Schedule):
            for below, inner in kind.model_fields.items():
                key = f"{name}.{'*' if below == 'params' else below}"
                found[key] = (type_in_words(inner.annotation), default_in_words(inner))
        else:
            default = "the file's name" if name == "name" else default_in_words(field)
            found[name] = (type_in_words(kind), default)
    return found


def test_every_key_of_a_recipe_is_in_the_table():
    shown = {}
    for keys, kind, default, meaning in table_under("### The keys of a recipe"):
        assert len(meaning) > 5
        for key in re.findall(r"`([^`]+)`", keys):
            assert key not in shown
            shown[key] = (kind, default)
    assert shown == expected_keys()


def test_the_recipe_that_is_shown_can_be_built():
    (text,) = [block for block in blocks("yaml") if "generator:" in block]
    recipe = Recipe.from_dict({"name": "shown", **safeyaml.load(text)})
    build_parts(recipe, load_zoo(third_party=False).registry, image_size=8, channels=1, num_classes=0, seed=0)


def test_the_suite_that_is_shown_can_be_read(tmp_path):
    (text,) = [block for block in blocks("yaml") if "recipes:" in block]
    (tmp_path / "shown.yaml").write_text(text)
    suite = load_suite(tmp_path / "shown.yaml")
    assert (suite.data, suite.budget) == (("digits", "mnist"), "200kimg")
    assert {key: len(values) for key, values in suite.grid.items()} == {"loss": 2, "regularizers": 3}


def functions(text):
    """Signatures as written, and what else is assigned at the top."""
    tree = ast.parse(text)
    found = {
        node.name: (ast.unparse(node.args), ast.unparse(node.returns))
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return found, [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]


def test_the_hooks_are_all_there_with_their_signatures():
    (shown,) = (block for block in blocks("python") if "Register =" in block)
    hooks, assigned = functions(shown)
    real, known = functions(inspect.getsource(hookspecs))
    assert hooks == real
    assert set(assigned) <= set(known)


def test_what_a_hook_calls_is_what_its_specification_says():
    for name in functions(inspect.getsource(hookspecs))[0]:
        (call,) = re.findall(r"``(register\(.*?\))``", getattr(hookspecs, name).__doc__)
        assert f"`{call}`" in README, name


def bare(name, function):
    """A method as one calls it: ``forward(z, y=None)``."""
    taken = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "cls")]
    return f"{name}({', '.join(p.name if p.default is p.empty else f'{p.name}={p.default!r}' for p in taken)})"


def test_the_interfaces_are_all_there_with_their_methods():
    rows = {kind: (cls.strip("`"), re.findall(r"`([^`]+)`", methods)) for kind, cls, methods in table_under_hooks()}
    assert set(rows) == set(INTERFACES)
    for kind, cls in INTERFACES.items():
        name, methods = rows[kind]
        assert name == cls.__name__
        wanted = (
            cls.__abstractmethods__
            if kind != "regularizer"
            else {m for m in vars(cls) if m[0] != "_" and callable(getattr(cls, m))}
        )
        assert sorted(methods) == sorted(bare(method, getattr(cls, method)) for method in wanted)


def table_under_hooks():
    return table_under("### Hooks")


def test_the_exit_codes_are_those_of_the_command():
    said = set(re.findall(r"\d+", " ".join(row[0] for row in table_under("## The results folder"))))
    documented = set(re.findall(r"\b\d+\b", inspect.getdoc(cli.callback)))
    assert said == documented == {"0", "1", "2", "3", "129", "130", "143"}


def test_the_inception_weights_are_named_as_they_are():
    file = InceptionExtractor.weights
    assert f"`{file.name}`" in README
    assert f"<{file.url}>" in README
    assert f"begins with `{file.sha256}`" in README


# -- the plugin in ten lines ---------------------------------------------------------------------------------


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The README's plugin as if installed: its files, beside what an installer writes from its pyproject."""
    files = files_below("## Write a plugin")
    assert len(files) == 3
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    about = tomllib.loads(files["pyproject.toml"])
    ((name, module),) = about["project"]["entry-points"]["ganzoo"].items()
    Site(tmp_path).install(about["project"]["name"], "", entry_points=f"[ganzoo]\n{name} = {module}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield about, files
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == module]:
        del sys.modules[loaded]


def test_the_plugin_depends_on_the_core_and_is_short(plugin):
    about, files = plugin
    assert about["project"]["dependencies"] == ["ganzoo-core"]
    assert about["tool"]["setuptools"]["packages"] == [str(Path(name).parent) for name in files if "__init__" in name]
    code = [line for name in files if name.endswith(".py") for line in files[name].splitlines()[1:] if line.strip()]
    assert len(code) <= 11


def test_the_plugin_trains(plugin):
    zoo = load_zoo()
    assert not zoo.failed
    recipe = resolve(
        zoo.registry, "dcgan:loss=my-rsgan", ["schedule.batch=4", "generator.width=8", "discriminator.width=8"]
    )
    parts = build_parts(recipe, zoo.registry, image_size=8, channels=1, num_classes=0, seed=0)
    images = torch.randint(0, 256, (16, 1, 8, 8), dtype=torch.uint8)
    trainer = Trainer(recipe, parts, images, None, seed=0)
    before = [weight.detach().clone() for weight in parts.G.parameters()]
    losses = [trainer.step() for _ in range(2)]
    assert type(parts.loss).__module__ == "my_rsgan.loss"
    assert all(value.isfinite() for step in losses for value in step.values())
    assert any(not torch.equal(old, new) for old, new in zip(before, parts.G.parameters(), strict=True))


def test_the_plugin_passes_its_check(plugin, monkeypatch):
    for_checks(monkeypatch)
    result = CliRunner().invoke(cli, ["check", "my-rsgan"])
    assert result.exit_code == 0, result.output
    assert "FAILED" not in result.output


# -- the rest of the text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.parent.name)
def test_links_lead_somewhere(guide):
    text = FENCE.sub("", guide.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, heading = target.partition("#")
        file = guide.parent / name if name else guide
        assert file.exists(), target
        if heading:
            assert heading in headings(FENCE.sub("", file.read_text())), target


def headings(text):
    """What a link to a heading of this Markdown ends in."""
    return {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.splitlines()
        if line[:1] == "#"
    }


def test_every_script_of_the_benchmarks_is_told():
    told = re.findall(r"^\| `(\w+\.py)`", (ROOT / "benchmarks" / "README.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(path.name for path in (ROOT / "benchmarks").glob("*.py"))


def test_the_changelog_knows_this_version():
    assert re.search(rf"^## \[{re.escape(ganzoo.__version__)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


PIP = "pip install"
STRANGERS = re.compile(r"pip3?\s+install\b[^\n&|;`]*?[ \t'\"]ganzoo(?=$|[\s'\"`\[=<>~!,;)])", re.MULTILINE)


@pytest.mark.parametrize("words", ["ganzoo", "-U ganzoo", "'ganzoo[test]'", "ganzoo==0.1", "torch ganzoo"])
def test_the_strangers_package_is_noticed(words):
    assert STRANGERS.search(f"run {PIP} {words}\n")


@pytest.mark.parametrize("words", [". && ganzoo list", "ganzoo-core", "-e .\nganzoo list", "dist/ganzoo_core-0.1.whl"])
def test_ours_is_not_taken_for_it(words):
    assert not STRANGERS.search(f"run {PIP} {words}\n")


def test_nobody_is_told_to_install_the_strangers_package():
    kinds = {".md", ".py", ".toml", ".yaml", ".yml", ".txt", ".jinja2", ".cfg", ".sh", ""}
    folders = ("ganzoo", "plugins", "configs", "benchmarks", "tests", ".ci", ".github")
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    texts = [path for path in files if path.suffix in kinds and "__pycache__" not in path.parts]
    assert ROOT / "README.md" in texts
    assert ROOT / "ganzoo" / "cli" / "bench.py" in texts
    assert [str(path) for path in texts if STRANGERS.search(path.read_text(encoding="utf-8", errors="replace"))] == []
