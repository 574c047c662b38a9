"""Who imports whom, and what is never written, found by reading the source."""

import ast

import pytest
from repository import ROOT

CORE = sorted((ROOT / "ganzoo").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
CONFIGS = sorted((ROOT / "configs").rglob("*.py"))
EXAMPLE = sorted((ROOT / "tests" / "example_plugin" / "ganzoo_example").rglob("*.py"))
SOURCE = [*CORE, *PLUGINS, *CONFIGS, *sorted((ROOT / "benchmarks").rglob("*.py")), *EXAMPLE]

# `ganzoo list` and `ganzoo --help` read these rooms, and these modules of others: nothing heavy is imported with them.
LIGHT_ROOMS = ("cli", "registry", "storage", "bench.results", "bench.stats", "bench.tables")
LIGHT_MODULES = [
    "__init__",
    "__main__",
    "errors",
    "messages",
    "seeds",
    "text",
    "recipes.__init__",
    "recipes.recipe",
    "recipes.sections",
    "recipes.fields",
    "recipes.averaging",
    "recipes.changing",
    "recipes.curve",
    "recipes.place",
    "recipes.value_schedule",
    "recipes.difference",
    "recipes.overrides",
    "recipes.published",
    "recipes.validation",
    "recipes.safeyaml",
    "recipes.short_forms",
    "recipes.revisions",
    "recipes.search_space",
    "recipes.stale",
]
HEAVY = {"torch", "torchvision", "torch_fidelity", "numpy", "PIL", "safetensors", "jinja2", "scipy"}
LOOSE = {"__init__", "__main__", "errors", "messages", "seeds", "text"}  # everybody may import these
LOOSE_FILES = 8  # in a room that has rooms, at most
# The rooms that each may import, beside itself and the loose modules; `bench` is what lies loose in it.
BELOW = {
    room: set(below.split())
    for room, below in {
        "backend": "",
        "drawing": "",
        "interfaces": "training",  # for annotations only
        "registry": "",
        "storage": "interfaces",  # for annotations only
        "layers": "backend interfaces",
        "recipes": "backend interfaces registry",
        "data": "backend interfaces storage",
        "metrics": "backend interfaces registry storage",
        "training": "backend data interfaces layers recipes storage",
        "testing": "backend interfaces layers recipes registry storage training",
        "selftest": "data interfaces metrics recipes registry storage testing training",
        "bench.results": "recipes registry storage",
        "bench.stats": "",
        "bench.tables": "bench.results bench.stats recipes registry",
        "bench.runs": "bench.results backend data drawing interfaces layers metrics recipes registry storage training",
        "bench.execution": "bench.results bench.runs backend data interfaces metrics recipes registry storage training",
        "bench.report": "bench.results bench.stats bench.tables drawing storage",
        "bench.live": "bench.results bench.tables",
        "bench": "bench.execution bench.live bench.report bench.results bench.runs bench.stats bench.tables "
        "backend data interfaces metrics recipes registry storage training",
        "bench.profiling": "bench bench.results bench.runs backend interfaces registry storage training",
        "bench.published": "bench.execution bench.profiling bench.results bench.stats bench.tables "
        "backend data interfaces metrics recipes registry storage training",
        "bench.suites": "bench bench.execution bench.live bench.report bench.results bench.tables "
        "interfaces recipes registry storage",
        "cli": "bench bench.execution bench.live bench.profiling bench.published bench.report bench.results bench.runs "
        "bench.stats bench.suites bench.tables recipes registry selftest storage testing",
    }.items()
}
PLUGIN_MAY = {"ganzoo", "ganzoo.interfaces", "ganzoo.layers", "ganzoo.errors", "ganzoo.drawing"}


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


def room_of(module):
    """The room that a module of the core lies in; of a loose one its own name."""
    parts = module.split(".")[1:]
    for room in (".".join(parts[:2]), *parts[:1]):
        if room in BELOW:
            return room
    return parts[0] if parts else "__init__"


def is_light(file):
    name = ".".join(file.relative_to(ROOT / "ganzoo").with_suffix("").parts)
    return name in LIGHT_MODULES or any(name.startswith(f"{room}.") or name == room for room in LIGHT_ROOMS)


def named(file):
    return file.relative_to(ROOT).as_posix()


def test_there_is_something_to_read():
    names = {named(file) for file in SOURCE}
    assert {"ganzoo/recipes/build.py", "plugins/dcgan/__init__.py", "configs/__init__.py"} <= names
    assert {room_of(".".join(module_of(file))) for file in CORE} == BELOW.keys() | LOOSE
    modules = {".".join(file.relative_to(ROOT / "ganzoo").with_suffix("").parts) for file in CORE}
    assert [light for light in LIGHT_MODULES if light not in modules] == []


def test_rooms_are_drawn_without_a_circle():
    """Imports for annotations aside, of which there are two."""
    later = {("interfaces", "training"), ("storage", "interfaces")}
    left = {room: {other for other in below if (room, other) not in later} for room, below in BELOW.items()}
    while ready := [room for room, below in left.items() if not below & left.keys()]:
        for room in ready:
            del left[room]
    assert left == {}


@pytest.mark.parametrize("room", ["", "bench", "bench/runs"])
def test_few_files_lie_loose(room):
    """Where there are rooms, what belongs to a room lies in it."""
    folder = ROOT / "ganzoo" / room
    loose = sorted(file.name for file in folder.glob("*.py"))
    assert len(loose) <= LOOSE_FILES, loose


@pytest.mark.parametrize("file", [file for file in CORE if is_light(file)], ids=named)
def test_the_light_rooms_import_no_torch(file):
    at_start = set(reached(file, top_only=True))
    assert {module.partition(".")[0] for module in at_start} & HEAVY == set()
    heavy = {named(other) for other in CORE if not is_light(other) and other.name != "__init__.py"}
    for module in at_start:
        if module.startswith("ganzoo."):
            assert f"{module.replace('.', '/')}.py" not in heavy, module


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


@pytest.mark.parametrize("file", CORE, ids=named)
def test_imports_go_one_way(file):
    room = room_of(".".join(module_of(file)))
    for module in reached(file):
        if module.startswith("ganzoo.") and (other := room_of(module)) in BELOW:
            assert other == room or other in BELOW.get(room, {"registry", "cli"}), f"{room} must not import {module}"


@pytest.mark.parametrize(("room", "other"), [("interfaces", "training"), ("storage", "interfaces")])
def test_some_imports_are_for_annotations_only(room, other):
    for file in CORE:
        if room_of(".".join(module_of(file))) == room:
            assert [m for m in reached(file, top_only=True) if m.startswith(f"ganzoo.{other}")] == []


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_"


def defined(tree):
    """The private names that classes here have, or objects of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                targets = [getattr(part, "target", None), *getattr(part, "targets", [])]
                yield from (target.id for target in targets if isinstance(target, ast.Name))
                yield from [part.name] if isinstance(part, ast.FunctionDef) else []
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            yield node.attr


INTERNALS = "ganzoo/backend/internals.py"
READ = {file: ast.parse(file.read_text()) for file in [*CORE, *PLUGINS]}
OWN = {name for tree in READ.values() for name in defined(tree)} | {"_asdict", "_replace"}  # of named tuples
DOCUMENTED = {"os._exit", "sys._getframe"}  # by Python, for whoever needs them


def borrowed(tree, own=frozenset()):
    """The private names of libraries in a source text: attributes, and what is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield ast.unparse(node)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if any(map(is_private, alias.name.split("."))))
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in names if any(map(is_private, name.split("."))))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "setattr", "delattr"):
            name = node.args[1]
            if isinstance(name, ast.Constant) and is_private(name.value) and name.value not in own:
                yield name.value


