import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ganzoo.errors import GanzooError, RecipeError
from ganzoo.recipes import safeyaml

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__)
def parser(request, monkeypatch):
    """The same with PyYAML's C parser and without."""
    monkeypatch.setattr(safeyaml, "PARSER", request.param)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("2.0e-4", 2e-4),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("3.", 3.0),
        (".inf", math.inf),
        ("+.inf", math.inf),
        ("-.inf", -math.inf),
        ("012", 12),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("2024-01-02", "2024-01-02"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("e5", "e5"),
        ("=", "="),
        ("'1e-4'", "1e-4"),
        ('"012"', "012"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("# only a comment", None),
        ("a: ", {"a": None}),
        ("a: {b: [1, 2.5, x], c: {}}", {"a": {"b": [1, 2.5, "x"], "c": {}}}),
        ("- a\n- - b\n  - c\n- d: 1\n", ["a", ["b", "c"], {"d": 1}]),
        ("a: |\n  two\n  lines\nb: >\n  one\n  line\n", {"a": "two\nlines\n", "b": "one line\n"}),
        ("no: 1\nyes: 2\n", {"no": 1, "yes": 2}),
        ("'1': 2", {"1": 2}),
        ("'<<': 2", {"<<": 2}),
        ("? a\n: b\n", {"a": "b"}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: ünïcode 🙂", {"a": "ünïcode 🙂"}),
    ],
)
def test_means_what_it_says(parser, text, value):
    read = safeyaml.load(text)
    assert read == value
    assert type(read) is type(value)


def test_nan(parser):
    assert math.isnan(safeyaml.load(".nan"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is there twice"),
        ("a: &x 1\n", "line 1: the anchor &x is not allowed here"),
        ("a: 1\nb: *x\n", "line 2: the alias \\*x is not allowed here; write the value out"),
        ("a: 1\n<<: {b: 2}\n", "line 2: the merge key << is not allowed here"),
        ("a: !!python/object:os.system x\n", "line 1: the tag .*python/object:os.system is not allowed here"),
        ("a: !x [1]\n", "line 1: the tag !x is not allowed here"),
        ("!!str a: 1\n", "line 1: the tag tag:yaml.org,2002:str is not allowed here"),
        ("1: x\n", "line 1: the key '1' is not text"),
        ("a: 1\ntrue: x\n", "line 2: the key 'true' is not text"),
        ("?\n: x\n", "line 1: the key '' is not text"),
        ("[a]: x\n", "line 1: a list or mapping cannot be a key"),
        ("? {a: 1}\n: x\n", "line 1: a list or mapping cannot be a key"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document"),
        ("%YAML 1.1\n---\na: 1\n", "line 1: directives are not allowed here"),
        ("%TAG ! x\n" * 100, "line 1: directives"),
        ("a: 1\n  b: 2\n", "line 2: this is not YAML: mapping values are not allowed"),
        ("a: [1, 2\n", "line [12]: this is not YAML: "),
        ("a: 'x\n", "line [12]: this is not YAML: "),
        ("a: 1\n\tb: 2\n", "line 2: this is not YAML: "),
        ('a: "\\U99999999"', "line 1: this is not YAML: "),
        ("a: 1\nb: \x00\n", "line 2: a character that no text has"),
        ("a: \x1b[1m\n", "line 1: a character that no text has"),
        ("a: \ud800\n", "line 1: a character that no text has"),
        ("a: " + "9" * 31, "line 1: a whole number of more than 30 digits"),
        ("a: " + "9" * 5000, "line 1: a whole number of more than 30 digits"),
        ("[" * 41 + "]" * 41, "line 1: nested deeper than 40 levels"),
    ],
)
def test_what_is_refused(parser, text, message):
    with pytest.raises(RecipeError, match=f"^x.yaml, {message}") as caught:
        safeyaml.load(text, "x.yaml")
    assert "\n" not in str(caught.value)


MIB = 1 << 20
BOMBS = {
    "brackets": ("[" * MIB, "nested deeper than 40|this is not YAML"),
    "braces": ("{a: " * (MIB // 4), "nested deeper than 40|this is not YAML"),
    "dashes": ("- " * (MIB // 2), "nested deeper than 40"),
    "question marks": ("? " * (MIB // 2), "a list or mapping cannot be a key"),
    "values": ("[" + "a," * (MIB // 2 - 1), "more than 10000 values"),
    "keys": ("".join(f"k{i}: 1\n" for i in range(20_000)), "more than 10000 values"),
    "size": ("a" * (MIB + 1), "larger than 1 MiB"),
    "wide characters": ("é" * (MIB // 2 + 1), "larger than 1 MiB"),
    "directives": ("".join(f"%TAG !a{i}! b\n" for i in range(60_000)), "directives are not allowed"),
    "documents": ("---\n" * 200_000, "a second document"),
    "laughs": (
        "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
        "the anchor &a is not allowed",
    ),
    "merges": ("a: &a {x: 1}\nb: {<<: [" + "*a, " * 200 + "]}\n", "the anchor &a is not allowed"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb):
    text, message = BOMBS[bomb]
    with pytest.raises(RecipeError, match=message):
        safeyaml.load(text)


def test_what_is_just_within_the_limits(parser):
    assert safeyaml.load("[" * 40 + "]" * 40) != []
    assert len(safeyaml.load("[" + "a, " * 9_999 + "]")) == 9_999


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: \xff", "^x.yaml, line 1: this is not UTF-8 text$"),
        (b"a: 1\nb: \xff", "^x.yaml, line 2: this is not UTF-8 text$"),
        ("a: 1".encode("utf-16"), "this is not UTF-8 text"),
        (b" " * (MIB + 1), "^x.yaml is larger than 1 MiB$"),
        (b"a: *b", "^x.yaml, line 1: the alias"),
    ],
)
def test_files(tmp_path, content, message):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        safeyaml.read(path)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(RecipeError, match=r"^/.*/x.yaml: cannot be read: No such file or directory$"):
        safeyaml.read(tmp_path / "x.yaml")
    with pytest.raises(RecipeError, match=r"cannot be read: embedded null byte$"):
        safeyaml.read(tmp_path / "a\0.yaml")
    with pytest.raises(RecipeError, match=r"cannot be read: Is a directory$"):
        safeyaml.read(tmp_path)


def test_a_file_is_read(tmp_path):
    (tmp_path / "x.yaml").write_text("a: 1e-4\n")
    assert safeyaml.read(tmp_path / "x.yaml") == {"a": 1e-4}


@settings(max_examples=100, deadline=None, database=None)
@given(st.text(alphabet=st.sampled_from("ab01.:-?[]{},#&*!|>'\"%@`~<= \n\t\\x\x85\u2028\x00é")))
@example("? ")
@example("a: !<tag:yaml.org,2002:str> x")
@example('"\\xg"')
@example("|9\n a")
@example("!!")
@example("%")
def test_any_text_gives_data_or_one_sentence(text):
    for parser in PARSERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(safeyaml, "PARSER", parser)
            try:
                safeyaml.load(text)
            except GanzooError as error:
                assert str(error).startswith("the text, line ")
                assert len(str(error).splitlines()) == 1 or "\x85" in text or "\u2028" in text


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None, database=None)
@given(PLAIN)
@example({"a": "1e-4", "b": "012", "c": "no", "d": "1:30", "e": "0o17", "<<": "=", "true": "null", "f": "2024-01-02"})
@example({"text": "two\nlines\n", "more": " leading\n\ntrailing \n", "end": "x\n\n"})
@example([1e-4, 1e22, 5e-324, 1.7976931348623157e308, 1e16, 123456.789, -2e-5, 0.0, -0.0])
@example("\x1b[1m\x00\x85\u2028\ufeff")
@example({"k" * 200: 1, "": 2, "a: b": 3, "# x": 4, "\x85": 5, "a\u2028b\n": 6})
def test_what_is_written_is_read_back_by_any_reader(data):
    text = safeyaml.dump(data)
    assert safeyaml.load(text) == data
    assert yaml.safe_load(text) == data


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-4, "1.0e-4"),
        (2.5e-4, "2.5e-4"),
        (1e-10, "1.0e-10"),
        (1e22, "1.0e+22"),
        (0.5, "0.5"),
        (10.0, "10.0"),
        (0.0, "0.0"),
        (64, "64"),
        ("1e-4", "'1e-4'"),
        ("no", "'no'"),
        ("arXiv:1704.00028", "arXiv:1704.00028"),
        (math.inf, ".inf"),
    ],
)
def test_how_scalars_are_written(value, text):
    assert safeyaml.dump({"a": value, "b": [[]]}).splitlines()[0] == f"a: {text}"


def test_the_same_list_twice_is_written_twice():
    betas = [0.0, 0.9]
    assert safeyaml.load(safeyaml.dump({"a": betas, "b": betas})) == {"a": betas, "b": betas}
