"""A bad plugin, or a bad part of one, is named, ends no command, and changes no number of another recipe.

Each kind is installed alone, as a package of a third party. ``ganzoo list`` has to end well and to name it, and a bench
of dcgan to give the numbers and the weights that it gives without it, to the last bit. A bad part is played beside
dcgan; it may be refused before anything is played, or its run may fail, but always in a sentence that names the plugin.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..frame import Tally

HOOK = "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n    register('bad', 'badplug.parts:Bad')\n"
PART = """{before}
import os, random, signal, sys, time
import numpy
import torch
from ganzoo.interfaces import Loss
class Bad(Loss):
    def __init__(self):
        super().__init__()
        {made}
    def d_loss(self, turn):
        {played}
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()
    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean()
"""
CHANGES = "torch.set_default_dtype(torch.float64); torch.manual_seed(3); torch.backends.mkldnn.enabled = False"
PATCH = "mean = torch.Tensor.mean\ntorch.Tensor.mean = lambda self, *a, **k: mean(self, *a, **k) * 1.001\n"
# Code of the module that the entry point names, by what it does. Those that sleep do so for ten minutes.
PLUGINS = {
    "needs a module that is not there": "import nowhere_to_be_found\n",
    "is no Python": "def (\n",
    "leaves by sys.exit": "import sys; sys.exit('no licence')\n",
    "leaves by os._exit": "import os; os._exit(0)\n",
    "raises KeyboardInterrupt": "raise KeyboardInterrupt\n",
    "recurses for ever": "def f(): return f()\nf()\n",
    "sleeps": "import time; time.sleep(600)\n",
    "kills its process": "import os; os.kill(os.getpid(), 9)\n",
    "closes the streams": "import os, sys; sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)\n" + HOOK,
    "moves to another folder": "import os; os.chdir('/')\n" + HOOK,
    "changes environment and path": "import os, sys; os.environ['OMP_NUM_THREADS'] = '3'; sys.path.reverse()\n" + HOOK,
    "changes warnings and signals": "import signal, warnings; warnings.simplefilter('ignore')\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HOOK,
    "changes torch's defaults": f"import torch; {CHANGES}; torch.set_grad_enabled(False)\n" + HOOK,
    "turns mkldnn off": "import torch; torch.backends.mkldnn.enabled = False\n" + HOOK,
    "patches Tensor.mean": f"import torch\n{PATCH}" + HOOK,
    "seeds every stream": "import random, numpy, torch; random.seed(0); numpy.random.seed(0); torch.manual_seed(0)\n"
    + HOOK,
    "fails in a hook": HOOK + "    raise ValueError('x' * 10**6)\n",
    "changes the state in a hook": HOOK + "    import torch; torch.use_deterministic_algorithms(True)\n",
    "has a hook of another signature": HOOK.replace("(register)", "(registry)"),
    "has a hook of a newer version": HOOK.replace("register_losses", "register_oracles"),
    "takes a name of ours": HOOK.replace("'bad'", "'hinge'"),
}
# Code before the part's class, in its constructor and in its turn, by what it does.
PARTS = {
    "import needs a module that is not there": ("import nowhere_to_be_found", "", ""),
    "import ends the process": ("import os; os._exit(3)", "", ""),
    "import raises KeyboardInterrupt": ("raise KeyboardInterrupt", "", ""),
    "import sleeps": ("import time; time.sleep(600)", "", ""),
    "import changes the state": (f"import os, torch; {CHANGES}; os.chdir('/')", "", ""),
    "import patches Tensor.mean": (f"import torch\n{PATCH}", "", ""),
    "cannot be built": ("", "raise ValueError('never')", ""),
    "ends the process when it is built": ("", "os._exit(3)", ""),
    "leaves by sys.exit when it is built": ("", "sys.exit(3)", ""),
    "changes the state when it is built": ("", CHANGES, ""),
    "raises in its turn": ("", "", "raise KeyError('x' * 10**6)"),
    "leaves by sys.exit in its turn": ("", "", "sys.exit(0)"),
    "raises KeyboardInterrupt in its turn": ("", "", "raise KeyboardInterrupt"),
    "ends the process in its turn": ("", "", "os._exit(0)"),
    "crashes in its turn": ("", "", "os.kill(os.getpid(), signal.SIGSEGV)"),
    "runs out of memory": ("", "", "raise MemoryError"),
    "gives no scalar": ("", "", "return turn.on_fake['logits']"),
    "gives no number": ("", "", "return turn.on_fake['logits'].sum() * float('nan')"),
    "changes the state in its turn": (
        "",
        "",
        "torch.use_deterministic_algorithms(True); random.seed(1); os.chdir('/')",
    ),
}
LIMIT = 600  # seconds that a command may take
SCREEN = 24 * 80
SHORT = (
    *("--data", "digits", "--seeds", "1", "--budget", "20steps", "--samples", "100", "--evaluations", "1"),
    *("--examine", "none", "--replicates", "0", "--threads", "1", "--parallel", "1", "--quiet"),
)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    said: str


class Site:
    """A folder of its own for each kind, in which a bad plugin is installed and commands are run."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        folder.mkdir(parents=True, exist_ok=True)

    def install(self, module: str, parts: str = "") -> None:
        """Write the package and its metadata."""
        package, info = self.folder / "site" / "badplug", self.folder / "site" / "badplug-1.0.dist-info"
        for made in (package, info):
            made.mkdir(parents=True)
        (package / "__init__.py").write_text(module)
        (package / "parts.py").write_text(parts or PART.format(before="", made="pass", played="pass"))
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: badplug\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[ganzoo]\nbadplug = badplug\n")

    def run(self, *words: str, seconds: str) -> Ended:
        """Run ganzoo, with this long for an import."""
        path = os.pathsep.join([str(self.folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
        given = {"PYTHONPATH": path, "GANZOO_CACHE": str(self.cache), "GANZOO_PLUGIN_SECONDS": seconds}
        environment = {**os.environ, **given, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "ganzoo", *words]
        try:
            ended = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            return Ended(-1, "it did not end")
        return Ended(ended.returncode, ended.stderr)

    def numbers(self) -> dict[str, object]:
        """Return what dcgan's run gave; nothing where it was not played."""
        found = list(self.folder.glob("out/dcgan/seed0/result.json"))
        if not found:
            return {}
        result = json.loads(found[0].read_text())
        return {key: result[key] for key in ("status", "metrics")} | {"state": result["digests"]["state"]}

    def reasons(self) -> str:
        """Return why runs failed, and what stands in their logs of plugins."""
        results = [json.loads(path.read_text())["reason"] or "" for path in self.folder.glob("out/*/seed0/result.json")]
        logs = [
            line
            for path in self.folder.glob("out/*/seed0/log.txt")
            for line in path.read_text().splitlines()
            if line.startswith("Warning: plugin")
        ]
        return "\n".join([*results, *logs])


def count(share: float, folder: Path, kinds: tuple[str, ...] = (*PLUGINS, *PARTS)) -> Tally:
    """Install every kind alone; a share does not lessen them, as there is one attempt of each."""
    tally, cache = Tally(), folder / "cache"
    bare = Site(folder / "none", cache)
    ended = bare.run("bench", "dcgan", *SHORT, "--out", "out", seconds="30")
    expected = bare.numbers()
    assert expected.get("status") == "done", ended.said
    for number, kind in enumerate(kinds):
        site = Site(folder / f"kind{number}", cache)
        why = _plugin(site, kind, expected) if kind in PLUGINS else _part(site, kind, expected)
        tally.add(f"plugin {kind}" if kind in PLUGINS else f"part {kind}", not why, why)
    return tally


def _plugin(site: Site, kind: str, expected: dict[str, object]) -> str:
    """Give what is wrong once a bad plugin is installed; nothing where all is well."""
    site.install(PLUGINS[kind])
    seconds = "3" if kind == "sleeps" else "120"
    listed = site.run("list", seconds=seconds)
    played = site.run("bench", "dcgan", *SHORT, "--out", "out", seconds=seconds)
    if listed.code or played.code:
        return f"exit codes {listed.code} and {played.code}: {played.said[-300:]}"
    if "plugin 'badplug'" not in listed.said:
        return f"it is not named: {listed.said[-300:]!r}"
    if "Traceback" in listed.said + played.said or len(listed.said) > SCREEN:
        return f"it is told in {len(listed.said)} characters: {listed.said[:300]}"
    return "" if site.numbers() == expected else f"dcgan gave {site.numbers()}, and gives {expected} without it"


def _part(site: Site, kind: str, expected: dict[str, object]) -> str:
    """Give what is wrong once a bad part is played beside dcgan; nothing where all is well."""
    before, made, played = PARTS[kind]
    site.install(HOOK, PART.format(before=before, made=made or "pass", played=played or "pass"))
    seconds = "20" if "sleeps" in kind else "120"
    ended = site.run("bench", "dcgan", "dcgan:loss=bad", *SHORT, "--out", "out", seconds=seconds)
    said = ended.said + site.reasons()
    if ended.code not in (0, 1, 2):
        return f"exit code {ended.code}: {ended.said[-300:]}"
    if "plugin 'badplug'" not in said:
        return f"it is not named: {said[-300:]!r}"
    if "Traceback" in ended.said or max(map(len, said.splitlines())) > SCREEN:
        return f"it is told in {len(said)} characters: {said[:300]}"
    if ended.code != 2 and site.numbers() != expected:
        return f"dcgan gave {site.numbers()}, and gives {expected} without it"
    alone = site.run("bench", "dcgan", *SHORT, "--out", "out", "--fresh", seconds=seconds)
    return "" if not alone.code and site.numbers() == expected else f"alone, dcgan gave {site.numbers()}: {alone.said}"
