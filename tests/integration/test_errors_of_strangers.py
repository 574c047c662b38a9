"""Errors of third parties' parts before a run, and declarations that are not their interface's: a sentence each."""

import json

import pytest
from small_benches import ganzoo_here

QUICK = ("--budget", "5steps", "--evaluations", "1", "--replicates", "0", "--examine", "none", "--seeds", "1")
QUICK += ("--samples", "50", "--quiet")

LOSS = """
from ganzoo.interfaces import Loss
class Bad(Loss):
    {body}
    def d_loss(self, turn):
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()
    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean()
"""
METRIC = """
import sys
from ganzoo.interfaces import Metric
class Bad(Metric):
    better = "lower"
    reads = frozenset({{"features"}})
    def label(self, extractor):
        return "bad"
    def summarise(self, given):
        {summarise}
        return {{"mean": given["features"].mean(0)}}
    def compare(self, fake, real):
        print("it prints")
        {compare}
        return 0.0
"""
DATASET = """
import sys
from ganzoo.interfaces import Dataset
class Bad(Dataset):
    extractor = "none"
    def read(self, paths):
        print("it prints")
        {body}
"""


@pytest.fixture
def here(tmp_path):
    return tmp_path


def refused(here, *words):
    done = ganzoo_here(*words, "--plugin", "bad.py", cwd=here, check=False)
    assert done.returncode == 2 and done.stdout == ""
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def __init__(self):\n        self.a = 3", "does not call super().__init__() before all else"),
        ("def prepare(self, *given, **named):\n        raise TypeError('boom')", "TypeError: boom (bad.py, line 5)"),
        ("def unreached(self, *given):\n        raise KeyError('boom')", "KeyError: 'boom' (bad.py, line 5)"),
    ],
    ids=["no super", "prepare", "unreached"],
)
def test_a_broken_part_fails_its_recipe_and_no_other(here, body, said):
    (here / "bad.py").write_text(LOSS.format(body=body))
    words = ("bench", "dcgan", "dcgan:loss=bad", *QUICK, "--out", "b", "--plugin", "bad.py")
    done = ganzoo_here(*words, cwd=here, check=False)
    runs = {run["recipe"]: run for run in json.loads((here / "b" / "results.json").read_text())["runs"]}
    assert done.returncode == 1 and runs["dcgan"]["status"] == "done"
    assert runs["dcgan:loss=bad"]["status"] == "failed"
    assert "plugin 'bad.py'" in runs["dcgan:loss=bad"]["reason"] and said in runs["dcgan:loss=bad"]["reason"]


def test_names_that_are_no_set_are_refused(here):
    (here / "bad.py").write_text(LOSS.format(body='reads = "logits"'))
    said = refused(here, "bench", "dcgan", "dcgan:loss=bad", *QUICK)
    assert said == (
        "Error: loss 'bad' of plugin 'bad.py' declares reads = 'logits'; write reads = frozenset({\"logits\"})"
    )


@pytest.mark.parametrize(
    ("summarise", "compare", "said"),
    [
        ("pass", "raise ValueError('boom')", "metric 'bad' of plugin 'bad.py': ValueError: boom (bad.py, line 14)"),
        ("return [1]", "pass", "metric 'bad' of plugin 'bad.py': "),
        ("pass", "sys.exit(0)", "plugin 'bad.py' raised SystemExit(0)"),
    ],
    ids=["compare raises", "summarise gives a list", "compare exits"],
)
def test_a_metric_that_fails_on_the_real_data_is_a_sentence(here, summarise, compare, said):
    (here / "bad.py").write_text(METRIC.format(summarise=summarise, compare=compare))
    assert said in refused(here, "bench", "dcgan", "--metrics", "fid,bad", *QUICK, "--json")


def test_what_a_metric_prints_is_not_among_the_json(here):
    (here / "bad.py").write_text(METRIC.format(summarise="pass", compare="pass"))
    words = ("bench", "dcgan", "--metrics", "fid,bad", *QUICK, "--json", "--plugin", "bad.py")
    assert json.loads(ganzoo_here(*words, cwd=here).stdout)["runs"][0]["metrics"]["bad"] == 0.0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('boom')", "dataset 'bad' of plugin 'bad.py': ValueError: boom (bad.py, line 8)"),
        ("return 1, 2", "dataset 'bad' of plugin 'bad.py' gives a tuple while it is read; give Images or Rows"),
        ("sys.exit()", "plugin 'bad.py' raised SystemExit(None) while it is read"),
    ],
    ids=["raises", "a tuple", "exits"],
)
@pytest.mark.parametrize("words", [("data", "show", "bad", "--json"), ("bench", "dcgan", "--data", "bad", *QUICK)])
def test_a_dataset_that_fails_is_a_sentence(here, body, said, words):
    (here / "bad.py").write_text(DATASET.format(body=body))
    assert said in refused(here, *words)


def test_what_escapes_every_guard_is_a_sentence_all_the_same(here):
    (here / "bad.py").write_text(
        "from ganzoo.interfaces import Tracker\n"
        "class Bad(Tracker):\n"
        "    def __init__(self):\n"
        "        raise OSError('boom')\n"
        "    def begin(self, *given, **named): ...\n"
        "    def row(self, *given, **named): ...\n"
        "    def picture(self, *given, **named): ...\n"
        "    def end(self, *given, **named): ...\n"
    )
    said = refused(here, "bench", "dcgan", "--tracker", "bad", *QUICK)
    assert "plugin" in said and "boom" in said and "line 4" in said
    assert said.startswith("Error: ")


def test_a_class_that_lacks_a_method_is_named(here):
    (here / "bad.py").write_text("from ganzoo.interfaces import Loss\nclass Half(Loss):\n    d_loss = None\n")
    assert "class Half lacks g_loss, which a loss must have" in refused(here, "list", "losses")


def test_a_metric_says_which_end_is_the_better(here):
    (here / "bad.py").write_text(METRIC.format(summarise="pass", compare="pass").replace('"lower"', '"smaller"'))
    said = refused(here, "bench", "dcgan", "--metrics", "fid,bad", *QUICK)
    assert "has better = 'smaller'; write 'lower' or 'higher'" in said


def test_columns_of_one_title_are_told_apart(here):
    code = METRIC.format(summarise="pass", compare="pass")
    (here / "bad.py").write_text(code.replace('return "bad"', 'return "FD[digits]"'))
    words = ("bench", "dcgan", "--metrics", "fid,bad", *QUICK, "--json", "--plugin", "bad.py")
    columns = json.loads(ganzoo_here(*words, cwd=here).stdout)["columns"]
    assert [column["label"] for column in columns] == ["FD[digits]", "FD[digits] (bad)"]


def test_what_to_type_next_names_the_plugin_file_and_the_folder(here):
    (here / "bad.py").write_text(
        "import torch\nfrom ganzoo.interfaces import Dataset, Images\n"
        "class Grey(Dataset):\n"
        "    extractor = 'none'\n"
        "    def read(self, paths):\n"
        "        return Images(torch.zeros(20, 1, 8, 8, dtype=torch.uint8).numpy(), None, ())\n"
    )
    told = ganzoo_here("data", "show", "grey", "--plugin", "bad.py", "--data-dir", ".", cwd=here).stdout
    assert told.splitlines()[-1] == "next: ganzoo bench dcgan wgan-gp --data grey --plugin bad.py --data-dir ."
