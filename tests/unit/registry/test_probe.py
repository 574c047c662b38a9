import json
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from installed_plugins import Site, plugin_of

from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.probing import apart, probe, remembered
from ganzoo.registry.probing.announcement import Announcement, LoadedPart
from ganzoo.registry.probing.probe import look_at
from ganzoo.registry.probing.remembered import tried
from ganzoo.registry.registry import Entry
from ganzoo.registry.sources.installed import Found, installed

HOOK = "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n    register('rel', 'pretend_nets:Loss')\n"


@pytest.fixture
def site(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def looks(monkeypatch):
    """The names of the plugins that were looked at, one list for each time."""
    seen, original = [], probe.look_at

    def look_at(plugins, **how):
        seen.append([found.name for found in plugins])
        return original(plugins, **how)

    monkeypatch.setattr(probe, "look_at", look_at)
    return seen


def third(zoo):
    return {plugin.name: plugin for plugin in zoo.plugins if not plugin.bundled}


def found_of(name):
    return next(point for point in installed(True, None, ()) if point.name == name)


ENDS = {
    "import os; os._exit(7)": "its import ends the process with code 7",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "its import ends the process by SIGSEGV",
    "import time; time.sleep(600)": "its import did not end within 2 s (`ganzoo doctor bad` tries again, and",
    "import sys; sys.exit(3)": "cannot be imported: SystemExit: 3",
    "raise KeyboardInterrupt": "cannot be imported: KeyboardInterrupt",
    "def f(): f()\nf()": "cannot be imported: RecursionError: maximum recursion depth exceeded",
    "import json, os\njson.dumps = os.replace = open = None\nos._exit(0)": "its import ends the process with code 0",
    "raise ValueError('x' * 10**6)": "cannot be imported: ValueError: xxx",
}


def test_whatever_an_import_does_ends_no_more_than_its_own_process(site, monkeypatch):
    monkeypatch.setenv("GANZOO_PLUGIN_SECONDS", "2")
    for number, code in enumerate(ENDS):
        site.install(f"bad{number}", code, plugin="bad" if "sleep" in code else f"bad{number}")
    site.install("good", plugin_of("good"))
    zoo = load_zoo()
    assert zoo.registry.get("loss", "good").plugin == "good"
    failed = [plugin.reason for plugin in zoo.failed]
    assert len(failed) == len(ENDS)
    for reason in ENDS.values():
        assert any(said.startswith(reason) for said in failed), reason
    assert max(map(len, failed)) < 24 * 80


def test_what_a_plugin_leaves_open_does_not_keep_its_process(site):
    code = "import subprocess, sys, threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
    code += "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    site.install("busy", code + plugin_of("rel"))
    assert third(load_zoo())["busy"].status == "ok"


def test_an_import_touches_nothing_here(site):
    code = (
        "import os, sys, torch\nos.chdir('/'); os.environ['OMP_MINE'] = '1'; torch.set_default_dtype(torch.float64)\n"
    )
    module = site.install("evil", code + "torch.Tensor.mean = None\n" + plugin_of("rel"))
    here = Path.cwd()
    changes = third(load_zoo())["evil"].changes
    assert Path.cwd() == here
    assert "OMP_MINE" not in os.environ
    assert module not in sys.modules
    assert changes == (
        f"the working folder ({here} -> /)",
        "environment variables (OMP_MINE)",
        "torch's default dtype (torch.float32 -> torch.float64)",
        "torch.Tensor.mean (replaced)",
    )


def test_a_hook_that_changes_something_is_told(site):
    site.install("evil", HOOK + "    import random; random.seed(1)\n")
    assert third(load_zoo())["evil"].changes == ("the random state of the module random",)


def test_importing_torch_is_no_change(site):
    site.install("slow", "import torch, numpy\n" + plugin_of("rel"))
    assert third(load_zoo())["slow"].changes == ()


def test_a_plugin_is_looked_at_once(site, looks):
    site.install("one", plugin_of("one"))
    first = load_zoo()
    second = load_zoo()
    assert looks == [["one"]]
    assert third(second) == third(first)
    assert second.registry.get("loss", "one") == first.registry.get("loss", "one")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "nets.py").write_text("A = 2  # longer\n"),
        lambda folder: (folder / "more.yaml").touch(),
        lambda folder: (folder / "nets.py").unlink(),
        lambda folder: (folder.parent / "helping.py").write_text("B = 22\n"),
        lambda folder: (folder.parent / "other-2.0.dist-info").mkdir(),
        lambda folder: (folder.parent / "pack-1.2.dist-info/METADATA").write_text("Name: pack\nVersion: 1.3\n"),
    ],
    ids=["a file", "a new file", "a file gone", "another module", "an installation", "the version"],
)
def test_it_is_looked_at_anew_after_a_change(site, looks, change):
    folder = site.folder / "pack"
    folder.mkdir()
    (folder / "__init__.py").write_text("import helping\n" + HOOK)
    (folder / "nets.py").write_text("A = 1\n")
    (site.folder / "helping.py").write_text("B = 1\n")
    site.install("pack", "", entry_points="[ganzoo]\npack = pack\n")
    load_zoo()
    load_zoo()
    assert looks == [["pack"]]
    change(folder)
    load_zoo()
    assert looks == [["pack"]] * 2


