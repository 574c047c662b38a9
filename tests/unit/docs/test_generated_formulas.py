"""Formulas of docstrings are found in their sentences, and written in LaTeX that says the same."""

import re

import pytest

from docs.generate.docstrings import docstring, mathematical
from docs.generate.formulas import latex, spans
from docs.generate.parts import computed
from ganzoo.registry.discovery import load_zoo

COMMANDS = {  # what each command stands for in a docstring
    r"\mathbb{E}": "E",
    r"\nabla": "grad",
    r"\mid": "|",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\lVert": "||",
    r"\rVert": "||",
    r"^{\ast}": "*",
    r"\circ": "o",
}


def read_back(text):
    """The formula that some LaTeX was written from, without spaces."""
    for command, sign in COMMANDS.items():
        text = text.replace(command, sign)
    text = re.sub(r"\\mathrm\{(\w+)\}", r"\1", text)
    return re.sub(r"[{}\s]", "", re.sub(r"\\([A-Za-z]+)", r"\1", text))


def found(text):
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("-E[log D(fake)], a scalar.", ["-E[log D(fake)]"]),
        ("E[D(fake)] - E[D(real)] is it", ["E[D(fake)] - E[D(real)]"]),
        ("so x descends E[(D(x) - b)^2] / 2 + E[D(y)] / 2.", ["E[(D(x) - b)^2] / 2 + E[D(y)] / 2"]),
        ("E[L(real)] - k_t E[L(fake)]; more", ["E[L(real)] - k_t E[L(fake)]"]),
        ("``w`` (-E[a] + E[b]), a scalar", ["-E[a] + E[b]"]),
        ("E[a], or E[b] if so", ["E[a]", "E[b]"]),
        ("lambda_real E[a(b)^2] + lambda_fake E[c]", ["lambda_real E[a(b)^2] + lambda_fake E[c]"]),
        ("f(x) = E|h(x) - h(y')| - |h(x)|, and", ["E|h(x) - h(y')| - |h(x)|"]),
        ("the largest ||grad D(x)||^2 of all", ["||grad D(x)||^2"]),
        ("E k(a, b) - E k(c, d), which", ["E k(a, b) - E k(c, d)"]),
        ("2 E|a - b| - E|a - a'|, a scalar", ["2 E|a - b| - E|a - a'|"]),
        ("r is E|G(z') - G(z)| / E|z' - z|, the", ["E|G(z') - G(z)| / E|z' - z|"]),
        ("-E[log Q(angle | real, turned by it)]", []),  # a sentence is in it
        ("E[f(x] and E[", []),  # not closed
        ("E[a = b]", []),  # no sign of a formula
        ("a scalar of at least log 2B; the GENERATOR [1, 2]", []),
    ],
)
def test_formulas_are_found_in_sentences(text, formulas):
    assert found(text) == formulas


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("E[max(0, 1 - D(real))]", r"\mathbb{E}[\max(0, 1 - D(\mathrm{real}))]"),
        ("E[(||grad D(x)|| - k)^2]", r"\mathbb{E}[(\lVert \nabla D(x)\rVert - k)^2]"),
        ("-E[log C_mi(y | fake)]", r"-\mathbb{E}[\log C_{\mathrm{mi}}(y \mid \mathrm{fake})]"),
        ("E[f*(T(fake))]", r"\mathbb{E}[f^{\ast}(T(\mathrm{fake}))]"),
        ("E|h(x) - z'|", r"\mathbb{E} \lvert h(x) - z' \rvert"),
        ("lambda_gen E[|G(z)|^2] / 2", r"\lambda_{\mathrm{gen}} \mathbb{E}[\lvert G(z)\rvert^2] / 2"),
        ("k_t E[2 * 0.5]", r"k_t \mathbb{E}[2 \cdot 0.5]"),
    ],
)
def test_formulas_are_written_in_latex(formula, written):
    assert latex(formula) == written


def test_every_formula_of_the_bundled_terms_is_read_back():
    registry = load_zoo(third_party=False).registry
    formulas = set()
    for kind in ("loss", "regularizer"):
        for entry in registry.all(kind):
            texts = [" ".join(docstring(entry.load()).text.split()), *computed(entry).values()]
            formulas |= {formula for text in texts for formula in found(text)}
    for formula in formulas:
        written = latex(formula)
        assert read_back(written) == formula.replace(" ", "")
        assert not re.search(r"\||\$|\\[^A-Za-z]", written), "a table or CommonMark would take it for a sign of its own"
        assert written.count("{") == written.count("}")
    assert len(formulas) > 40


def test_a_sentence_keeps_its_words_and_its_codes():
    text = "Descends ``weight`` * E[D(x)^2], as 2 * 3 is."
    assert mathematical(text) == r"Descends `weight` \* $\mathbb{E}[D(x)^2]$, as 2 \* 3 is."
