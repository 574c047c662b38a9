import io
import re
import warnings

import pytest
import rich.console

from ganzoo.bench.live.display import Display, Progress, QuietDisplay, RunEnd, RunInfo, make_display
from ganzoo.bench.live.line_display import LineDisplay
from ganzoo.bench.live.live_display import LiveDisplay

COLUMNS = [
    {"key": "fid", "label": "FD[digits]", "better": "lower"},
    {"key": "is", "label": "IS[digits]", "better": "higher"},
]
METRICS = {"fid": 10.0667, "is": None}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def a_plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def infos(n: int) -> list[RunInfo]:
    return [RunInfo(f"r{i}", f"dcgan seed {i}") for i in range(n)]


def picture(display: LiveDisplay, width: int = 100, height: int = 30) -> str:
    """What the live display draws at this moment, without its escapes."""
    stream = io.StringIO()
    rich.console.Console(file=stream, width=width, height=height, markup=False).print(display)
    return stream.getvalue()


def test_a_terminal_gets_bars_and_a_pipe_gets_lines(monkeypatch):
    assert isinstance(make_display(Terminal()), LiveDisplay)
    assert isinstance(make_display(io.StringIO()), LineDisplay)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_display(Terminal()), LineDisplay)


def test_quiet_is_silent_except_for_what_is_said():
    stream = Terminal()
    display = make_display(stream, quiet=True)
    assert isinstance(display, QuietDisplay)
    with display:
        display.begin(infos(1))
        display.update("r0", Progress(0.5))
        display.finish("r0", RunEnd("failed", "killed", None, COLUMNS))
        display.say("a line\x1b[2J")
    assert stream.getvalue() == "a line\\x1b[2J\n"


def line_display() -> tuple[LineDisplay, io.StringIO, Clock]:
    stream, clock = io.StringIO(), Clock()
    display = LineDisplay(stream, clock)
    display.begin(infos(2))
    return display, stream, clock


def test_lines_say_what_begins_how_far_it_is_and_how_it_ended():
    display, stream, _ = line_display()
    display.update("r0", Progress(0.25, 25.0, 2153.4, 1.2345, 0.5, 42.0, "training"))
    display.finish("r0", RunEnd("done", None, METRICS, COLUMNS))
    display.finish("r1", RunEnd("diverged", "d_loss became NaN", None, COLUMNS))
    assert stream.getvalue().splitlines() == [
        "2 runs: dcgan seed 0, dcgan seed 1",
        "dcgan seed 0: training, 25%, 25 kimg, 2,153 images/s, losses d / g 1.23 / 0.5, 0:42 left",
        "dcgan seed 0: done, FD[digits] 10.07 (1 of 2)",
        "dcgan seed 1: diverged, d_loss became NaN (2 of 2)",
    ]


def test_a_run_has_a_line_every_ten_seconds_at_most():
    display, stream, clock = line_display()
    for second in range(31):
        clock.seconds = float(second)
        display.update("r0", Progress(second / 30))
    assert len(stream.getvalue().splitlines()) == 1 + 4  # begin; seconds 0, 10, 20, 30


def test_each_run_has_its_own_ten_seconds():
    display, stream, _ = line_display()
    for run in ("r0", "r1", "r0", "r1"):
        display.update(run, Progress(0.1))
    assert len(stream.getvalue().splitlines()) == 1 + 2


def test_an_evaluation_has_a_line_at_once_and_its_end_has_none():
    display, stream, clock = line_display()
    for second, phase in enumerate(["training", "training", "evaluating", "evaluating", "training", "evaluating"]):
        clock.seconds = float(second)
        display.update("r0", Progress(0.5, phase=phase))
    phases = [line.split(": ")[1].split(",")[0] for line in stream.getvalue().splitlines()[1:]]
    assert phases == ["training", "evaluating", "evaluating"]


def test_unknown_numbers_are_left_out_of_a_line():
    display, stream, _ = line_display()
    display.update("r0", Progress(phase="warming up", images_per_second=None))
    assert stream.getvalue().splitlines()[-1] == "dcgan seed 0: warming up, 0%, 0 kimg"


def test_a_process_that_starts_does_not_say_how_far_the_run_is():
    display, stream, clock = line_display()
    display.update("r0", Progress(phase="starting"))
    clock.seconds = 11.0
    display.update("r0", Progress(0.5, 50.0, phase="training"))
    assert stream.getvalue().splitlines()[1:] == [
        "dcgan seed 0: starting",
        "dcgan seed 0: training, 50%, 50 kimg",
    ]


def live_display(n: int) -> tuple[LiveDisplay, Terminal]:
    stream = Terminal()
    display = LiveDisplay(stream, width=100, height=30)
    display.begin(infos(n))
    return display, stream


