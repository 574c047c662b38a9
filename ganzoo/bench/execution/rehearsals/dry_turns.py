"""Dry turns in a process of their own, which a part that crashes or hangs cannot take the bench down with."""

import faulthandler
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

LONGEST_SECONDS = 120.0  # for one recipe, which takes some hundredths


def apart(questions: Sequence[Callable[[], str]]) -> list[str]:
    """Ask each question in a fork, and give the answers in order; nothing for one that crashes it, or takes too long.

    What a question does to this process, such as its random streams, stays there. Where processes cannot be forked
    (Windows, or in a process of ``multiprocessing`` that is a daemon), or not safely (macOS), they are asked here.

    Args:
        questions: none raises an error.
    """
    if sys.platform != "linux" or multiprocessing.current_process().daemon:
        return [ask() for ask in questions]
    answers: list[str] = []
    while len(answers) < len(questions):
        with _fork(questions[len(answers) :]) as heard:
            answers += heard
        if len(answers) < len(questions):
            answers.append("")  # of the one that the fork ended at; its run will tell
    return answers


@contextmanager
def _fork(questions: Sequence[Callable[[], str]]) -> Iterator[Iterator[str]]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(questions, theirs), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads: the fork plays on one
        process.start()
    theirs.close()
    try:
        yield _heard(ours, len(questions))
    finally:
        ours.close()
        process.kill()
        process.join()


def _heard(pipe: "Connection[str, str]", count: int) -> Iterator[str]:
    """Give the answers that come, as long as they do."""
    try:
        for _ in range(count):
            if not pipe.poll(LONGEST_SECONDS):
                return
            yield pipe.recv()
    except EOFError:
        return


def _answer(questions: Sequence[Callable[[], str]], pipe: "Connection[str, str]") -> None:
    """In the fork: answer, with what parts print thrown away."""
    faulthandler.disable()
    with Path(os.devnull).open("w") as nothing:
        for stream in (1, 2):
            os.dup2(nothing.fileno(), stream)
        sys.stdout = sys.stderr = nothing
        for ask in questions:
            pipe.send(ask())