def test_a_file_that_changes_while_it_is_looked_at_is_noticed(site, monkeypatch):
    module, original = site.folder / f"{site.install('one', plugin_of('one'))}.py", probe.look_at

    def look_at(plugins, **how):
        seen = original(plugins, **how)
        module.write_text(plugin_of("another"))
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(probe, "look_at", look_at)
        assert load_zoo().registry.get("loss", "one")
    assert load_zoo().registry.get("loss", "another")


@pytest.mark.parametrize("reason", ["it was killed", "no process"])
def test_what_may_be_the_machines_fault_is_not_kept(site, monkeypatch, tmp_path, reason):
    if reason == "no process":
        site.install("one", plugin_of("one"))

        def refuse(*command, **how):
            raise BlockingIOError(11, "no room for a process")

        with monkeypatch.context() as patched:
            patched.setattr(apart.subprocess, "Popen", refuse)
            assert third(load_zoo())["one"].reason.endswith(
                "no process can be started: [Errno 11] no room for a process"
            )
    else:
        mark = tmp_path / "first"
        code = f"import os, pathlib, signal\nmark = pathlib.Path({str(mark)!r})\n"
        code += "if not mark.exists():\n    mark.touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        site.install("one", code + plugin_of("one"))
        assert third(load_zoo())["one"].reason == "its import ends the process by SIGKILL"
    assert third(load_zoo())["one"].status == "ok"


def test_that_a_process_left_no_answer_is_kept_for_ten_minutes(site, looks, monkeypatch, tmp_path):
    """It may have had no room to write it, as here: files of no more than 0 bytes."""
    full = tmp_path / "full"
    full.touch()
    code = f"import pathlib, resource\nif pathlib.Path({str(full)!r}).exists():\n"
    site.install("one", code + "    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n" + plugin_of("one"))
    assert third(load_zoo())["one"].reason == "its import ends the process with code 1"
    full.unlink()
    clock = remembered.time.time()
    for later, status in ((0, "failed"), (500, "failed"), (601, "ok"), (10**6, "ok"), (-10, "ok")):
        monkeypatch.setattr(remembered.time, "time", lambda later=later: clock + later)
        assert third(load_zoo())["one"].status == status, later
    assert looks == [["one"], ["one"]]  # what was answered is kept for good


def test_that_there_was_no_answer_is_not_kept_by_a_clock_that_was_set_back(site, monkeypatch):
    site.install("one", "import os; os._exit(1)")
    assert third(load_zoo())["one"].status == "failed"
    [kept] = (Path(os.environ["GANZOO_CACHE"]) / "plugins").iterdir()
    data = json.loads(kept.read_text())
    for when in ({"time": data["time"] + 10**6}, {"time": None}, {}):
        kept.write_text(json.dumps({key: value for key, value in data.items() if key != "time"} | when))
        assert third(load_zoo())["one"].status == "failed"
        assert abs(json.loads(kept.read_text())["time"] - data["time"]) < 600, when


