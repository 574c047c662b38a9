"""Who imports whom, and what is never written, found by reading the source."""

import ast
from functools import cache

import pytest
from repository import ROOT

CORE = sorted((ROOT / "ganzoo").rglob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))
CONFIGS = sorted((ROOT / "configs").rglob("*.py"))
EXAMPLE = sorted((ROOT / "tests" / "example_plugin" / "ganzoo_example").rglob("*.py"))
SOURCE = [*CORE, *PLUGINS, *CONFIGS, *sorted((ROOT / "benchmarks").rglob("*.py")), *EXAMPLE]

# `ganzoo list` and `ganzoo --help` read these rooms, and these modules of others: nothing heavy is imported with them.
LIGHT_ROOMS = (
    "cli",
    "registry",
    "storage",
    "bench.results",
    "bench.stats",
    "bench.tables",
    "recipes.differences",
    "recipes.headings",
    "recipes.provenance",
    "recipes.schedules",
    "recipes.schema",
)
LIGHT_MODULES = [
    "__init__",
    "__main__",
    "api.__init__",
    "api.arguments",
    "api.building",
    "api.catalogue",
    "api.modalities",
    "api.names",
    "api.table",
    "api.version1",
    "console",
    "errors",
    "interrupts",
    "messages",
    "seeds",
    "text",
    "recipes.__init__",
    "recipes.recipe",
    "recipes.changing",
    "recipes.overrides",
    "recipes.safeyaml",
]
HEAVY = {"torch", "torchvision", "torch_fidelity", "numpy", "PIL", "safetensors", "jinja2", "scipy"}
LOOSE = {
    "__init__",
    "__main__",
    "console",
    "errors",
    "interrupts",
    "messages",
    "samples",
    "seeds",
    "text",
}  # all may import these
LOOSE_FILES = 9  # in a room that has rooms, at most
# Divided into rooms of their own.
DIVIDED = (
    "",
    "api",
    "bench",
    "bench/execution",
    "bench/results",
    "bench/runs",
    "bench/tables",
    "cli",
    "evaluation",
    "layers",
    "models",
    "recipes",
    "registry",
    "testing",
    "training",
)
# The rooms that each may import, beside itself and the loose modules; `bench` is what lies loose in it.
BELOW = {
    room: set(below.split())
    for room, below in {
        "api.names": "",  # the table of public names, by which the package itself is lazy
        "api.arguments": "",  # what those below it are called with from Python, too
        "api": "api.arguments api.names bench bench.live bench.report bench.results bench.stats bench.tables "
        "data interfaces models recipes registry storage",
        "backend": "",
        "drawing": "",
        "interfaces": "training",  # for annotations only
        "registry": "interfaces storage",
        "storage": "interfaces",  # for annotations only
        "layers": "backend interfaces",
        "recipes": "api.names backend interfaces registry storage",
        "recipes.explaining": "interfaces layers recipes",  # reads the code of parts and of what they use
        "data": "api.arguments backend interfaces recipes registry storage",
        "metrics": "backend interfaces registry storage",
        "training": "backend data interfaces layers recipes storage",
        "testing": "backend interfaces layers metrics recipes registry storage training",
        "doctor": "interfaces metrics registry storage",
        "verdicts": "",
        "selftest": "data interfaces metrics recipes registry storage testing training verdicts",
        "bench.results": "recipes registry storage",
        "bench.stats": "",
        "bench.tables": "bench.results bench.stats recipes registry",
        "bench.runs": "bench.results backend data drawing interfaces layers metrics recipes registry storage training "
        "verdicts",
        "bench.execution": "bench.results bench.runs backend data interfaces metrics recipes registry storage training",
        "bench.report": "bench.results bench.stats bench.tables drawing storage",
        "bench.live": "bench.results bench.tables storage",
        "bench": "api.names bench.execution bench.live bench.report bench.results bench.runs bench.stats bench.tables "
        "backend data interfaces metrics recipes registry storage training",
        "bench.audit": "bench bench.results bench.runs bench.stats bench.tables recipes registry storage training",
        "bench.profiling": "bench bench.results bench.runs backend interfaces registry storage training",
        "bench.published": "bench.execution bench.profiling bench.results bench.stats bench.tables "
        "backend data interfaces metrics recipes registry storage training",
        "bench.speedrun": "bench bench.live bench.results data interfaces recipes registry storage",
        "bench.suites": "bench bench.execution bench.live bench.report bench.results bench.tables drawing "
        "interfaces recipes registry storage",
        "models": "api.arguments bench.results bench.runs bench.tables backend data drawing interfaces layers metrics "
        "recipes registry storage training",
        "evaluation": "api.arguments bench.results bench.runs data drawing interfaces metrics models registry storage "
        "training",
        "cli": "bench bench.audit bench.execution bench.live bench.profiling bench.published bench.report "
        "bench.results bench.runs bench.speedrun bench.stats bench.suites bench.tables data doctor drawing "
        "evaluation models recipes recipes.explaining registry selftest storage testing",
    }.items()
}
TOP = {"api", "api.names", "cli", "evaluation", "models", "recipes", "registry"}  # what the package itself may import
PLUGIN_MAY = {"ganzoo", "ganzoo.interfaces", "ganzoo.layers", "ganzoo.errors", "ganzoo.drawing", "ganzoo.samples"}


