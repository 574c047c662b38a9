"""The engine's words of one modality, counted room by room: they may become fewer, and never more.

The engine asks the modality of the data. Names that only images have stand in shims of version 1, in libraries of parts
of images, and in places that are still to ask; of these places there may be no more than here.
"""

import io
import tokenize
from collections import Counter

import pytest
from repository import ROOT

WORDS = {"pixels", "channels", "image_size"}
SHIMS = {"version1.py", "old_shapes.py"}
LIBRARIES = {"drawing", "layers"}  # for plugins of images
MOST = {
    "api": 4,
    "bench": 1,
    "bench.execution": 1,
    "bench.published": 1,
    "bench.report": 3,
    "bench.results": 4,
    "bench.runs": 6,
    "cli": 10,
    "data": 117,
    "evaluation": 6,
    "interfaces": 5,
    "models": 34,
    "recipes": 24,
    "selftest": 4,
    "testing": 36,
}


def words_of(text):
    """Count the names of images in the code, comments and docstrings aside, and questions whether data are images."""
    tokens = list(_outside_of_strings(tokenize.generate_tokens(io.StringIO(text).readline)))
    found = sum(one.type == tokenize.NAME and one.string in WORDS for one in tokens)
    for start, one in enumerate(tokens):
        if one.string == "isinstance":
            closed = next(i for i, at in enumerate(tokens[start:], start) if at.string == ")")
            found += any(at.string == "Images" for at in tokens[start:closed])
    return found


def _outside_of_strings(tokens):
    """Leave out what stands in an f-string, which is one token until Python 3.12, and many since."""
    depth = 0
    for one in tokens:
        kind = tokenize.tok_name[one.type]
        depth += (kind in ("FSTRING_START", "TSTRING_START")) - (kind in ("FSTRING_END", "TSTRING_END"))
        if not depth and one.type != tokenize.NL:
            yield one


def found_now():
    found = Counter()
    for file in sorted((ROOT / "ganzoo").rglob("*.py")):
        room, *inside = file.relative_to(ROOT / "ganzoo").parts
        if inside and room not in LIBRARIES and file.name not in SHIMS:
            room = f"bench.{inside[0]}" if room == "bench" and len(inside) > 1 else room
            found[room] += words_of(file.read_text(encoding="utf-8"))
    return {room: n for room, n in found.items() if n}


def test_no_room_speaks_more_of_images_than_it_did():
    more = {room: f"{n}, at most {MOST.get(room, 0)}" for room, n in found_now().items() if n > MOST.get(room, 0)}
    assert more == {}, "ask the modality of the data, or put it into a plugin"


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ('"""Of channels."""\nx = 1  # pixels\n', 0),
        ("def f(channels, *, image_size=8):\n    return channels\n", 3),
        ("x = data.pixels\n", 1),
        ('x = f"{channels} of {pixels:>{image_size}}", pixels\n', 1),
        ("if isinstance(data, Images):\n    pass\n", 1),
        ("if isinstance(data, (Rows, Images)):\n    pass\n", 1),
        ("y = isinstance(data, Rows), Images\n", 0),
    ],
)
def test_words_are_counted_in_code(text, n):
    assert words_of(text) == n
