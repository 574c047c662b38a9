"""The sentences at the head of a page: over seeds, with what to try next; and what the first number means."""

import fabricated_bench as fabricated

from ganzoo.bench.report.report import render_report
from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.tables.verdict_lines import explained, verdict_lines

COPIES = {"kind": "no-copies", "alarm": False, "says": "does not copy its training images"}
CLASSES = {"kind": "all-classes", "alarm": False, "says": "makes all 10 classes"}
LACKS = {
    "kind": "lacks-class",
    "alarm": True,
    "says": "lacks class 4",
    "sentence": "dcgan lacks class 4.",
    "why": "Its share of class 4 is 2% of the data's.",
    "numbers": {"class 4": 0.02},
    "next": "Train longer.",
}


def results(*verdicts):
    """One recipe after another, seed after seed, with these verdicts; the others have none."""
    runs = fabricated.two_recipes()
    for run, said in zip(runs, verdicts, strict=False):
        run["verdicts"] = list(said)
    return BenchResults.model_validate(fabricated.results(runs))


def names(found):
    return found.recipe_names


def test_what_is_true_of_some_seeds_names_them():
    found = results([LACKS, COPIES], [COPIES, CLASSES], [LACKS, COPIES])
    recipe = names(found)[0]
    first, good = verdict_lines(found)
    assert first.sentence == f"{recipe} lacks class 4 (seeds 0, 2)." and first.alarm
    assert first.why == LACKS["why"] and first.next == "Train longer."
    assert first.text.endswith("Next: Train longer.")
    assert good.sentence == f"{recipe} does not copy its training images." and not good.alarm


def test_what_is_true_of_all_seeds_names_none():
    found = results(*[[LACKS, COPIES]] * 3)
    assert verdict_lines(found)[0].sentence == f"{names(found)[0]} lacks class 4."
    well = results(*[[COPIES, CLASSES]] * 3)
    (line,) = verdict_lines(well)
    assert line.sentence == f"{names(well)[0]} does not copy its training images and makes all 10 classes."


def test_results_from_before_there_were_verdicts_say_nothing():
    found = BenchResults.model_validate(fabricated.results(fabricated.two_recipes()))
    assert verdict_lines(found) == []


def test_a_run_that_was_judged_on_another_number_is_told():
    runs = fabricated.two_recipes()
    runs[0]["samples"] = 50
    found = BenchResults.model_validate(fabricated.results(runs))
    (line,) = verdict_lines(found)
    assert line.alarm and "another number of samples" in line.sentence and "50, where" in line.why


def test_the_first_column_is_explained_in_one_line():
    found = BenchResults.model_validate(fabricated.results(fabricated.two_recipes()))
    said = explained(found)
    label = found.columns[0].label
    assert said.startswith(f"{label}@") and "lower is better" in said and "\n" not in said
    none = found.model_copy(update={"columns": []})
    assert explained(none) == ""


def test_a_floor_that_is_no_distance_of_halves_is_not_called_one():
    """That of a metric of pairs is of pairs at random."""
    found = BenchResults.model_validate(fabricated.results(fabricated.two_recipes()))
    found = found.model_copy(update={"floor": {"fid": 0.5, "psnr": 8.57}, "floor_n": 898})
    assert explained(found).endswith("two halves of the real data, 898 each, lie 0.5 apart.")
    column = found.columns[0].model_copy(update={"key": "psnr", "label": "PSNR (dB)", "better": "higher"})
    said = explained(found.model_copy(update={"columns": [column]}))
    assert said.endswith("higher is better, and the floor below the table is 8.57.") and "halves" not in said


def test_the_page_leads_with_the_sentences(tmp_path):
    found = results([LACKS, COPIES])
    page = render_report(found, tmp_path)
    place = page.index("lacks class 4 (seed 0).")
    assert page.index("<h1>") < place < page.index('<dl class="facts">')
    assert page.index('<h2 id="results">') < page.index('class="explained"') < page.index("<table")
    order = ["results", "images", "curves", "diagnostics", "recipes", "made"]
    there = [page.index(f'<h2 id="{name}">') for name in order if f'<h2 id="{name}">' in page]
    assert there == sorted(there) and len(there) >= 4
    assert "Next: Train longer." in page