def module_of(file):
    """The dotted name under which a file is imported."""
    parts = list(file.relative_to(ROOT).with_suffix("").parts)
    parts[0] = {"plugins": "ganzoo_plugins", "configs": "ganzoo_configs"}.get(parts[0], parts[0])
    return parts[:-1] if parts[-1] == "__init__" else parts


@cache
def tree_of(file):
    """The parsed source, shared by all that look at it."""
    return ast.parse(file.read_text())


def unlike(files, found):
    """What is found in each of these files, where there is anything: ``{name: found}``, to be empty."""
    return {named(file): bad for file in files if (bad := sorted(found(file)))}


@cache
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

    return list(walk(tree_of(file)))


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
    assert {"ganzoo/recipes/building/build.py", "plugins/dcgan/__init__.py", "configs/__init__.py"} <= names
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


@pytest.mark.parametrize("room", DIVIDED)
def test_few_files_lie_loose(room):
    """Where there are rooms, what belongs to a room lies in it."""
    folder = ROOT / "ganzoo" / room
    loose = sorted(file.name for file in folder.glob("*.py"))
    assert len(loose) <= LOOSE_FILES, loose


@pytest.mark.parametrize("room", [room for room in DIVIDED if room not in ("", "bench")])
def test_the_rooms_of_a_room_import_each_other_one_way(room):
    """Each room within and each loose module is one; those of ``ganzoo`` and of ``bench`` are on the map."""
    prefix = f"ganzoo.{room.replace('/', '.')}."

    def part_of(module):
        return module.removeprefix(prefix).partition(".")[0]

    left = {part_of(".".join(module_of(file))): set() for file in CORE if named(file).startswith(f"ganzoo/{room}/")}
    for file in CORE:
        if named(file).startswith(f"ganzoo/{room}/"):
            part = part_of(".".join(module_of(file)))
            loaded = {part_of(module) for module in reached(file, top_only=True) if module.startswith(prefix)}
            left[part] |= loaded & left.keys() - {part}
    while ready := [part for part, below in left.items() if not below & left.keys()]:
        for part in ready:
            del left[part]
    assert left == {}


