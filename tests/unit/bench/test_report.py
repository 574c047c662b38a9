import base64
import hashlib
import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import fabricated_bench as fabricated
import pytest

from ganzoo.bench.report.axis import Axis, log_scale
from ganzoo.bench.report.charts import ReferenceLine, curve_chart, drawable, score_chart
from ganzoo.bench.report.curves import curves
from ganzoo.bench.report.report import render_report, write_report
from ganzoo.bench.report.sections.trade_off import trade_off_chart
from ganzoo.bench.stats.statistics import Summary
from ganzoo.drawing import columns
from ganzoo.errors import DataError

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>:alert(1)</script>\"'&\x1b[2J"
VOID = {"wbr", "meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """A page's elements and visible text; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def svgs(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def charts(page: str) -> list[ElementTree.Element]:
    return [svg for svg in svgs(page) if svg.get("role") == "img"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return fabricated.write_bench(tmp_path_factory.mktemp("bench"), fabricated.results(fabricated.two_recipes()))


@pytest.fixture(scope="module")
def page(folder) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def cells(page: str) -> dict[str, list[str]]:
    """The results table: a row's cells by its title, without the drawn intervals."""
    table = page[page.index('<table class="results sortable">') : page.index("</table>")]
    drawn = re.sub(r'<td class="drawn">.*?</td>', "", table, flags=re.DOTALL)
    rows = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', drawn, re.DOTALL)
    return {
        html.unescape(name.replace("<wbr>", "")): re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        for name, row in rows
    }


def test_the_page_lies_in_the_bench_folder(folder, page):
    assert write_report(folder) == folder / "report.html"
    assert page.startswith("<!DOCTYPE html>")


def test_the_table_has_the_hand_computed_numbers(page):
    assert cells(page) == {
        "dcgan": ["3/3", "1", "<strong>10.07 ± 0.76</strong>", "8.00 ± 0.25", "2,017", "412 MB", "50 s"],
        "wgan-gp": ["3/3", "2", "14.10 ± 2.37", "7.50 ± 0.90", "786", "412 MB", "2m 07s"],
        "real halves @898": ["", "", "0.52", "—", "", "", ""],
        "real data": ["", "", "—", "9.76", "", "", ""],
    }
    assert "FD[digits]@10k ↓" in page


def test_the_heading_says_what_was_compared_on_what_and_for_how_long(page):
    text = Page(page).text
    assert "dcgan and wgan-gp on digits" in text
    assert "1,797 images of 8×8×1, 10 classes" in text
    assert "100 kimg a run" in text
    assert "3 (0, 1, 2)" in text
    assert "took 3m 42s" in text


def test_nothing_is_fetched_and_nothing_runs_but_the_pages_own_script(page):
    parsed = Page(page)
    assert parsed.all("script") == [{}]
    assert not parsed.all("link")
    assert not parsed.all("iframe")
    for _, attributes in parsed.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "srcset", "data", "action", "xlink:href", "poster"):
                own = value.startswith(("data:image/png;base64,", "data:text/csv;base64,"))
                assert own or value == "https://arxiv.org/abs/1511.06434"
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    addresses = set(re.findall(r"https?://[^\"'< ]+", page))
    assert addresses == {"http://www.w3.org/2000/svg", "https://arxiv.org/abs/1511.06434"}
    policy = next(meta["content"] for meta in parsed.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'")
    script = page[page.index("<script>") + 8 : page.index("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.endswith(f"; script-src 'sha256-{digest}'")


def test_the_grids_are_the_files_of_the_runs(folder, page):
    sources = [image["src"] for image in Page(page).all("img")]
    images = {base64.b64decode(source.split(",", 1)[1]) for source in sources}
    assert images == {path.read_bytes() for path in folder.rglob("*.png")}
    # Real data, two finals, and every evaluation of six runs.
    assert len(sources) == 1 + 2 + 6 * 5
    first = base64.b64decode(sources[1].split(",", 1)[1])
    assert first == (folder / "dcgan/seed0/samples/kimg-00100.0.png").read_bytes()


def test_every_image_and_chart_is_told_in_words(page):
    parsed = Page(page)
    assert all(image["alt"] for image in parsed.all("img"))
    # The finals, the speed against the first metric, and both against images, turns and seconds.
    assert len(charts(page)) == 2 + 1 + 6
    for svg in charts(page):
        assert svg.findtext(f"{SVG}title")
        assert re.search(r"dcgan [\d.]+.*, wgan-gp [\d.]+", svg.findtext(f"{SVG}desc"))
    for header in parsed.all("th"):
        assert header["scope"] in ("col", "row")
    assert parsed.all("html") == [{"lang": "en"}]


def test_the_curves_end_at_the_numbers_of_the_table(page):
    curves_of_it = [one for one in charts(page) if re.search("FD.* against (kimg|turns|seconds)", one[0].text)]
    assert len(curves_of_it) == 3
    for svg in curves_of_it:
        said = [title.text for title in svg.iter(f"{SVG}title")]
        assert any(text.startswith("dcgan: 10.1 at ") for text in said)
        assert any(text.startswith("wgan-gp: 14.1 at ") for text in said)
        assert len([path for path in svg.iter(f"{SVG}path") if "seed" in path.get("class").split()]) == 6
        assert len([path for path in svg.iter(f"{SVG}path") if "band" in path.get("class").split()]) == 2
        assert [text.text for text in svg.iter(f"{SVG}text") if text.get("class") == "note"] == ["real halves 0.52"]


def test_the_recipes_the_command_and_what_departs_are_there(page):
    text = Page(page).text
    assert "ganzoo bench dcgan wgan-gp" in text
    assert f"Departs from the paper: {fabricated.DEPARTS}" in " ".join(text.split())
    assert "generator: name: dcgan width: 32" in text
    assert "arXiv:1511.06434, 2016" in text
    assert "plugins.wgan-gp 0.1.0" in text
    assert "9f1c" * 16 in text


def test_names_and_reasons_from_plugins_are_shown_and_not_obeyed(tmp_path):
    runs = [
        fabricated.run(EVIL, 0, {"fid": 3.0, "is": 5.0}, folder="evil/seed0"),
        fabricated.stopped(EVIL, 1, "failed", EVIL, looks=2, folder="evil/seed1"),
    ]
    results = fabricated.results(runs, seeds=(0, 1))
    results["recipes"][EVIL] |= {"title": EVIL, "paper": EVIL, "text": f"departs: {json.dumps(EVIL)}\nx: '{EVIL}'"}
    results["dataset"]["name"] = EVIL
    results["columns"][0] = {"key": "fid", "label": EVIL, "better": "lower"}
    results["environment"] = {EVIL: EVIL, "plugins": {EVIL: EVIL}}
    results["extractor"] = {EVIL: EVIL}
    page = write_report(fabricated.write_bench(tmp_path, results)).read_text(encoding="utf-8")
    parsed = Page(page)
    assert parsed.all("script") == [{}]
    assert page.count("<script") == 1
    assert "\x1b" not in page
    shown = EVIL.replace("\x1b", "\\x1b")
    assert f"{shown}, seed 1: failed: {shown}" in parsed.text
    assert shown in cells(page)
    for svg in charts(page):
        assert shown in "".join(svg.itertext())


def test_what_was_read_as_data_is_told(tmp_path):
    results = fabricated.results(fabricated.two_recipes())
    results["dataset"] |= {
        "classes": ["cat", EVIL],
        "counts": [3, 4],
        "notes": ["1 image is turned"],
        "left_out": [f"2 images in {EVIL}/ (only train/ is used)"],
        "skipped": ["'a.png' is empty", "'b.png' is empty"],
    }
    page = write_report(fabricated.write_bench(tmp_path, results)).read_text(encoding="utf-8")
    assert '<details class="measured" open>' in page  # what was left out is for everybody to see
    text = Page(page).text
    shown = EVIL.replace("\x1b", "\\x1b")
    assert f", 2 classes (cat: 3, {shown}: 4)" in text
    assert "Read 1 image is turned" in text
    assert f"Left out 2 images in {shown}/ (only train/ is used); 2 bad images, the first: 'a.png' is empty" in text


def test_a_bench_in_which_nothing_finished_has_a_page(tmp_path):
    runs = [fabricated.stopped("wgan", seed, "failed", "no memory", kimg=None, folder=f"w/{seed}") for seed in range(3)]
    for run in runs:
        run |= {"parameters": None, "environment": None, "seconds": None, "samples": None}
    results = fabricated.results(runs, floor=None, real=None, floor_n=None, finished=None, environment={})
    text = write_report(fabricated.write_bench(tmp_path, results, real=False)).read_text(encoding="utf-8")
    assert cells(text) == {"wgan": ["0/3", "—", "—", "—", "—", "—"]}
    assert charts(text) == []
    assert Page(text).text.count("no memory") == 3
    assert "no grid" in text


def test_a_bench_without_runs_has_a_page(tmp_path):
    results = fabricated.results([], recipes={"dcgan": {"title": None, "text": None}}, columns=[])
    text = Page(write_report(fabricated.write_bench(tmp_path, results, real=False)).read_text(encoding="utf-8")).text
    assert "dcgan, seed 2: not run" in text


def test_grids_that_are_missing_or_no_png_or_elsewhere_are_left_out(tmp_path):
    outside = tmp_path / "outside.png"
    fabricated.write_grid(outside, fabricated.digits(4, 0.0, 0))
    runs = fabricated.two_recipes()
    bench = fabricated.write_bench(tmp_path / "bench", fabricated.results(runs), real=False)
    for run in runs:
        run["evaluations"][-1]["grid"] = "samples/missing.png"
        run["evaluations"][-2]["grid"] = None
    runs[0]["evaluations"][0]["grid"] = "../../../outside.png"
    (bench / "wgan-gp/seed0/samples/kimg-00020.0.png").write_text("<svg onload=alert(1)>")
    text = render_report(fabricated.read(fabricated.results(runs)), bench)
    assert base64.b64encode(outside.read_bytes()).decode() not in text
    assert len(Page(text).all("img")) == 6 * 3 - 2
    assert text.count("no grid</div>") == 2


def test_what_is_too_much_is_left_out_oldest_first_and_said(folder):
    finals = sorted(folder.rglob("kimg-00100.0.png"))
    limit = sum(path.stat().st_size for path in [*finals, folder / "real.png"])
    text = render_report(fabricated.read(fabricated.results(fabricated.two_recipes())), folder, image_bytes=limit)
    shown = {base64.b64decode(image["src"].split(",", 1)[1]) for image in Page(text).all("img")}
    assert {path.read_bytes() for path in finals} <= shown
    assert "24 older pictures are left out" in text


def test_the_first_finished_seed_stands_for_its_recipe(tmp_path):
    runs = fabricated.two_recipes()
    runs[0] = fabricated.stopped("dcgan", 0, "diverged", "NaN", looks=2)
    bench = fabricated.write_bench(tmp_path, fabricated.results(runs))
    text = Page(render_report(fabricated.read(fabricated.results(runs)), bench)).text
    assert "dcgan , seed 1 at 100 kimg: FD[digits] 10.40" in text
    assert "wgan-gp , seed 0 at 100 kimg" in text


@pytest.mark.parametrize("recipes", [1, 8, 9, 50])
def test_one_to_fifty_recipes(tmp_path, recipes):
    runs = [fabricated.run(f"recipe-{i}", 0, {"fid": 9.0 + i, "is": 8.0}, looks=2) for i in range(recipes)]
    text = render_report(fabricated.read(fabricated.results(runs, seeds=(0,))), tmp_path)
    assert len(cells(text)) == recipes + 2
    assert len(charts(text)) == 8 + (recipes > 1)
    for svg in charts(text):
        assert f"recipe-{recipes - 1}" in "".join(svg.itertext())
    legend = [svg for svg in svgs(text) if svg.get("class") == "key"]
    looks = {ElementTree.tostring(svg) for svg in legend}
    assert len(looks) == min(recipes, 24)


def test_a_budget_in_minutes_and_other_channels_are_said(tmp_path):
    results = fabricated.results(fabricated.two_recipes(), budget={"minutes": 5.0})
    results["dataset"]["channels"] = 4
    text = Page(render_report(fabricated.read(results), tmp_path)).text
    assert "5 min of training a run" in text
    assert "the first three of 4 channels" in text


@pytest.fixture(scope="module")
def point_folder(tmp_path_factory) -> Path:
    runs = [fabricated.point_run(recipe, seed) for recipe in fabricated.POINT_FINALS for seed in range(3)]
    return fabricated.write_point_bench(tmp_path_factory.mktemp("points"), fabricated.point_results(runs))


@pytest.fixture(scope="module")
def point_page(point_folder) -> str:
    return write_report(point_folder).read_text(encoding="utf-8")


def test_a_bench_on_points_speaks_of_points(point_page):
    text = Page(point_page).text
    assert "gan and pacgan on ring" in text
    assert "ring: 100,000 points of 2 numbers, 8 classes" in text
    assert "2,500 generated points, the last state of each run" in text
    assert "Generated points" in text
    assert "thousand real points shown to D" in text
    assert "Shown:" not in text
    assert "images of" not in text
    assert cells(point_page)["real data"][2:5] == ["8.0", "98.9", "—"]


def test_what_metrics_drew_is_shown_over_training_seed_by_seed(point_folder, point_page):
    parsed = Page(point_page)
    pictures = [(base64.b64decode(image["src"].split(",", 1)[1]), image["alt"]) for image in parsed.all("img")]
    # Real data, two finals with a drawing each, and both at two evaluations of six runs.
    assert len(pictures) == 1 + 2 * 2 + 6 * 2 * 2
    assert {data for data, _ in pictures} == {path.read_bytes() for path in point_folder.rglob("*.png")}
    last = (point_folder / "gan/seed0/samples/modes-kimg-00100.0.png").read_bytes()
    assert [alt for data, alt in pictures if data == last] == ["What is behind the modes of gan, seed 0, 100 kimg"] * 2
    assert "gan , seed 0 at 100 kimg: modes 6.0" in parsed.text
    strips = [attributes for tag, attributes in parsed.elements if "strip" in (attributes.get("class") or "").split()]
    assert [(strip["class"], strip["aria-label"]) for strip in strips[:3]] == [
        ("strip points", "gan, seed 0, done"),
        ("strip drawing", "gan, seed 0, done: modes"),
        ("strip points", "gan, seed 1, done"),
    ]
    assert len(strips) == 12


def test_what_metrics_drew_is_left_out_before_the_scatters_of_the_same_age(point_folder):
    content = json.loads((point_folder / "results.json").read_text())
    finals = sorted(point_folder.rglob("samples/kimg-00100.0.png"))
    limit = sum(path.stat().st_size for path in [*finals, point_folder / "real.png"])
    text = render_report(fabricated.read(content), point_folder, image_bytes=limit)
    shown = {base64.b64decode(image["src"].split(",", 1)[1]) for image in Page(text).all("img")}
    assert {path.read_bytes() for path in finals} <= shown
    assert "18 older pictures are left out" in text
    assert "What is behind the numbers" not in text


def test_drawings_that_are_gone_or_of_no_column_are_left_out(tmp_path):
    runs = [fabricated.point_run("gan", seed) for seed in range(3)]
    bench = fabricated.write_point_bench(tmp_path, fabricated.point_results(runs))
    (bench / "gan/seed0/samples/modes-kimg-00100.0.png").unlink()
    runs[1]["evaluations"][1]["pictures"] = {"of-nobody": "samples/kimg-00100.0.png"}
    runs[2]["evaluations"][1]["pictures"] = {"modes": "../../../elsewhere.png"}
    page = Page(render_report(fabricated.read(fabricated.point_results(runs)), bench))
    alts = [image["alt"] for image in page.all("img") if "behind" in image["alt"]]
    assert alts == [f"What is behind the modes of gan, seed {seed}, 50 kimg" for seed in range(3)]


@pytest.mark.parametrize(("numbers", "said"), [(1, "of 1 number,"), (3, "the first 2 of 3 numbers")])
def test_points_of_other_than_two_numbers_are_said(tmp_path, numbers, said):
    content = fabricated.point_results([fabricated.point_run("gan", 0)])
    content["dataset"]["channels"] = numbers
    assert said in Page(render_report(fabricated.read(content), tmp_path)).text


def of_waves(content: dict) -> dict:
    """The results, as of data of a modality that the engine does not know."""
    gone = ("channels", "height", "width", "points", "classes", "counts")
    data = {key: value for key, value in content["dataset"].items() if key not in gone}
    data |= {"modality": {"name": "waves", "values": {"length": 64}}, "described": "2,000 waves of 64 samples"}
    return content | {"dataset": data}


def test_a_bench_of_another_modality_speaks_of_it(tmp_path):
    runs = [fabricated.run("wavegan", seed, {"fid": 9.0, "is": 8.0}, looks=2) for seed in range(3)]
    bench = fabricated.write_bench(tmp_path, of_waves(fabricated.results(runs)), real=False)
    made = columns([fabricated.digits(4, 0.0, 0)] * 2, ["made", "true"])
    for path in bench.rglob("*.png"):
        path.write_bytes(made)
    (bench / "real.png").write_bytes(columns([fabricated.digits(4, 0.0, 0)], ["true"]))
    text = write_report(bench).read_text(encoding="utf-8")
    said = Page(text).text
    assert "digits: 2,000 waves of 64 samples" in said
    assert "Generated waves" in said and "thousand real waves shown to D" in said
    assert "Shown: made | true, side by side." in said
    assert '<div class="grids drawing">' in text and '<div class="strip drawing"' in text


def test_a_bench_without_any_picture_says_so_in_a_line(tmp_path):
    runs = [fabricated.run("ctgan", seed, {"fid": 9.0, "is": 8.0}, looks=2) for seed in range(3)]
    for run in runs:
        for evaluation in run["evaluations"]:
            evaluation["grid"] = None
    text = render_report(fabricated.read(of_waves(fabricated.results(runs))), tmp_path)
    assert Page(text).text.count("The runs left no picture of their waves") == 1
    assert "no grid" not in text and Page(text).all("img") == []


def test_what_cannot_be_compared_is_said(tmp_path):
    runs = fabricated.two_recipes()
    runs[3] |= {"environment": fabricated.ENVIRONMENT | {"device": "cuda"}, "samples": 5000}
    text = Page(render_report(fabricated.read(fabricated.results(runs)), tmp_path)).text
    assert "different devices" in text
    assert "different numbers of images (5,000, 10,000)" in text
    assert (
        "different"
        not in Page(render_report(fabricated.read(fabricated.results(fabricated.two_recipes())), tmp_path)).text
    )


def test_a_folder_without_results_is_an_error_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"no results\.json in"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text('{"schema": 2}')
    with pytest.raises(DataError, match="has schema 2, and this version of ganzoo reads schema 1"):
        write_report(tmp_path)
    (tmp_path / "results.json").write_text('{"schema": 1')
    with pytest.raises(DataError, match=r"cannot read .*results\.json: .*; the command of the bench, repeated"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_and_lines_stand_out_from_the_paper_in_every_theme(page):
    themes = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", theme))
        needed = {"ink": 7.0, "soft": 4.5, "alarm": 4.5} | {f"c{i}": 3.0 for i in range(8)}
        for name, least in needed.items():
            light, dark = sorted((luminance(colours[name]), luminance(colours["paper"])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (name, colours[name])


def test_the_mean_and_the_band_of_curves_are_those_of_the_finished_seeds():
    runs = [
        fabricated.run("a", seed, {"fid": value, "is": 5.0}, looks=1, kimg=10.0)
        for seed, value in enumerate([1.0, 2.0, 6.0])
    ]
    runs.append(fabricated.stopped("a", 3, "diverged", "NaN", looks=1))
    (curve,) = curves(fabricated.read(fabricated.results(runs)), "fid", "kimg")
    assert curve.mean == ((10.0, 3.0),)
    assert curve.band == ((10.0, 1.0, 6.0),)
    assert [trace.done for trace in curve.traces] == [True, True, True, False]


def test_seeds_that_were_looked_at_at_other_times_meet_where_all_have_values():
    def seed(k: int, *points: tuple[float, float]) -> dict:
        looks = [{"kimg": x, "seconds": x, "metrics": {"fid": y}, "grid": None} for x, y in points]
        return fabricated.run("a", k, {"fid": 1.0}) | {"evaluations": looks}

    runs = [seed(0, (0.0, 10.0), (10.0, 0.0)), seed(1, (5.0, 20.0), (10.0, 10.0), (20.0, 0.0))]
    (curve,) = curves(fabricated.read(fabricated.results(runs)), "fid", "kimg")
    assert curve.mean == ((5.0, 12.5), (10.0, 5.0))
    assert curve.band == ((5.0, 5.0, 20.0), (10.0, 0.0, 10.0))
    apart = [seed(0, (0.0, 10.0)), seed(1, (5.0, 20.0), (10.0, 10.0))]
    (curve,) = curves(fabricated.read(fabricated.results(apart)), "fid", "kimg")
    assert curve.mean == ()
    svg, _ = curve_chart([curve], fabricated.table_of(fabricated.results(apart)).columns[0], "kimg", [])
    drawn = ElementTree.fromstring(svg)
    assert drawn.findtext(f"{SVG}desc").endswith("at the last evaluation: none.")
    classes = [path.get("class").split()[0] for path in drawn.iter(f"{SVG}path")]
    assert (classes.count("mark"), classes.count("stopped"), classes.count("line")) == (3, 0, 0)


def test_a_distance_over_more_than_a_decade_is_drawn_on_a_logarithmic_axis():
    assert log_scale("lower", [5.0, 51.0])
    assert not log_scale("lower", [5.0, 50.0])
    assert not log_scale("lower", [-0.1, 50.0])
    assert not log_scale("higher", [1.0, 100.0])
    axis = Axis(1.0, 100.0, 0.0, 10.0, log=True)
    assert axis(10.0) == pytest.approx(5.0)
    assert {1.0, 10.0, 100.0} <= set(axis.ticks())
    assert Axis(0.0, 10.0, 0.0, 1.0).ticks() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]


@pytest.mark.parametrize("ends", [(3300.0, 4700.0), (1.1, 1.9), (21.0, 49.0)])
def test_a_logarithmic_axis_of_a_narrow_range_has_ticks(ends):
    """No 1, 2 or 5 times a power of ten lies between these ends, as between the speeds of two like recipes."""
    ticks = Axis(*ends, 0.0, 1.0, log=True).ticks()
    assert len(ticks) > 1 and all(ends[0] <= tick <= ends[1] for tick in ticks)


@pytest.mark.parametrize(("value", "fits"), [(0.5, True), (0.0, False), (-1e-15, False), (1e-4, False)])
def test_a_floor_that_a_logarithmic_axis_cannot_hold_is_told_in_the_caption(value, fits):
    floor = ReferenceLine("real halves", value)
    assert drawable([floor], [10.0, 200.0], "lower") == ([floor] if fits else [])
    results = fabricated.results(fabricated.two_recipes(), floor={"fid": value})
    column = fabricated.table_of(results).columns[0]
    svg, left = curve_chart(curves(fabricated.read(results), "fid", "kimg"), column, "kimg", [floor])
    assert left == ([] if fits else [floor])
    assert ("reference" in svg) is fits


def test_values_that_do_not_move_still_have_an_axis():
    runs = [fabricated.run("a", seed, {"fid": 0.0, "is": 5.0}, looks=1, kimg=0.0) for seed in range(2)]
    results = fabricated.results(runs)
    table = fabricated.table_of(results)
    svg, _ = curve_chart(curves(fabricated.read(results), "fid", "seconds"), table.columns[0], "seconds", [])
    assert "nan" not in svg + score_chart(table, table.columns[0], [])


def test_the_page_and_the_table_need_no_torch():
    code = (
        "import sys, ganzoo.bench.report.report, ganzoo.bench.live.display\n"
        "import ganzoo.bench.tables.aggregate, ganzoo.drawing\n"
        "print(sorted({'torch', 'torch_fidelity', 'rich', 'jinja2', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_long_name_beside_its_mark_is_cut_and_stays_in_the_picture():
    """At 7 units a letter, more than any font of the page has, the name reaches neither edge."""
    name = "wgan-gp:g_optimizer.lr={shape: linear, start: 5e-4, end: 0, warmup: 1}"
    column = fabricated.table_of(fabricated.results(fabricated.two_recipes())).columns[0]
    points = [(0, "sched", 1000.0, Summary((9.0,), 9.0, None)), (1, name, 1500.0, Summary((5.0,), 5.0, None))]
    svg = ElementTree.fromstring(trade_off_chart(column, points))
    width = float(svg.get("viewBox").split()[2])
    for text in (text for text in svg.iter(f"{SVG}text") if text.get("class") == "name"):
        away = 7 * len(text.text) * (-1 if text.get("text-anchor") == "end" else 1)
        assert 0 <= float(text.get("x")) + away <= width
    assert name in "".join(svg.itertext())  # whole, in the mark's title