@pytest.mark.parametrize("file", READ, ids=named)
def test_private_parts_of_torch_are_named_in_one_place(file):
    if named(file) != INTERNALS:
        assert set(borrowed(READ[file], OWN)) <= DOCUMENTED


def test_what_is_private_is_found():
    text = "torch._C._x; import torch._dynamo; from torch.nn.modules.batchnorm import _BatchNorm; t._version"
    found = sorted(borrowed(ast.parse(text + "; getattr(o, '_step'); self._mine; __name__; os._exit"), {"_mine"}))
    own = ["_step", "os._exit", "t._version", "torch._C", "torch._C._x", "torch._dynamo"]
    assert found == sorted([*own, "torch.nn.modules.batchnorm._BatchNorm"])
    internals = next(tree for file, tree in READ.items() if named(file) == INTERNALS)
    assert {"torch._fused_sgd_", "tensor._version"} <= set(borrowed(internals))


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
    """The authors' code of a certificate is run from a clone that was named for it; only there is it executed."""
    theirs = {"exec", "compile"} if named(file) == "benchmarks/certificates/clone.py" else set()
    assert set(unsafe(file.read_text())) == theirs


@pytest.mark.parametrize("file", SOURCE, ids=named)
def test_yaml_is_read_in_one_place(file):
    if named(file) != "ganzoo/recipes/safeyaml.py":
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