def test_a_live_picture_has_a_row_for_every_run():
    display, _ = live_display(4)
    with display:
        display.update("r0", Progress(0.5, 50.0, 2153.4, 1.2345, float("nan"), 42.0))
        display.update("r1", Progress(0.2, 20.0, phase="evaluating"))
        display.finish("r2", RunEnd("done", None, METRICS, COLUMNS))
        rows = picture(display).splitlines()
    assert [row.split()[0] for row in rows] == ["run", "dcgan", "dcgan", "dcgan", "dcgan", "1/4"]
    assert rows[1].split()[3:] == [*rows[1].split()[3:4], "50", "2,153", "1.23", "/", "—", "0:42", "left"]
    assert rows[2].rstrip().endswith("evaluating")
    assert "done" in rows[3]
    assert rows[4].rstrip().endswith("waiting")
    assert rows[5].rstrip() == "1/4 done, 2 running, 1 waiting"


def test_the_final_scores_stand_in_the_row_where_there_is_room():
    display, _ = live_display(1)
    with display:
        display.finish("r0", RunEnd("done", None, METRICS, COLUMNS))
        assert "done, FD[digits] 10.07" in picture(display, width=120)
        assert "FD[digits]" not in picture(display, width=70)


def test_why_a_run_did_not_finish_stays_on_the_terminal():
    display, stream = live_display(2)
    with display:
        display.finish("r1", RunEnd("diverged", "d_loss became NaN", None, COLUMNS))
    assert "dcgan seed 1: diverged: d_loss became NaN\n" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


@pytest.mark.parametrize("height", [8, 16, 24])
def test_thirty_runs_show_the_running_the_last_finished_and_a_count(height):
    display, _ = live_display(30)
    with display:
        for i in range(20):
            display.update(f"r{i}", Progress(0.5))
            display.finish(f"r{i}", RunEnd("failed" if i == 3 else "done", None, METRICS, COLUMNS))
        for i in (20, 21):
            display.update(f"r{i}", Progress(0.5, seconds_left=7))
        text = picture(display, height=height)
    rows = text.splitlines()
    assert len(rows) <= height - 1
    assert "19/30 done, 1 failed, 2 running, 8 waiting" in rows[-1]
    assert [" ".join(row.split()[:3]) for row in rows[-3:-1]] == ["dcgan seed 20", "dcgan seed 21"]
    assert "dcgan seed 19 " in text
    assert "dcgan seed 0 " not in text
    assert "waiting" not in "".join(rows[:-1])


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_the_picture_fits_the_terminal(width):
    display, _ = live_display(1)
    with display:
        display.begin([RunInfo("r0", "dcgan:loss=hinge:schedule.batch=128 seed 0")])
        display.update("r0", Progress(0.5, 12345.0, 123456.0, -1234.5, 0.0001, 7200, "training"))
        rows = picture(display, width).splitlines()
    assert max(map(len, rows)) <= width
    assert len(rows) == 3


@pytest.mark.parametrize("kind", [LineDisplay, LiveDisplay])
def test_names_and_reasons_are_shown_and_not_obeyed(kind):
    stream = Terminal()
    display = kind(stream)
    with display:
        display.begin([RunInfo("r0", "[red]x[/red]\x1b[2J")])
        display.update("r0", Progress(0.5, phase="[blink]\x07"))
        if isinstance(display, LiveDisplay):
            assert "[red]x[/red]\\x1b[2J" in picture(display, 160)
            assert "[blink]\\x07" in picture(display, 160)
        display.finish("r0", RunEnd("failed", "[/] \x1b[31mred\nnext", None, COLUMNS))
    text = stream.getvalue()
    assert "[red]x[/red]\\x1b[2J" in text
    assert "[/] \\x1b[31mred next" in text
    assert "\x1b[2J" not in text
    assert "\x07" not in text


def test_no_color_leaves_the_bars_and_takes_their_colours(monkeypatch):
    def drawn() -> str:
        display, stream = live_display(1)
        with display:
            display.update("r0", Progress(0.5))
            display.finish("r0", RunEnd("failed", None, None, COLUMNS))
        return stream.getvalue()

    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|38;[0-9;]+|9[0-7])m")
    assert colour.search(drawn())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(drawn())
    assert "failed" in drawn()


@pytest.mark.parametrize("terminal", [True, False])
def test_stdout_stays_the_callers(terminal, monkeypatch, capsys):
    stream = Terminal() if terminal else io.StringIO()
    with make_display(stream) as display:
        display.begin(infos(1))
        print('{"clean": true}')
        display.update("r0", Progress(0.5))
        display.finish("r0", RunEnd("failed", "killed", None, COLUMNS))
        display.say("said")
    captured = capsys.readouterr()
    assert captured.out == '{"clean": true}\n'
    assert captured.err == ""
    assert "clean" not in stream.getvalue()
    assert "said" in stream.getvalue()


def test_stderr_is_the_stream_when_none_is_given(capsys):
    make_display().say("here")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "here\n")


def test_a_display_ends_itself_when_the_bench_breaks_and_may_end_twice():
    display, stream = live_display(1)
    with pytest.raises(KeyboardInterrupt), display:
        raise KeyboardInterrupt
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1
    display.end()
    assert stream.getvalue().count("\x1b[?25h") == 1


def test_the_displays_are_complete():
    assert all(not kind.__abstractmethods__ for kind in (QuietDisplay, LineDisplay, LiveDisplay))
    with pytest.raises(TypeError, match="abstract"), warnings.catch_warnings():
        Display()
