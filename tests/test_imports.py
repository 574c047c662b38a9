"""Who imports whom, and what is never written, found by reading the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "ganzoo").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
CONFIGS = sorted((ROOT / "configs").rglob("*.py"))
EXAMPLE = sorted((ROOT / "tests" / "example_plugin" / "ganzoo_example").rglob("*.py"))
SOURCE = [*CORE, *PLUGINS, *CONFIGS, *sorted((ROOT / "benchmarks").rglob("*.py")), *EXAMPLE]

# Start-up modules: what `ganzoo list` and `ganzoo --help` read.
LIGHT = ["__init__", "__main__", "errors", "near", "hookspecs", "registry", "discovery", "recipe", "variants"]
LIGHT += ["complaints", "safeyaml", "seeds", "files", "cache", "cli", "printable", "download"]
HEAVY = {"torch", "torchvision", "torch_fidelity", "numpy", "PIL", "safetensors", "jinja2", "scipy"}
# Who may import what inside the core, beside itself and the light room.
BELOW = {
    "interfaces": {"game"},  # for annotations only
    "layers": {"interfaces"},
    "build": {"interfaces"},
    "data": {"build", "interfaces"},
    "game": {"build", "data", "interfaces", "layers"},
    "metrics": {"build", "data", "interfaces"},
    "testing": {"build", "data", "game", "interfaces", "layers"},
    "bench": {"build", "data", "game", "metrics", "interfaces", "layers"},
    "selftest": {"build", "data", "game", "metrics", "interfaces"},
    "cli": {"build", "data", "game", "metrics", "interfaces", "bench", "selftest", "testing"},
}
HEAVY_ROOMS = [[room] for room in BELOW if room != "cli"]
PLUGIN_MAY = {"ganzoo", "ganzoo.interfaces", "ganzoo.layers", "ganzoo.errors"}


def module_of(file):
    """The dotted name under which a file is imported."""
    parts = list(file.relative_to(ROOT).with_suffix("").parts)
    parts[0] = {"plugins": "ganzoo_plugins", "configs": "ganzoo_configs"}.get(parts[0], parts[0])
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(file, *, top_only=False):
    """``(module, names)`` of each import; relative ones made whole. ``top_only``: those that run at import."""
    package = module_of(file) if file.name == "__init__.py" else module_of(file)[:-1]

    def walk(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, ()) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else []
                whole = ".".join([*base, *([child.module] if child.module else [])])
                yield whole, tuple(alias.name for alias in child.names)
            elif not (top_only and (isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or typing_only(child))):
                yield from walk(child)

    yield from walk(ast.parse(file.read_text()))


def typing_only(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def reached(file, **how):
    """Every module that an import may load: ``from a import b`` is ``a`` and perhaps ``a.b``."""
    for module, names in imports(file, **how):
        yield module
        yield from (f"{module}.{name}" for name in names)


def is_light(file):
    name = file.relative_to(ROOT / "ganzoo").with_suffix("").as_posix()
    return any(name == light or name.startswith(f"{light}/") for light in LIGHT)


def named(file):
    return file.relative_to(ROOT).as_posix()


def test_there_is_something_to_read():
    names = {named(file) for file in SOURCE}
    assert {"ganzoo/build.py", "plugins/dcgan/__init__.py", "configs/__init__.py", "ganzoo/cli/check.py"} <= names
    missing = [light for light in LIGHT if not any(is_light(f) and light in named(f) for f in CORE)]
    assert missing == []


@pytest.mark.parametrize("file", [file for file in CORE if is_light(file)], ids=named)
def test_the_light_room_imports_no_torch(file):
    at_start = set(reached(file, top_only=True))
    assert {module.partition(".")[0] for module in at_start} & HEAVY == set()
    assert {
        module for module in at_start if module.split(".")[:1] == ["ganzoo"] and module.split(".")[1:2] in HEAVY_ROOMS
    } == set()


@pytest.mark.parametrize("file", [f for f in [*PLUGINS, *CONFIGS, *EXAMPLE] if f.name == "__init__.py"], ids=named)
def test_hooks_import_no_torch(file):
    assert {module.partition(".")[0] for module in reached(file, top_only=True)} & HEAVY == set()


@pytest.mark.parametrize("file", [*PLUGINS, *CONFIGS, *EXAMPLE], ids=named)
def test_a_plugin_keeps_to_its_door(file):
    for module, _ in imports(file):
        top = module.partition(".")[0]
        if top == "ganzoo":
            assert any(module == may or (may != "ganzoo" and module.startswith(f"{may}.")) for may in PLUGIN_MAY), (
                module
            )
        elif top in ("ganzoo_plugins", "ganzoo_configs", "plugins", "configs"):
            own = module_of(file)[:2]
            assert module.split(".")[:2] == own, f"{module} belongs to another plugin"


@pytest.mark.parametrize("file", CORE, ids=named)
def test_the_core_knows_no_plugin(file):
    tops = {module.partition(".")[0] for module in reached(file)}
    assert tops & {"ganzoo_plugins", "ganzoo_configs", "plugins", "configs", "tests"} == set()


@pytest.mark.parametrize(
    "file", [file for file in CORE if module_of(file)[1:2] and module_of(file)[1] in BELOW], ids=named
)
def test_imports_go_one_way(file):
    room = module_of(file)[1]
    for module in reached(file):
        parts = module.split(".")
        if parts[0] == "ganzoo" and len(parts) > 1 and parts[1] in BELOW.keys() - {room}:
            assert parts[1] in BELOW[room], f"{room} must not import {module}"


def test_interfaces_need_the_game_for_annotations_only():
    for file in CORE:
        if module_of(file)[1:2] == ["interfaces"]:
            assert not [module for module in reached(file, top_only=True) if module.startswith("ganzoo.game")]


def calls(tree):
    """``(name, call)`` of each call, the name dotted as written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node


