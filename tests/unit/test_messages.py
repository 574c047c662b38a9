"""Who hears what ganzoo logs: nobody, the command line or a program, and each line once."""

import logging
import subprocess
import sys

import pytest

from ganzoo.messages import logged_to

LOGGER = logging.getLogger("ganzoo.somewhere")


def in_a_program(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_a_library_prints_nothing_unless_it_is_asked_to():
    warn = "import ganzoo, logging; {}; logging.getLogger('ganzoo.data.packed').warning('100% seen')"
    assert in_a_program(warn.format("pass")) == ("", "")
    assert in_a_program(warn.format("logging.basicConfig(format='%(name)s: %(message)s')")) == (
        "",
        "ganzoo.data.packed: 100% seen\n",
    )


def test_each_line_is_shown_once_whatever_the_root_logger_does(caplog):
    lines = []
    with caplog.at_level(logging.INFO), logged_to(lines.append):
        LOGGER.info("to 100 %s, {}")
    assert lines == ["to 100 %s, {}"] and not caplog.messages


def test_the_innermost_shows_alone_and_all_is_as_before_when_it_ends():
    top = logging.getLogger("ganzoo")
    before = top.level, top.propagate, list(top.handlers)
    outer, inner = [], []
    with logged_to(outer.append):
        with pytest.raises(OSError), logged_to(inner.append, logging.WARNING):
            LOGGER.info("progress")
            LOGGER.warning("warning")
            raise OSError
        LOGGER.info("later")
    assert (outer, inner) == (["later"], ["warning"])
    assert (top.level, top.propagate, list(top.handlers)) == before


def test_lines_follow_what_shows_them():
    first, second = [], []
    with logged_to(first.append) as handler:
        LOGGER.info("one")
        handler.say = second.append
        LOGGER.info("two")
    assert (first, second) == (["one"], ["two"])


def test_what_showing_a_line_raises_reaches_who_logged_it():
    def broken(line):
        raise BrokenPipeError

    with logged_to(broken), pytest.raises(BrokenPipeError):
        LOGGER.info("a line")