def test_no_module_of_a_package_has_the_name_of_something_else_in_it():
    """Its import would put the module in that one's place."""
    taken = []
    for file in (ROOT / "ganzoo").rglob("*/__init__.py"):
        modules = {path.stem for path in file.parent.iterdir() if path.suffix == ".py" or path.is_dir()}
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = {one.asname or one.name for one in node.names} - {node.module}
            else:
                names = {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
            taken += [f"{file.parent.name}.{name}" for name in names & modules]
    assert taken == []


def tops(file, **how):
    """The packages that a file imports from."""
    return {module.partition(".")[0] for module in reached(file, **how)}


def test_the_light_rooms_import_no_torch():
    light = [file for file in CORE if is_light(file)]
    heavy = {named(other) for other in CORE if not is_light(other) and other.name != "__init__.py"}

    def weight(file):
        loaded = {f"{module.replace('.', '/')}.py" for module in reached(file, top_only=True)}
        return tops(file, top_only=True) & HEAVY | loaded & heavy

    assert unlike(light, weight) == {}


def test_hooks_import_no_torch():
    hooks = [file for file in [*PLUGINS, *CONFIGS, *EXAMPLE] if file.name == "__init__.py"]
    assert unlike(hooks, lambda file: tops(file, top_only=True) & HEAVY) == {}


def past_the_door(file):
    """What a plugin imports of the core beyond what it may, and of other plugins."""
    for module, _ in imports(file):
        top = module.partition(".")[0]
        if top == "ganzoo":
            if not any(module == may or (may != "ganzoo" and module.startswith(f"{may}.")) for may in PLUGIN_MAY):
                yield module
        elif top in ("ganzoo_plugins", "ganzoo_configs", "plugins", "configs"):
            yield from [module] if module.split(".")[:2] != module_of(file)[:2] else []


def test_a_plugin_keeps_to_its_door():
    assert unlike([*PLUGINS, *CONFIGS, *EXAMPLE], past_the_door) == {}


def test_the_core_knows_no_plugin():
    others = {"ganzoo_plugins", "ganzoo_configs", "plugins", "configs", "tests"}
    assert unlike(CORE, lambda file: tops(file) & others) == {}


def upward(file):
    """The modules that a file of the core imports from rooms that are not below its own."""
    room = room_of(".".join(module_of(file)))
    for module in reached(file):
        other = room_of(module) if module.startswith("ganzoo.") else room
        if other in BELOW and other != room and other not in BELOW.get(room, TOP):
            yield module


def test_imports_go_one_way():
    assert unlike(CORE, upward) == {}


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
READ = [*CORE, *PLUGINS]
DOCUMENTED = {"os._exit", "sys._current_frames", "sys._getframe"}  # by Python, for whoever needs them


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


def test_private_parts_of_torch_are_named_in_one_place():
    own = {name for file in READ for name in defined(tree_of(file))} | {"_asdict", "_replace"}  # of named tuples
    others = [file for file in READ if named(file) != INTERNALS]
    assert unlike(others, lambda file: set(borrowed(tree_of(file), own)) - DOCUMENTED) == {}


def test_what_is_private_is_found():
    text = "torch._C._x; import torch._dynamo; from torch.nn.modules.batchnorm import _BatchNorm; t._version"
    found = sorted(borrowed(ast.parse(text + "; getattr(o, '_step'); self._mine; __name__; os._exit"), {"_mine"}))
    own = ["_step", "os._exit", "t._version", "torch._C", "torch._C._x", "torch._dynamo"]
    assert found == sorted([*own, "torch.nn.modules.batchnorm._BatchNorm"])
    assert {"torch._fused_sgd_", "tensor._version"} <= set(borrowed(tree_of(ROOT / INTERNALS)))


@cache
def calls(tree):
    """``(name, call)`` of each call, the name dotted as written."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(ast.unparse(node.func), node) for node in found if isinstance(node.func, ast.Name | ast.Attribute)]


def unsafe(tree):
    """What must never be written, found in a source text."""
    found = []
    for name, call in calls(tree):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in ("eval", "exec", "compile", "hasattr", "__import__", "os.system", "os.popen"):
            found.append(name)
        if name.rpartition(".")[0] in ("pickle", "cPickle", "dill", "joblib", "marshal", "shelve"):
            found.append(name)
        if name == "torch.load" and ast.unparse(keywords.get("weights_only", ast.Constant(None))) != "True":
            found.append("torch.load without weights_only=True")
        if ast.unparse(keywords.get("allow_pickle", ast.Constant(False))) != "False":
            found.append("arrays with pickles")
        if name in ("yaml.load", "yaml.load_all") and "Loader" not in keywords and len(call.args) < 2:
            found.append(f"{name} without a loader")
        if name in ("yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all"):
            found.append(name)
        if ast.unparse(keywords.get("shell", ast.Constant(False))) != "False":
            found.append("shell")
        if ast.unparse(keywords.get("weights_only", ast.Constant(True))) != "True":
            found.append("weights_only")
    return found


def test_nothing_unsafe_is_written():
    """The authors' code of a certificate is run from a clone that was named for it; only there is it executed."""
    theirs = {"benchmarks/certificates/clone.py": ["compile", "exec"]}
    assert unlike(SOURCE, lambda file: set(unsafe(tree_of(file)))) == theirs


def test_yaml_is_read_in_one_place():
    loads = {"yaml.load", "yaml.safe_load"}
    others = [file for file in SOURCE if named(file) != "ganzoo/recipes/safeyaml.py"]
    assert unlike(others, lambda file: loads & {name for name, _ in calls(tree_of(file))}) == {}


def pickles(file):
    """The names by which a file could read a pickle."""
    taken = {name for module, names in imports(file) if module in ("pickle", "_pickle") for name in names}
    words = {word for name, _ in calls(tree_of(file)) for word in name.split(".")}
    return taken - {"UnpicklingError"} | words & {"Unpickler"}


def test_pickles_are_read_in_one_place():
    """Where names are looked up in a list of a few, and any other is refused."""
    assert unlike([file for file in SOURCE if named(file) != "plugins/fidelity/torchscript.py"], pickles) == {}


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
        "np.lib.format.read_array(f, allow_pickle=asked)",
        "yaml.load(text)",
        "yaml.unsafe_load(text)",
        "subprocess.run(c, shell=True)",
        "def f():\n    return [g(eval(x)) for x in y]",
    ],
)
def test_the_unsafe_is_found(text):
    assert unsafe(ast.parse(text))