def test_no_room_for_what_is_asked_ends_no_command(site, monkeypatch):
    site.install("one", plugin_of("one"))

    def full(*given, **how):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(apart.tempfile, "mkdtemp", full)
        assert "No space left on device" in third(load_zoo())["one"].reason
    assert third(load_zoo())["one"].status == "ok"


@pytest.mark.slow
def test_an_import_of_parts_that_lacked_time_is_tried_again(site, monkeypatch, tmp_path):
    mark = tmp_path / "first"
    code = f"import pathlib, time\nmark = pathlib.Path({str(mark)!r})\n"
    code += "if not mark.exists():\n    mark.touch()\n    time.sleep(600)\n"
    (site.folder / "pretend_part.py").write_text("class Loss: pass\n")
    site.install("one", code + HOOK.replace("pretend_nets", "pretend_part"))
    found = found_of("one")
    monkeypatch.setattr(probe, "seconds_allowed", lambda: 60.0 if mark.exists() else 4.0)
    assert "did not end within 4 s" in tried(found, ["loss rel"]).problems[0]
    again = tried(found, ["loss rel"])
    assert again.problems == () and [part.problem for part in again.parts] == [""]


def test_damaged_announcements_are_made_anew(site, looks, tmp_path):
    site.install("one", plugin_of("one"))
    load_zoo()
    [kept] = (Path(os.environ["GANZOO_CACHE"]) / "plugins").iterdir()
    whole = kept.read_text()
    data = json.loads(whole)
    damaged = ["", "[]", "{}", "null", whole[:50], json.dumps({**data, "announcement": 3})]
    for key, value in {"hooks": [1], "entries": [{}], "seconds": "x", "problems": None, "parts": [1]}.items():
        damaged.append(json.dumps({**data, "announcement": {**data["announcement"], key: value}}))
    for text in damaged:
        kept.write_text(text)
        assert "one" in {entry.name for entry in load_zoo().registry.all("loss")}
    assert len(looks) == 1 + len(damaged)


def test_without_a_cache_it_is_looked_at_each_time(site, looks, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", "/proc/nowhere")
    site.install("one", plugin_of("one"))
    assert [third(load_zoo())["one"].status for _ in range(2)] == ["ok", "ok"]
    assert looks == [["one"], ["one"]]


def test_a_plugin_that_asks_for_all_plugins_does_not_meet_itself(site):
    code = "from ganzoo.registry.discovery import load_zoo\nprint(sum(not p.bundled for p in load_zoo().plugins))\n"
    site.install("asking", code + plugin_of("rel"))
    assert third(load_zoo())["asking"].status == "ok"


def test_parts_are_imported_when_that_is_asked_for(site):
    (site.folder / "pretend_parts.py").write_text("import torch\ntorch.manual_seed(3)\nclass Loss: pass\n")
    site.install("mine", HOOK.replace("pretend_nets", "pretend_parts"))
    site.install("yours", HOOK)
    [mine], [yours] = (look_at([found_of(name)], parts=None) for name in ("mine", "yours"))
    assert [(p.kind, p.name, p.problem, p.changes) for p in mine.parts] == [
        ("loss", "rel", "", ("torch's random state",))
    ]
    assert "cannot import pretend_nets:Loss: ModuleNotFoundError" in yours.parts[0].problem
    assert look_at([found_of("mine")])[0].parts == ()


def test_an_announcement_survives_json(tmp_path):
    (tmp_path / "r.yaml").touch()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/r.yaml", "title: x")
    found = Found("mine", "pack", "1.0", "MIT", "mine")
    about = ("mine", "1.0", "MIT", "said", "paper", None)
    entries = (
        Entry("loss", "a", "m:A", *about, {"k": [1, "2"]}, 3, "pack"),
        Entry("recipe", "b", tmp_path / "r.yaml", *about[:5], tmp_path / "r.yaml", distribution="pack"),
        Entry("recipe", "c", zipfile.Path(tmp_path / "a.zip", "in/r.yaml"), *about, distribution="pack"),
    )
    parts = (LoadedPart("loss", "a", 0.25, "no", ("c",)),)
    told = Announcement(("register_losses",), entries, ("p",), ("c",), 0.5, "printed", ("f",), parts)
    again = Announcement.from_json(json.loads(json.dumps(told.to_json())), found)
    assert again.entries[:2] == entries[:2]
    assert again.entries[2].file.read_text() == "title: x"
    assert replace(again, entries=()) == replace(told, entries=())


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "inf", "nan"])
def test_a_time_that_is_none_is_refused(site, monkeypatch, seconds):
    monkeypatch.setenv("GANZOO_PLUGIN_SECONDS", seconds)
    site.install("one", plugin_of("one"))
    with pytest.raises(PluginError, match=r"GANZOO_PLUGIN_SECONDS is .* must be a number of seconds above 0"):
        load_zoo()


