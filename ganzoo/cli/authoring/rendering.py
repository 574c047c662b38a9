"""Templates of plugins, filled in: a package for each kind of part, or the one file of it. Imports no torch.

The templates are the files of the folder ``templates``; ``$name`` and the like in them are what ``_words`` gives.
"""

import datetime
import keyword
import sys
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from string import Template

from ...errors import PluginError
from ...registry.registry import PLURALS, is_name
from ..catalogue.part_use import use_of

_BUDGET = "--budget 20kimg"
_DATA = f"--data digits {_BUDGET}"


def require_name(kind: str, name: str) -> None:
    """Require that a name can be that of a part, of a distribution and of a module.

    Raises:
        PluginError: it cannot.
    """
    module = module_of(name)
    if not is_name(name):
        raise PluginError(f"{name!r} is no name of a {kind}: write lower-case words joined by '-', as in my-{kind}")
    if not module.isidentifier() or keyword.iskeyword(module):
        raise PluginError(
            f"{name!r} is no name of a {kind}: its module {module!r} must begin with a letter, "
            "and be no word of Python's own"
        )
    if module in sys.stdlib_module_names or find_spec(module) is not None:
        raise PluginError(f"{name!r} is no name for a plugin: the module {module!r} is installed already; take another")


def module_of(name: str) -> str:
    """Return the module of a plugin's name."""
    return name.replace("-", "_")


def class_of(name: str) -> str:
    """Return the class of a part's name: ``MyLoss`` of ``my-loss``."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def used(kind: str, name: str) -> str:
    """Return the command that uses a part, beside a recipe without it where it changes one."""
    if kind == "modality":
        return f"ganzoo show {name} --kind modality"
    if kind == "recipe":
        return f"ganzoo bench dcgan {name} {_DATA}"
    base = "ns-gan" if kind == "regularizer" else "dcgan"
    use = use_of(kind, f"fid,{name}" if kind == "metric" else name, base)
    if kind in ("generator", "discriminator", "loss", "regularizer"):
        use = f"{base} {use}"
    if kind == "dataset":
        return f"ganzoo bench {use} {_BUDGET}"
    return f"ganzoo bench {use}{' --metrics fid,kid' if kind == 'extractor' else ''} {_DATA}"


def package(kind: str, name: str) -> dict[str, str]:
    """Return the files of a package that adds one part, by their paths in it."""
    words, module = _words(kind, name), module_of(name)
    part = f"{module}/{name}.yaml" if kind == "recipe" else f"{module}/{words['part']}.py"
    body = "recipe.yaml.tmpl" if kind == "recipe" else f"{kind}.py.tmpl"
    hooks = "hooks.recipe.tmpl" if kind == "recipe" else "hooks.py.tmpl"
    return {
        "pyproject.toml": _filled("pyproject.toml.tmpl", words),
        "README.md": _filled("README.md.tmpl", words),
        f"{module}/__init__.py": _filled(hooks, words),
        f"{module}/py.typed": "",
        part: _filled(body, words),
        f"tests/test_{module}.py": _filled(f"{kind}.test.tmpl", words),
        "tests/test_conformance.py": _filled("conformance.test.tmpl", words),
    }


def single_file(kind: str, name: str) -> dict[str, str]:
    """Return the one file of a part, for ``--plugin``; of a recipe its YAML file, which is used by its path."""
    words = _words(kind, name)
    if kind == "recipe":
        return {f"{name}.yaml": _filled("recipe.yaml.tmpl", words)}
    words["label"] = f'\n    name = "{name}"  # by which it is registered\n'
    return {f"{module_of(name)}.py": _filled(f"{kind}.py.tmpl", words)}


def _words(kind: str, name: str) -> dict[str, str]:
    return {
        "name": name,
        "kind": kind,
        "plural": PLURALS[kind],
        "module": module_of(name),
        "part": kind,
        "Class": class_of(name),
        "Title": name.replace("-", " ").capitalize(),
        "summary": _summary(kind),
        "year": str(datetime.datetime.now(tz=datetime.UTC).year),
        "used": used(kind, name),
        "label": "",
    }


def _summary(kind: str) -> str:
    """Return the first line of the docstring of a template's class."""
    if kind == "recipe":
        return ""
    return _template(f"{kind}.py.tmpl").split('    """', 1)[1].split('"""', 1)[0].strip().rstrip(".")


def _template(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _filled(name: str, words: Mapping[str, str]) -> str:
    return Template(_template(name)).substitute(words)