def unsafe(text):
    """What must never be written, found in a source text."""
    tree = ast.parse(text)
    found = []
    for name, call in calls(tree):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in ("eval", "exec", "compile", "hasattr", "__import__", "os.system", "os.popen"):
            found.append(name)
        if name.rpartition(".")[0] in ("pickle", "cPickle", "dill", "joblib", "marshal", "shelve"):
            found.append(name)
        if name == "torch.load" and ast.unparse(keywords.get("weights_only", ast.Constant(None))) != "True":
            found.append("torch.load without weights_only=True")
        if name.endswith("np.load") and ast.unparse(keywords.get("allow_pickle", ast.Constant(False))) != "False":
            found.append("np.load with pickles")
        if name in ("yaml.load", "yaml.load_all") and "Loader" not in keywords and len(call.args) < 2:
            found.append(f"{name} without a loader")
        if name in ("yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all"):
            found.append(name)
        if ast.unparse(keywords.get("shell", ast.Constant(False))) != "False":
            found.append("shell")
        if ast.unparse(keywords.get("weights_only", ast.Constant(True))) != "True":
            found.append("weights_only")
    return found


@pytest.mark.parametrize("file", SOURCE, ids=named)
def test_nothing_unsafe_is_written(file):
    assert unsafe(file.read_text()) == []


@pytest.mark.parametrize("file", SOURCE, ids=named)
def test_yaml_is_read_in_one_place(file):
    if named(file) != "ganzoo/safeyaml.py":
        assert not [name for name, _ in calls(ast.parse(file.read_text())) if name in ("yaml.load", "yaml.safe_load")]


@pytest.mark.parametrize("file", SOURCE, ids=named)
def test_pickles_are_read_in_one_place(file):
    """Where names are looked up in a list of a few, and any other is refused."""
    if named(file) != "plugins/fidelity/torchscript.py":
        taken = {name for module, names in imports(file) if module in ("pickle", "_pickle") for name in names}
        assert taken <= {"UnpicklingError"}
        assert "Unpickler" not in {word for name, _ in calls(ast.parse(file.read_text())) for word in name.split(".")}


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec(code)",
        "if hasattr(x, 'y'): pass",
        "torch.load(f)",
        "torch.load(f, weights_only=False)",
        "load(f, weights_only=flag)",
        "pickle.load(f)",
        "pickle.loads(b)",
        "np.load(f, allow_pickle=True)",
        "yaml.load(text)",
        "yaml.unsafe_load(text)",
        "subprocess.run(c, shell=True)",
        "def f():\n    return [g(eval(x)) for x in y]",
    ],
)
def test_the_unsafe_is_found(text):
    assert unsafe(text)


def test_the_safe_is_not():
    assert (
        unsafe("torch.load(f, weights_only=True); np.load(f, allow_pickle=False); model.eval(); re.compile('a')") == []
    )