def test_disabled_plugins_are_left_out_by_their_name_or_their_distributions(site, looks):
    for number in (1, 2):
        site.install(f"dist-{number}", plugin_of(f"loss-{number}"), plugin=f"point-{number}")
    zoo = load_zoo(disabled=["point-1", "Dist_2"])
    assert {plugin.status for plugin in third(zoo).values()} == {"disabled"}
    assert looks == []
    assert not zoo.failed
    with pytest.raises(UnknownName, match="no plugin of a third party named 'point-3'; did you mean 'point-"):
        load_zoo(disabled=["point-3"])


def test_only_those_that_are_named(site, looks):
    for number in (1, 2):
        site.install(f"dist-{number}", plugin_of(f"loss-{number}"), plugin=f"point-{number}")
    assert list(third(load_zoo(only=["point-1"]))) == ["point-1"]
    assert looks == [["point-1"]]
    assert third(load_zoo(only=())) == {}
    assert third(load_zoo(only=["gone"]))["gone"].reason == "not installed, and this run uses it"


def test_strictly_a_failure_or_a_change_is_an_error(site, monkeypatch):
    site.install("good", plugin_of("good"))
    monkeypatch.setenv("GANZOO_STRICT_PLUGINS", "1")
    load_zoo()
    site.install("evil", "import random; random.seed(1)\n" + plugin_of("evil"))
    site.install("bad", "1 / 0")
    with pytest.raises(PluginError) as refused:
        load_zoo()
    lines = str(refused.value).splitlines()
    assert ["'bad' (bad 1.2) is left out" in lines[0], "'evil' (evil 1.2) changes" in lines[1]] == [True, True]
    monkeypatch.setenv("GANZOO_STRICT_PLUGINS", "0")
    assert len(load_zoo().failed) == 1


NEWER = "Requires-Dist: torch\nRequires-Dist: ganzoo_core[ray] (>=7.1); python_version > '3'\n"


@pytest.mark.parametrize("code", ["from ganzoo.interfaces import Oracle", HOOK.replace("_losses", "_oracles")])
def test_one_that_was_made_for_a_newer_version_is_told_so(site, code):
    site.install("newer", code, metadata=NEWER)
    reason = third(load_zoo())["newer"].reason
    assert reason.startswith("it needs ganzoo_core>=7.1, and this is ganzoo-core 0.")
    assert "did you mean" not in reason


def test_a_requirement_that_is_met_is_no_reason(site):
    site.install("older", "1 / 0", metadata="Requires-Dist: ganzoo-core>=0.0.1\n")
    site.install("odd", "1 / 0", metadata="Requires-Dist: ganzoo-core ((\n")
    for reason in (p.reason for p in load_zoo().failed):
        said, _, place = reason.partition(" (")
        assert said == "cannot be imported: ZeroDivisionError: division by zero"
        assert place.endswith(".py, line 1)")


def test_a_hook_that_this_version_lacks_is_no_misspelling(site):
    site.install("newer", HOOK.replace("_losses", "_oracles"))
    reason = third(load_zoo())["newer"].reason
    assert reason.startswith("there is no hook 'register_oracles' in this version of ganzoo-core: a newer one may")
