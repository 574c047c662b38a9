"""The report as a browser shows it: rows, sorting, the slider, the keyboard, and no errors."""

import chromium
import fabricated_bench as fabricated
import pytest

from ganzoo.bench.report.report import write_report

pytestmark = pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")

NAMES = "Array.from(document.querySelectorAll('table.sortable tbody')[0].rows, (row) => row.cells[0].textContent)"
SHOWN = "Array.from(document.querySelectorAll('figure[data-frames] .caption'), (said) => said.textContent)"


@pytest.fixture(scope="module", params=[1280, 390], ids=["desktop", "phone"])
def page(request, tmp_path_factory):
    runs = fabricated.two_recipes()
    runs.append(fabricated.stopped("wgan", 0, "diverged", "the losses became NaN by step 40", looks=2))
    folder = fabricated.write_bench(tmp_path_factory.mktemp("bench"), fabricated.results(runs))
    with chromium.opened(write_report(folder), request.param, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def head(title):
    return f"Array.from(document.querySelectorAll('thead button')).find((one) => one.textContent.includes('{title}'))"


def test_rows_are_there_and_nothing_went_wrong(page):
    assert page.run(NAMES) == ["dcgan", "wgan-gp", "wgan"]
    assert page.run("document.querySelectorAll('tbody.real tr').length") == 2
    assert page.run("document.querySelectorAll('svg.line-up').length") == 2
    assert page.run("document.documentElement.scrollWidth <= window.innerWidth"), "the page does not scroll sideways"
    assert page.errors == []


def test_a_heading_sorts_by_numbers_one_way_and_the_other_and_keeps_what_has_none_last(page):
    page.run(f"{head('images/s')}.click()")
    assert page.run(NAMES) == ["wgan-gp", "dcgan", "wgan"]
    assert page.run(f"{head('images/s')}.closest('th').getAttribute('aria-sort')") == "ascending"
    page.run(f"{head('images/s')}.click()")
    assert page.run(NAMES) == ["dcgan", "wgan-gp", "wgan"]
    assert page.run(f"{head('images/s')}.closest('th').getAttribute('aria-sort')") == "descending"
    page.run(f"{head('recipe')}.click()")
    assert page.run(NAMES) == ["dcgan", "wgan", "wgan-gp"]
    assert page.run("document.querySelectorAll('th[aria-sort]').length") == 1
    assert page.errors == []


def test_a_heading_sorts_by_keyboard(page):
    page.run(f"{head('recipe')}.click(); {head('FD[digits]')}.focus()")
    page.press("Enter")
    assert page.run(NAMES) == ["dcgan", "wgan-gp", "wgan"]
    page.press("Enter")
    assert page.run(NAMES) == ["wgan-gp", "dcgan", "wgan"]
    assert page.errors == []


def test_the_slider_shows_all_grids_at_one_time_of_the_training(page):
    assert page.run("document.querySelector('.slider').hidden") is False
    assert [text.split(":")[0] for text in page.run(SHOWN)] == ["100 kimg", "100 kimg", "40 kimg"]
    source = "document.querySelector('figure[data-frames] img').src"
    last = page.run(source)
    page.run("const when = document.getElementById('when'); when.focus()")
    page.press("Home")
    assert [text.split(":")[0] for text in page.run(SHOWN)] == ["20 kimg"] * 3
    assert page.run("document.getElementById('when-said').textContent") == "20 kimg"
    assert page.run(source) != last
    first = "document.querySelector('#frames-1 img').src"
    assert page.run(f"{source} === {first}")
    page.run("when.value = when.max; when.dispatchEvent(new Event('input'))")
    assert page.run(source) == last
    assert page.errors == []


def test_figures_can_be_taken_away_as_csv(page):
    read = (
        "Array.from(document.querySelectorAll('a.csv'), (link) => "
        "[link.download, atob(link.href.split(',')[1]).split('\\n')[0]])"
    )
    links = dict(page.run(read))
    assert links["fid-kimg.csv"] == "recipe,seed,kimg,fid"
    assert links["fid-final.csv"] == "recipe,seed,status,fid"
    assert links["fid-speed.csv"] == "recipe,images_per_second,fid"
    assert page.run("document.querySelectorAll('figure svg[role=img]').length") == page.run(
        "document.querySelectorAll('figure a.csv').length"
    )
