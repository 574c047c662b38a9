import io
import math

import fabricated_bench as fabricated
import pytest

from ganzoo.bench.tables.aggregate import cell, markdown, print_table
from ganzoo.bench.tables.forms.json_table import plain_table


def printed(results: dict, width: int = 120, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_table(fabricated.table_of(results), stream, width)
    stream.flush()
    return raw.getvalue().decode(encoding)


def three(name: str, *fids: float) -> list[dict]:
    return [fabricated.run(name, seed, {"fid": fid, "is": 5.0 + seed}) for seed, fid in enumerate(fids)]


def bold(runs: list[dict], **more) -> dict[str, frozenset[str]]:
    return {row.recipe: row.best for row in fabricated.table_of(fabricated.results(runs, **more)).rows}


def test_the_numbers_are_the_hand_computed_ones():
    table = fabricated.table_of(fabricated.results(fabricated.two_recipes()))
    dcgan, wgan_gp = table.rows
    assert [row.recipe for row in table.rows] == ["dcgan", "wgan-gp"]
    # 10.0 10.4 9.8: mean 10.0667, deviation 0.30551; 4.30265 * 0.30551 / sqrt(3) = 0.75892
    assert dcgan.metrics["fid"].mean == pytest.approx(10.066667, abs=1e-6)
    assert dcgan.metrics["fid"].half_width == pytest.approx(0.758918, abs=1e-5)
    assert [cell(dcgan, column) for column in table.columns] == ["10.07 ± 0.76", "8.00 ± 0.25"]
    assert [cell(wgan_gp, column) for column in table.columns] == ["14.10 ± 2.37", "7.50 ± 0.90"]
    assert dcgan.images_per_second == 2017.0
    assert dcgan.peak_memory_mb == 412.0
    assert dcgan.seconds == pytest.approx((100e3 / 2000 + 100e3 / 2017 + 100e3 / 2034) / 3)


def test_titles_carry_the_label_the_sample_count_and_the_good_end():
    titles = [column.title for column in fabricated.table_of(fabricated.results(fabricated.two_recipes())).columns]
    assert titles == ["FD[digits]@10k ↓", "IS[digits]@10k ↑"]
    odd = fabricated.table_of(fabricated.results(fabricated.two_recipes(), samples=1797))
    assert odd.columns[0].title == "FD[digits]@1797 ↓"


def test_the_order_is_that_of_the_command_and_not_of_the_runs():
    runs = fabricated.two_recipes()
    results = fabricated.results(runs)
    results["runs"] = list(reversed(runs))
    assert [row.recipe for row in fabricated.table_of(results).rows] == ["dcgan", "wgan-gp"]


def test_runs_that_did_not_finish_are_counted_and_give_reasons_but_no_numbers():
    runs = [
        fabricated.run("wgan", 0, {"fid": 80.0, "is": 4.0}),
        fabricated.stopped("wgan", 1, "diverged", "d_loss became NaN", metrics={"fid": 1.0, "is": 9.9}),
        fabricated.stopped("wgan", 2, "failed", "killed"),
        *three("dcgan", 10.0, 10.4, 9.8)[:2],
    ]
    table = fabricated.table_of(fabricated.results(runs))
    assert [row.seeds for row in table.rows] == ["1/3", "2/3"]
    assert cell(table.rows[0], table.columns[0]) == "80.00"
    assert table.reasons == (
        "wgan, seed 1: diverged: d_loss became NaN",
        "wgan, seed 2: failed: killed",
        "dcgan, seed 2: not run",
    )
    text = printed(fabricated.results(runs))
    assert all(reason in text for reason in table.reasons)


def test_without_a_finished_run_every_number_is_a_dash():
    runs = [fabricated.stopped("wgan", seed, "skipped", "no GPU") for seed in range(3)]
    text = printed(fabricated.results(runs))
    line = next(line for line in text.splitlines() if line.split()[:2] == ["wgan", "0/3"])
    assert line.split()[2:] == ["—"] * 5
    assert "±:" not in text


def test_a_metric_without_a_value_is_a_dash_and_a_missing_seed_is_said():
    runs = three("dcgan", 10.0, 10.4, 9.8)
    runs[0]["metrics"]["fid"] = None
    for run in runs:
        run["metrics"]["is"] = None
    table = fabricated.table_of(fabricated.results(runs))
    assert cell(table.rows[0], table.columns[0]).endswith("(n=2)")
    assert cell(table.rows[0], table.columns[1]) == "—"


def test_a_recipe_that_a_metric_is_not_taken_of_is_neither_better_nor_worse_by_it():
    runs = three("told", 10.0, 10.4, 9.8) + three("better", 5.0, 5.1, 5.2) + three("untold", 1.0, 1.1, 1.2)
    for run in runs:
        if run["recipe"] == "untold":
            del run["metrics"]["fid"]
    table = fabricated.table_of(fabricated.results(runs))
    assert {row.recipe: row.rank for row in table.rows} == {"told": "2", "better": "1", "untold": ""}
    assert table.rankings["fid"].failures == 0 and table.rankings["fid"].best == "better"
    assert table.rankings["is"].ranks["untold"] is not None
    for run in runs:
        if run["recipe"] == "untold":
            run["metrics"]["fid"] = None  # it was taken, and is no number
    ranks = {row.recipe: row.rank for row in fabricated.table_of(fabricated.results(runs)).rows}
    assert ranks == {"told": "2", "better": "1", "untold": "3"}


def test_one_seed_is_a_bare_value_and_never_bold():
    runs = [fabricated.run("dcgan", 0, {"fid": 10.0, "is": 8.0}), fabricated.run("wgan", 0, {"fid": 99.0, "is": 2.0})]
    results = fabricated.results(runs, seeds=(0,))
    assert "10.00" in printed(results)
    assert "10.00 ±" not in printed(results)
    assert bold(runs, seeds=(0,)) == {"dcgan": frozenset(), "wgan": frozenset()}


def test_the_best_is_bold_when_the_tests_tell_it_from_every_other():
    assert bold(fabricated.two_recipes()) == {"dcgan": {"fid"}, "wgan-gp": frozenset()}
    # fid: differences -4.2 -2.7 -5.2, t = -5.55, df 2, p = 0.031; is: 0.5 0.2 0.8, t = 2.89, p = 0.102.


def test_for_a_metric_where_higher_is_better_the_highest_is_bold():
    runs = three("a", 9.0, 9.1, 9.2) + three("b", 9.0, 9.1, 9.2)
    for run in runs:
        run["metrics"]["is"] = (8.0 if run["recipe"] == "b" else 2.0) + 0.01 * run["seed"]
    assert bold(runs) == {"a": frozenset(), "b": {"is"}}


def test_a_third_recipe_whose_spread_reaches_the_best_makes_a_tie():
    clear = three("a", 10.0, 10.1, 10.2) + three("b", 12.0, 12.1, 12.2)
    assert bold(clear)["a"] == {"fid"}
    assert bold(clear + three("c", 5.0, 15.0, 40.0))["a"] == frozenset()


def test_a_recipe_that_lost_seeds_is_not_bold():
    runs = [*three("a", 10.0, 10.1), fabricated.stopped("a", 2, "diverged", "NaN"), *three("b", 50.0, 50.1, 50.2)]
    assert bold(runs) == {"a": frozenset(), "b": frozenset()}


def test_one_recipe_alone_is_not_the_best_of_anything():
    assert bold(three("dcgan", 10.0, 10.4, 9.8)) == {"dcgan": frozenset()}


def test_the_floor_and_the_real_data_have_rows_of_their_own():
    lines = printed(fabricated.results(fabricated.two_recipes())).splitlines()
    assert next(line for line in lines if "real halves @898" in line).split()[3:] == ["0.52", "—"]
    assert next(line for line in lines if line.strip().startswith("real data")).split()[2:] == ["—", "9.76"]
    without = fabricated.table_of(fabricated.results(fabricated.two_recipes(), floor={}, real={}))
    assert without.baselines == ()


@pytest.mark.parametrize("width", range(52, 121, 4))
def test_the_name_of_a_baseline_is_never_broken(width):
    text = printed(fabricated.results(fabricated.two_recipes(), held_out={"n": 360, "baseline": {"fid": 1.25}}), width)
    table, _, notes = text.partition("±: half-width")
    rows = [line.strip() for line in table.splitlines()]
    assert not [row for row in rows if row.startswith("@")]
    assert next(row for row in rows if row.startswith("real halves")).endswith(("0.52", "—"))
    assert "898 samples each; the floor" in " ".join(notes.split())
    assert "not trained on, 360 samples, against" in " ".join(notes.split())


@pytest.mark.parametrize("width", [50, 60, 80, 100, 120])
@pytest.mark.parametrize("metrics", [1, 2, 5, 9])
def test_the_table_fits_and_loses_nothing(width, metrics):
    name = "dcgan:loss=hinge:schedule.batch=128"
    runs = [fabricated.run(name, seed, {f"m{i}": 10.0 + seed + i for i in range(metrics)}) for seed in range(3)]
    columns = [{"key": f"m{i}", "label": f"M{i}[digits]", "better": "lower"} for i in range(metrics)]
    text = printed(fabricated.results(runs, columns=columns, floor={}, real={}), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for i in range(metrics):
        assert f"M{i}[digits]" in text
        assert f"{11.0 + i:.2f}" in text
    assert text.count("± 2.48") == metrics
    for part in ("dcgan", "loss=hinge", "images/s", "memory", "time", "2,017"):
        assert part in text


def test_a_pipe_gets_no_escapes_and_a_star_for_bold(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    text = printed(fabricated.results(fabricated.two_recipes()))
    assert "\x1b" not in text
    assert "*10.07 ± 0.76" in text
    assert "*: better than every other" in text


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    runs = [*fabricated.two_recipes()[:5], fabricated.stopped("wgan-gp", 2, "failed", "killed")]
    stream = Terminal()
    print_table(fabricated.table_of(fabricated.results(runs + three("sngan", 50, 51, 52))), stream, 120)
    return stream.getvalue()


def test_a_terminal_gets_colour_and_bold_and_no_star(monkeypatch):
    text = on_a_terminal(monkeypatch)
    assert "\x1b[31m" in text
    assert "*" not in text


def test_no_color_takes_the_colour_away(monkeypatch):
    assert "\x1b[31m" not in on_a_terminal(monkeypatch, NO_COLOR="1")


def test_a_dumb_terminal_gets_no_escapes(monkeypatch):
    assert "\x1b" not in on_a_terminal(monkeypatch, TERM="dumb")


def test_the_table_goes_to_stdout(capsys):
    print_table(fabricated.table_of(fabricated.results(fabricated.two_recipes())), width=120)
    captured = capsys.readouterr()
    assert "10.07 ± 0.76" in captured.out
    assert captured.err == ""


def test_an_ascii_terminal_is_not_sent_what_it_cannot_show():
    text = printed(fabricated.results(three("modèle", 1.0, 2.0, 3.0)), encoding="ascii")
    assert "mod\\xe8le" in text
    assert "2.00 +- 2.48" in text


def test_names_and_reasons_are_shown_and_not_obeyed():
    evil = "[bold red]x[/]\x1b[2J\u202e"
    runs = [fabricated.stopped(evil, 0, "failed", "[blink]no[/blink]\nsecond\x07 line")]
    text = printed(fabricated.results(runs, seeds=(0,)), 160)
    assert "[bold red]x[/]\\x1b[2J\\u202e" in text
    assert "[blink]no[/blink] second\\x07 line" in text
    assert "\x1b" not in text


def test_markdown_has_the_same_numbers_and_escapes_its_own_signs():
    runs = fabricated.two_recipes() + three("a|b<script>_*", 90.0, 91.0, 92.0)
    lines = markdown(fabricated.table_of(fabricated.results(runs))).splitlines()
    assert lines[0] == "| recipe | seeds | rank† | FD[digits]@10k ↓ | IS[digits]@10k ↑ | images/s | memory | time |"
    assert lines[2] == "| dcgan | 3/3 | 1 | **10.07 ± 0.76** | 8.00 ± 0.25 | 2,017 | 412 MB | 50 s |"
    assert lines[4].startswith(r"| a\|b&lt;script>\_\* | 3/3 | 3 | 91.00 ± 2.48 |")
    assert lines[5] == "| *real halves @898* |  |  | 0.52 | — |  |  |  |"


def test_the_notes_tell_which_runs_were_played_by_several_processes():
    def by(ranks, **more):
        return {"ranks": ranks, "batch_stats": "synced", **more}

    def notes(*engines):
        runs = [run | {"engine": engine} for run, engine in zip(three("dcgan", 1.0, 2.0, 3.0), engines, strict=True)]
        return printed(fabricated.results(runs), 160)

    assert "processes" not in notes(by(1), by(1), by(1))
    all_of_them = notes(by(2), by(2), by(2))
    assert "Each run was played by 2 processes, each with its share of every batch;" in all_of_them
    assert "Batch statistics are those of the whole batch." in all_of_them
    some = notes(by(1), by(2, batch_stats="local"), by(4, batch_stats="local"))
    assert "1 of 3 runs was played by 2 processes," in some
    assert "1 of 3 runs was played by 4 processes," in some
    assert "Batch statistics of dcgan are those of each process's share." in some
    assert "whole batch" not in some


def test_decimals_follow_the_size_of_the_numbers():
    def written(*values: float) -> str:
        table = fabricated.table_of(fabricated.results(three("dcgan", *values)))
        return cell(table.rows[0], table.columns[0])

    assert written(0.0123, 0.0124, 0.0125) == "0.0124 ± 0.0002"
    assert written(0.5, 0.6, 0.7) == "0.600 ± 0.248"
    assert written(312.0, 313.0, 314.0) == "313.0 ± 2.5"
    assert written(-7e-15, -7e-15, -7e-15) == "0.0000 ± 0.0000"


def test_zeros_do_not_ask_for_decimals():
    table = fabricated.table_of(fabricated.results(three("dcgan", 0.0, 2.04, 3.0)))
    assert cell(table.rows[0], table.columns[0]) == "1.68 ± 3.81"


def test_mode_coverage_is_written_as_the_papers_do():
    runs = [fabricated.point_run(recipe, seed) for recipe in fabricated.POINT_FINALS for seed in range(3)]
    table = fabricated.table_of(fabricated.point_results(runs))
    # 6 7 6: mean 6.3333, deviation 0.57735; 4.30265 * 0.57735 / sqrt(3) = 1.43422
    assert [cell(table.rows[0], column) for column in table.columns] == ["6.3 ± 1.4", "98.2 ± 0.6", "0.4500 ± 0.2236"]
    assert [cell(table.rows[1], column) for column in table.columns] == ["8.0 ± 0.0", "95.2 ± 4.6", "0.0709 ± 0.0247"]
    titles = ["modes@2.5k ↑", "high quality %@2.5k ↑", "reverse KL@2.5k ↓"]
    assert [column.title for column in table.columns] == titles


def test_a_share_of_none_is_no_count():
    results = fabricated.results([fabricated.run("dcgan", 0, {"fid": 90.0, "is": 0.0})], seeds=(0,), real={"is": 1.0})
    table = fabricated.table_of(results)
    assert cell(table.rows[0], table.columns[1]) == "0.00"


def test_whole_numbers_that_are_no_counts_keep_their_decimals():
    table = fabricated.table_of(fabricated.results(three("dcgan", 9.0, 10.0, 11.0)))
    assert cell(table.rows[0], table.columns[0]) == "10.00 ± 2.48"


def test_what_is_not_a_number_is_a_dash():
    """Files have null for it."""
    runs = three("dcgan", 1.0, 2.0, 3.0)
    for run in runs:
        run["metrics"]["fid"] = None
    table = fabricated.table_of(fabricated.results(runs))
    assert cell(table.rows[0], table.columns[0]) == "—"


def test_speed_is_a_median_memory_the_highest_and_time_a_mean():
    runs = three("dcgan", 10.0, 10.4, 9.8)
    for run, speed, memory, seconds in zip(runs, (100, 900, 200), (50, 10, 20), (1.0, 2.0, 6.0), strict=True):
        run |= {"images_per_second": speed, "peak_memory_mb": memory, "seconds": seconds}
    (row,) = fabricated.table_of(fabricated.results(runs)).rows
    assert (row.images_per_second, row.peak_memory_mb, row.seconds) == (200.0, 50.0, 3.0)


def ranks(runs: list[dict], **more) -> dict[str, str]:
    return {row.recipe: row.rank for row in fabricated.table_of(fabricated.results(runs, **more)).rows}


def test_ranks_are_by_the_first_metric_and_stand_after_the_seeds():
    runs = fabricated.two_recipes()
    assert ranks(runs) == {"dcgan": "1", "wgan-gp": "2"}
    assert ranks(runs, columns=list(reversed(fabricated.COLUMNS))) == {"dcgan": "1=", "wgan-gp": "1="}
    lines = printed(fabricated.results(runs)).splitlines()
    assert next(line for line in lines if "recipe" in line).split()[:3] == ["recipe", "seeds", "rank†"]
    assert next(line for line in lines if line.split()[:1] == ["wgan-gp"]).split()[:3] == ["wgan-gp", "3/3", "2"]


@pytest.mark.parametrize("status", ["skipped", "reached"])
def test_failed_runs_count_as_the_worst_in_ranks_and_those_that_say_nothing_do_not_count(status):
    runs = [
        *three("a", 10.0, 10.1, 10.2),
        *(fabricated.stopped("b", seed, "diverged", "NaN") for seed in range(3)),
        *(fabricated.stopped("c", seed, status, "as it should") for seed in range(3)),
        *three("d", 20.0, 20.1)[:2],
        fabricated.stopped("d", 2, "failed", "killed"),
    ]
    table = fabricated.table_of(fabricated.results(runs))
    assert {row.recipe: row.rank for row in table.rows} == {"a": "1", "b": "3", "c": "", "d": "2"}
    assert "counts as the worst value of its column" in printed(fabricated.results(runs))
    assert "counts as the worst" not in printed(fabricated.results(fabricated.two_recipes()))


def test_one_seed_has_no_ranks_and_the_spread_over_its_samples():
    runs = [
        fabricated.run(name, 0, {"fid": 10.0, "is": 8.0}, spreads={"fid": 0.25} if name == "a" else None)
        for name in ("a", "b")
    ]
    results = fabricated.results(runs, seeds=(0,))
    table = fabricated.table_of(results)
    assert [cell(row, table.columns[0]) for row in table.rows] == ["10.00 (± 0.49)", "10.00"]
    assert not table.ranked
    text = printed(results)
    assert "rank" not in text
    assert "(±): one seed;" in text
    assert "a value without ± comes from one seed" in text.lower()
    assert "±: half" not in text.replace("(±): one seed; half", "")


def test_the_spread_over_samples_folds_as_the_interval_does():
    runs = [fabricated.run("a", 0, {f"m{i}": 10.0 + i for i in range(4)}, spreads={f"m{i}": 1.0 for i in range(4)})]
    columns = [{"key": f"m{i}", "label": f"M{i}", "better": "lower"} for i in range(4)]
    text = printed(fabricated.results(runs, seeds=(0,), columns=columns, floor={}, real={}), 60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.count("(± 1.96)") == 4


def test_a_variants_name_folds_before_its_edits_and_not_within_one():
    name = "a:g_optimizer.lr={shape: linear, start: 1, end: 0}:loss=hinge"
    runs = [fabricated.run(name, 0, {f"m{i}": 10.0 + i for i in range(2)})]
    columns = [{"key": f"m{i}", "label": f"M{i}", "better": "lower"} for i in range(2)]
    text = printed(fabricated.results(runs, seeds=(0,), columns=columns, floor={}, real={}), 95)
    lines = [line.strip() for line in text.splitlines()]
    assert [line[:9] for line in lines if line.startswith(":")] == [":g_optimi", ":loss=hin"]
    assert ":g_optimizer.lr={shape: linear, start: 1," in text


def test_the_name_of_a_published_form_folds_before_its_form():
    runs = [*three("wgan-gp", 10.0, 11.0, 12.0), *three("wgan-gp@published", 9.0, 9.5, 8.0)]
    names = [line[:14].strip() for line in printed(fabricated.results(runs), 80).splitlines()]
    assert names[names.index("@published") - 1] == "wgan-gp"


def test_the_notes_say_which_tests_and_what_could_have_been_found():
    text = " ".join(printed(fabricated.results(fabricated.two_recipes())).split())
    assert "by Welch's t-tests of the logs, two-sided at 5 %, with Holm's correction" in text
    assert "closest tie" not in text
    tie = fabricated.table_of(fabricated.results([*three("a", 10.0, 10.4, 9.8), *three("b", 10.1, 9.9, 10.3)]))
    said = next(note for note in tie.notes if note.startswith("The closest tie is a and b, "))
    # geometric means 10.06360 and 10.09868: 0.349 % apart
    assert said.startswith("The closest tie is a and b, 0.349 % apart in FD[digits]:")
    ratio = math.exp(tie.rankings["fid"].closest().detectable())
    assert f"a true difference of {100 * (ratio - 1):.3g} % would have been found" in said
    more = [*three("a", 10.0, 10.4, 9.8), *three("b", 10.1, 9.9, 10.3), *three("c", 12.0, 12.5, 13.0)]
    several = fabricated.table_of(fabricated.results(more))
    assert any(
        "by t-tests of the logs, variances moderated over the recipes, two-sided" in note for note in several.notes
    )


def test_a_note_says_how_many_seeds_tell_the_next_pair_apart():
    columns = [{"key": "fid", "label": "KID", "better": "lower", "positive": False}]
    runs = [*three("a", -1.0, 0.0, 1.0), *three("b", -0.5, 0.5, 1.5)]
    table = fabricated.table_of(fabricated.results(runs, columns=columns))
    assert (
        "Next to be told apart are a and b, 0.500 apart: it takes 64 seeds of each for a probability of 80 %, if that "
        "is how far apart they are." in table.notes
    )
    told = plain_table(table)["rankings"]["fid"]
    assert told["next"] == {"a": "a", "b": "b", "seeds": 64}
    clear = fabricated.table_of(fabricated.results(fabricated.two_recipes(), columns=fabricated.COLUMNS[:1]))
    assert plain_table(clear)["rankings"]["fid"]["next"] is None


def test_a_metric_that_may_be_below_zero_is_told_apart_in_its_own_unit():
    columns = [{"key": "fid", "label": "KID", "better": "lower", "positive": False}]
    runs = [*three("a", 10.0, 10.4, 9.8), *three("b", 10.1, 9.9, 10.3)]
    table = fabricated.table_of(fabricated.results(runs, columns=columns))
    assert any("is a and b, 0.03 apart in KID:" in note for note in table.notes)
    assert any(note.startswith("Better: by Welch's t-tests, two-sided") for note in table.notes)


def test_few_seeds_are_marked_and_said_to_be_liberal():
    few = fabricated.table_of(fabricated.results(fabricated.two_recipes()))
    assert few.first_titles == ("recipe", "seeds", "rank†")
    assert any(note.startswith("† rank: of fewer than 5 seeds, and liberal") for note in few.notes)
    five = [fabricated.run(name, seed, {"fid": 9.0 + seed + 9 * (name == "b")}) for name in "ab" for seed in range(5)]
    enough = fabricated.table_of(fabricated.results(five, seeds=range(5), columns=fabricated.COLUMNS[:1]))
    assert enough.first_titles == ("recipe", "seeds", "rank")
    assert not any("liberal" in note for note in enough.notes)


def test_what_is_far_above_the_floor_is_named_and_shares_no_tie():
    runs = [*three("a", 3.0, 3.4, 2.8), *three("b", 80.0, 90.0, 85.0), *three("c", 81.0, 89.0, 86.0)]
    table = fabricated.table_of(fabricated.results(runs, floor={"fid": 0.52}))
    assert [row.rank for row in table.rows] == ["1", "2", "2"]
    why = "above 100 times the floor, scaled to as many samples"
    said = "no ties of each other, and behind each that is 10 times as near with every seed"
    assert f"Far from the data in FD[digits]: b, c ({why}); {said}." in table.notes


def test_the_floor_of_fewer_samples_is_higher():
    """By chance alone a perfect generator's distance is about as many times as high."""
    runs = [*three("a", 3.0, 3.4, 2.8), *three("b", 80.0, 90.0, 85.0)]
    few, many = (
        fabricated.table_of(fabricated.results(runs, floor={"fid": 0.52}, floor_n=898, samples=samples))
        for samples in (449, 5_000)
    )
    assert few.rankings["fid"].far == frozenset(), "b is above 52, and not above 104"
    assert many.rankings["fid"].far == {"b"}


def test_held_out_images_have_the_first_row_of_the_real_data():
    results = fabricated.results(fabricated.two_recipes(), held_out={"n": 360, "baseline": {"fid": 1.25, "is": 9.7}})
    lines = printed(results).splitlines()
    at = next(i for i, line in enumerate(lines) if "held-out @360" in line)
    assert lines[at].split()[2:] == ["1.25", "9.70"]
    assert "real halves @898" in lines[at + 1]
    assert "held-out: real data that is not trained on" in " ".join(lines)


def test_alarms_and_warnings_stand_below_the_table_once():
    alarm = {"kind": "collapse", "step": 40, "kimg": 2.5, "until": 60, "value": 0.02, "text": "Samples are alike."}
    runs = three("dcgan", 10.0, 10.4, 9.8)
    runs[0]["alarms"] = [alarm, alarm | {"step": 90, "text": "Again."}]
    for run in runs[1:]:
        run["examinations"] = {"memorisation": {"share": 0.5, "warnings": ["Samples are copies \x1b[2J."]}, "other": {}}
    results = fabricated.results(runs)
    assert fabricated.table_of(results).warnings == (
        "dcgan, seed 0: Samples are alike, and 1 more time later",
        "dcgan, seeds 1, 2: Samples are copies \\x1b[2J.",
    )
    assert all(warning in printed(results) for warning in fabricated.table_of(results).warnings)
    assert "- dcgan, seed 0: Samples are alike" in markdown(fabricated.table_of(results))


def test_a_warning_of_copies_is_left_out_where_the_verdict_refutes_it():
    (run,) = runs = three("dcgan", 10.0, 10.4, 9.8)[:1]
    run["examinations"] = {
        "memorisation": {"warnings": ["Samples may be copies."]},
        "discriminator": {"warnings": ["D remembers."]},
    }
    verdict = {"alarm": False, "says": "does not copy", "sentence": "dcgan does not copy.", "why": "", "next": ""}
    run["verdicts"] = [{"kind": "no-copies", "numbers": {}, **verdict}]
    assert fabricated.table_of(fabricated.results(runs)).warnings == ("dcgan, seed 0: D remembers.",)
    run["verdicts"][0]["kind"] = "all-classes"
    assert fabricated.table_of(fabricated.results(runs)).warnings[0] == "dcgan, seed 0: Samples may be copies."


def test_what_the_metrics_state_is_noted():
    results = fabricated.results(fabricated.two_recipes(), states=["KID: mean over 100 subsets of 898 images"])
    assert "KID: mean over 100 subsets of 898 images." in printed(results)


def test_speeds_of_different_devices_are_not_shown():
    runs = fabricated.two_recipes()
    for run in runs[:3]:
        run["environment"] = fabricated.ENVIRONMENT | {"device": "NVIDIA H100"}
    table = fabricated.table_of(fabricated.results(runs))
    assert {(row.images_per_second, row.peak_memory_mb, row.seconds) for row in table.rows} == {(None, None, None)}
    assert any("do not compare between NVIDIA H100 and cpu" in note for note in table.notes)