def test_the_safe_is_not():
    text = "torch.load(f, weights_only=True); np.load(f, allow_pickle=False); model.eval(); re.compile('a')"
    assert unsafe(ast.parse(text)) == []


def spoken(tree, file=""):
    """Calls of a source text that put words on a terminal other than through what writes escapes out."""
    found = []
    for name, call in calls(tree):
        first = ast.unparse(call.args[0]) if call.args else "''"
        if name == "click.echo" and file != "ganzoo/cli/command.py" and not first.startswith("json.dumps("):
            found.append(name)
        if name == "print" and not first.startswith(("printable(", "json.dumps(")):
            found.append(name)
        if name in ("Console", "sys.stdout.write", "sys.stderr.write", "click.secho"):
            found.append(name)
    return found


# Programs of their own, whose lines are their author's, or of another process's.
OWN_WORDS = {
    "ganzoo/bench/results/schemas.py",
    "ganzoo/testing/kinds/executors.py",
    "ganzoo/testing/pretend_cuda/__main__.py",
}


def test_a_terminal_is_spoken_to_by_what_writes_escapes_out():
    """Text of others reaches it through ``ganzoo.cli.command.echo``, ``SafeConsole`` and ``printable`` alone."""
    others = [file for file in CORE if named(file) not in OWN_WORDS]
    assert unlike(others, lambda file: spoken(tree_of(file), named(file))) == {}


@pytest.mark.parametrize("text", ["click.echo(row.name)", "print(reason)", "Console().print(x)", "sys.stdout.write(x)"])
def test_words_that_go_past_it_are_found(text):
    assert spoken(ast.parse(text))


LOOKED_UP = {
    "ganzoo/__init__.py",
    "ganzoo/api/names.py",
    "ganzoo/backend/internals.py",
    "ganzoo/cli/__init__.py",
    "ganzoo/registry/hooks/offers.py",
    "ganzoo/registry/registry.py",
}


def test_modules_are_found_by_name_in_the_registry_alone():
    """A name in a recipe, a checkpoint or a result is looked up there, and is no module's; the others are our own."""
    others = [file for file in [*CORE, *PLUGINS, *CONFIGS] if named(file) not in LOOKED_UP]
    names = "import_module"
    assert unlike(others, lambda file: {n for n, _ in calls(tree_of(file)) if n.rpartition(".")[2] == names}) == {}
