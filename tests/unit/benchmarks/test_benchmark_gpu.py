"""The command that measures a GPU: its runner, with stages that do all that a stage may do."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repository import ROOT

from benchmarks.gpu import __main__ as command
from benchmarks.gpu import child, page, record, runner, sentences
from benchmarks.gpu.readings import Found
from benchmarks.gpu.record import Played, Record
from benchmarks.gpu.stages import STAGES, Setting, Stage


def read(folder):
    found = Found(short=json.loads((folder / "found.json").read_text())["short"])
    found.add("What it found", [{"a": 1, "b": float("nan")}], ("a", "b"))
    return found


def stage(name, code, limit=30.0, **more):
    more.setdefault("read", read)
    return Stage(name, f"what {name} does", lambda given: ["-c", code], limit=limit, **more)


def session(folder, minutes=10.0, grace=0.5, **more):
    folder.mkdir(exist_ok=True)
    told = []
    return runner.Session(
        folder,
        Setting(),
        time.monotonic() + 60 * minutes,
        runner.Stop(),
        Record(),
        tell=told.append,
        grace=grace,
        **more,
    )


def play(folder, *played, **more):
    made = session(folder, **more)
    made.play(played)
    return made.record.stages


WRITES = "open('found.json', 'w').write('{\"short\": \"it worked\"}')\n"
GOOD = stage("good", WRITES)


# -- what a stage may do ---------------------------------------------------------------------------------------------

FATES = {
    "works": (WRITES, record.DONE, "it worked", ""),
    "raises": (
        f"{WRITES}raise ValueError('of /some/where/x.py')",
        record.FAILED,
        "it worked",
        "exit code 1: ValueError: of x.py",
    ),
    "crashes": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", record.FAILED, "", "ended by SIGSEGV"),
    "lacks a package": (
        "import no_such_package.part",
        record.FAILED,
        "",
        "the Python package no_such_package is not installed",
    ),
    "leaves nothing": ("", record.FAILED, "", "it left no results: No such file or directory: 'found.json'"),
    "leaves garbage": ("open('found.json', 'w').write('{')", record.FAILED, "", "its results: JSONDecodeError"),
    "leaves another shape": ("open('found.json', 'w').write('[]')", record.FAILED, "", "its results: TypeError"),
    "refuses": (
        "import sys; sys.exit('Error: there is no such thing')",
        record.FAILED,
        "",
        "exit code 1: there is no such thing",
    ),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_stage_that_fails_costs_itself_alone(fate, tmp_path):
    code, status, short, why = FATES[fate]
    found = play(tmp_path / "out", stage("odd", code), GOOD)
    assert (found["odd"].status, found["odd"].short) == (status, short)
    assert found["odd"].why.startswith(why) and (why or not found["odd"].why)
    assert found["good"].status == record.DONE and found["good"].short == "it worked"


def test_a_stage_that_hangs_is_asked_to_stop_and_then_killed(tmp_path):
    polite = stage("polite", f"import time\n{WRITES}time.sleep(60)", limit=1.5)
    deaf = stage("deaf", "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)", limit=1.5)
    found = play(tmp_path / "out", polite, deaf, GOOD)
    assert found["polite"].status == found["deaf"].status == record.CUT
    assert found["polite"].short == "it worked"  # what it had written is read
    assert "KeyboardInterrupt" in (tmp_path / "out" / "polite" / "log.txt").read_text()
    assert found["deaf"].seconds < 10 and "seconds were up" in found["deaf"].why
    assert found["good"].status == record.DONE


def test_no_child_outlives_its_stage(tmp_path):
    code = "import subprocess, sys\n"
    code += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    code += f"open('pid', 'w').write(str(child.pid))\n{WRITES}"
    found = play(tmp_path / "out", stage("parent", code))
    assert found["parent"].status == record.DONE and found["parent"].seconds < 30
    pid = int((tmp_path / "out" / "parent" / "pid").read_text())
    for _ in range(100):  # it is nobody's child, and whoever takes it in reaps it when it likes
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} still runs")


def test_a_flood_of_output_does_not_fill_the_disk(tmp_path):
    code = (
        f"import sys\nfor i in range(2000):\n    print('x' * 10_000)\nprint('the last line', file=sys.stderr)\n{WRITES}"
    )
    found = play(tmp_path / "out", stage("flood", code))
    log = tmp_path / "out" / "flood" / "log.txt"
    assert found["flood"].status == record.DONE
    assert log.stat().st_size <= child.HEAD + child.TAIL + 200
    text = log.read_text()
    assert text.rstrip().endswith("the last line") and "bytes left out" in text


def test_standard_output_may_go_into_a_file(tmp_path):
    written = stage("told", 'print(\'{"short": "by print"}\')', stdout="found.json")
    assert play(tmp_path / "out", written)["told"].short == "by print"


def test_a_stage_that_cannot_be_begun(tmp_path):
    def refuses(given):
        raise RuntimeError("no words")

    broken = Stage("broken", "no command", refuses, read, limit=10)
    found = play(tmp_path / "out", broken, GOOD)
    assert found["broken"].why == "it cannot be begun: RuntimeError('no words')"
    assert found["good"].status == record.DONE


def test_a_program_that_is_not_there(tmp_path):
    ended = child.run(["/no/such/program"], folder=tmp_path, environment={}, log=tmp_path / "log", seconds=5)
    assert ended.code is None and "cannot be started" in sentences.how(ended, tmp_path / "log")


# -- time --------------------------------------------------------------------------------------------------------------


def test_what_has_no_time_left_is_not_begun(tmp_path):
    found = play(tmp_path / "out", GOOD, minutes=0.0)
    assert found["good"].status == record.CUT and found["good"].why.startswith("not begun: 0 seconds were left")
    assert not (tmp_path / "out" / "good").exists()


def test_a_short_stage_goes_on_where_a_long_one_has_no_time(tmp_path):
    found = play(tmp_path / "out", stage("long", WRITES, least=50), stage("short", WRITES, least=1), minutes=0.5)
    assert (found["long"].status, found["short"].status) == (record.CUT, record.DONE)


def test_a_stage_gets_its_limit_or_its_share_or_what_is_left(tmp_path):
    given = [stage(name, WRITES, limit=30, share=share, least=0) for name, share in (("a", 0.0), ("b", 0.5))]
    found = play(tmp_path / "roomy", *given, minutes=10)
    assert found["a"].limit == 30 and 250 < found["b"].limit < 300
    found = play(tmp_path / "tight", *given, minutes=0.3)
    assert found["a"].limit <= 18 - 0.5 - runner.SPARE and found["b"].limit <= found["a"].limit


def test_all_of_it_is_over_in_time(tmp_path):
    began = time.monotonic()
    hang = stage("hang", "import time; time.sleep(600)", limit=500, least=0)
    found = play(tmp_path / "out", hang, hang, minutes=0.1)
    assert time.monotonic() - began < 6 + 2 and found["hang"].status == record.CUT


def test_the_first_eight_stages_fit_into_the_default_minutes():
    minutes = command.parser().get_default("minutes")
    assert sum(s.limit for s in STAGES[:8]) + child.GRACE + runner.SPARE <= 60 * minutes


def test_stages_are_in_the_order_that_was_asked_for():
    names = "environment first-look bench tests peers-dcgan peers-others seeds-together limit profile evaluation"
    assert [s.name for s in STAGES] == f"{names} stacked-mnist grid time-to-quality zoo".split()


# -- going on ----------------------------------------------------------------------------------------------------------


def test_the_first_stage_is_played_again_where_one_goes_on():
    names = [s.name for s in runner.from_stage(STAGES, "limit")]
    assert names[:2] == ["environment", "limit"] and names[-1] == STAGES[-1].name
    assert runner.from_stage(STAGES, None) == runner.from_stage(STAGES, "environment") == list(STAGES)


def test_a_stage_that_goes_on_finds_what_it_left_and_another_does_not(tmp_path):
    counts = "import pathlib\np = pathlib.Path('n')\np.write_text((p.read_text() if p.exists() else '') + 'x')\n"
    counts += "open('found.json', 'w').write('{\"short\": \"%s\"}' % p.read_text())"
    given = [stage("on", counts, goes_on=True), stage("anew", counts)]
    play(tmp_path / "out", *given)
    found = play(tmp_path / "out", *given)
    assert (found["on"].short, found["anew"].short) == ("xx", "x")


@pytest.fixture
def fabricated(monkeypatch, tmp_path):
    """The command with other stages: a GPU that is called as a file says, and two that count their turns."""
    device = tmp_path / "device"
    device.write_text("GPU A")
    tells = f"import json, pathlib\nd = pathlib.Path({str(device)!r}).read_text()\n"
    tells += "json.dump({'device': d}, open('found.json', 'w'))"

    def facts(folder):
        name = json.loads((folder / "found.json").read_text())["device"]
        return Found(short=name, data={"facts": {"device": name}})

    given = (stage("environment", tells, read=facts), stage("one", WRITES), stage("two", WRITES))
    monkeypatch.setattr(command, "STAGES", given)
    monkeypatch.setattr(command, "require_ganzoo", lambda: None)
    monkeypatch.chdir(tmp_path)
    return device


def test_going_on_keeps_what_came_before(fabricated, tmp_path, capsys):
    assert command.main(["--out", "d"]) == 0
    first = record.read(tmp_path / "d")
    assert [s.status for s in first.stages.values()] == [record.DONE] * 3 and first.finished
    before = (tmp_path / "d" / "one" / "found.json").stat().st_mtime_ns
    assert command.main(["--out", "d", "--from", "two", "--minutes", "3"]) == 0
    second = record.read(tmp_path / "d")
    assert (tmp_path / "d" / "one" / "found.json").stat().st_mtime_ns == before
    assert second.minutes == [8.0, 3.0] and len(second.commands) == 2 and list(second.stages) == list(first.stages)
    assert "| two " in capsys.readouterr().out and "## one: what one does" in (tmp_path / "d" / "gpu.md").read_text()


def test_results_are_not_written_over(fabricated, tmp_path, capsys):
    assert command.main(["--out", "d"]) == 0
    assert command.main(["--out", "d"]) == 2
    assert "d holds results already" in capsys.readouterr().err
    assert command.main(["--out", "d", "--from", "two", "--rehearsal"]) == 2
    fabricated.write_text("GPU B")
    assert command.main(["--out", "d", "--from", "two"]) == 2
    assert "d holds results of GPU A, and this is GPU B" in capsys.readouterr().err
    assert record.read(tmp_path / "d").device == "GPU A"


def test_a_signal_ends_it_with_what_there_is(tmp_path):
    code = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/support")!r}, {str(ROOT / "tests/unit/benchmarks")!r}]
from test_benchmark_gpu import GOOD, command, stage
command.require_ganzoo = lambda: None
hang = stage("hang", "import time; print('it hangs', flush=True); time.sleep(600)", limit=500)
command.STAGES = (GOOD, hang, stage("never", ""))
sys.exit(command.main(["--out", "d"]))
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    log = tmp_path / "d" / "hang" / "log.txt"
    for _ in range(600):
        if log.is_file() and "it hangs" in log.read_text():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=60)
    found = record.read(tmp_path / "d").stages
    assert process.returncode == 143
    assert [found[name].status for name in ("good", "hang", "never")] == [record.DONE, record.STOPPED, record.CUT]
    assert "| never " in told and (tmp_path / "d" / "gpu.md").is_file()


def test_a_stage_is_interruptible_where_the_command_is_not(tmp_path):
    """A shell starts what runs in its background with SIGINT ignored, and children inherit that."""
    was = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        found = play(tmp_path / "out", stage("hang", "import time; time.sleep(60)", limit=1.5), grace=20)
    finally:
        signal.signal(signal.SIGINT, was)
    assert found["hang"].seconds < 15


# -- without a GPU -----------------------------------------------------------------------------------------------------


def test_without_a_gpu_it_says_so_in_one_sentence(tmp_path):
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    words = [sys.executable, "-m", "benchmarks.gpu", "--out", str(tmp_path / "d")]
    ran = subprocess.run(words, cwd=ROOT, env=hidden, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 3 and len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("Error: torch ") and "sees no CUDA GPU" in ran.stderr
    assert not (tmp_path / "d").exists()


def test_without_ganzoo_it_says_how_to_install_it(tmp_path, monkeypatch, capsys):
    find = command.importlib.util.find_spec
    monkeypatch.setattr(
        command.importlib.util, "find_spec", lambda name: None if name == "ganzoo_plugins" else find(name)
    )
    assert command.main(["--out", str(tmp_path / "d")]) == 3
    told = capsys.readouterr().err
    assert "the package ganzoo_plugins is not installed" in told and "pip install -e ." in told


def test_the_stages_are_listed(capsys):
    assert command.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [s.name for s in STAGES]


def test_a_stage_says_what_it_lacks():
    needs = {s.name: s.lacks(Setting()) for s in STAGES}
    assert {name for name, lacks in needs.items() if lacks} == {"stacked-mnist", "time-to-quality", "zoo"}
    assert not any(s.lacks(Setting(mnist=Path("m"), cifar="cifar10")) for s in STAGES)


# -- what is written ---------------------------------------------------------------------------------------------------


def test_a_record_holds_no_folder_of_a_machine_and_no_number_that_json_has_not(tmp_path):
    made = Record(commands=["python"], started="now")
    made.stages["a"] = Played(
        "a", "A", record.FAILED, data={"x": [float("inf"), "in /home/me/x.py and https://a.b/c/d"]}
    )
    record.write(made, tmp_path)
    text = (tmp_path / record.NAME).read_text()
    assert "/home/" not in text and "https://a.b/c/d" in text
    assert record.read(tmp_path).stages["a"].data == {"x": ["inf", "in x.py and https://a.b/c/d"]}


def test_a_page_shows_the_short_table_first_and_what_is_no_number(tmp_path):
    found = play(tmp_path / "out", GOOD, stage("odd", "raise ValueError('a | b')"))
    made = Record(commands=["python -m benchmarks.gpu"], stages=found)
    lines = page.page(made).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert rows[2].startswith("| good") and "it worked" in rows[2] and r"a \| b" in rows[3]
    assert "| 1 | nan |" in lines


def test_a_record_that_cannot_be_read_is_refused(fabricated, tmp_path, capsys):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / record.NAME).write_text('{"schema": 99}')
    assert command.main(["--out", "d", "--from", "one"]) == 2
    assert "another version" in capsys.readouterr().err
