"""``ganzoo explain``."""

import ast

from click.testing import CliRunner

from ganzoo.cli import cli


def test_what_is_printed_is_what_is_written_and_is_python(tmp_path):
    printed = CliRunner().invoke(cli, ["explain", "wgan-gp:generator.width=8:discriminator.width=8"])
    assert printed.exit_code == 0, printed.output
    functions = {node.name for node in ast.walk(ast.parse(printed.stdout)) if isinstance(node, ast.FunctionDef)}
    between, slope = {"one_draw_each", "along", "_between"}, {"per_sample", "_gradients", "slope"}
    assert functions == between | slope | {"step"}
    path = tmp_path / "step.py"
    written = CliRunner().invoke(
        cli, ["explain", "wgan-gp:generator.width=8:discriminator.width=8", "--out", str(path)]
    )
    assert written.exit_code == 0
    assert path.read_text() == printed.stdout


def test_a_recipe_that_cannot_be_written_ends_in_one_line():
    result = CliRunner().invoke(cli, ["explain", "topk-gan:generator.width=8:discriminator.width=8"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "replaces the turn that is played" in result.stderr


def test_a_part_of_a_plugin_file_is_called_by_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "soft.py").write_text(
        "from torch.nn import functional as F\nfrom ganzoo.interfaces import Loss\n"
        "class SoftHinge(Loss):\n"
        "    def d_loss(self, turn):\n"
        '        return F.softplus(1 - turn.on_real["logits"]).mean() + F.softplus(1 + turn.on_fake["logits"]).mean()\n'
        "    def g_loss(self, turn):\n"
        '        return -turn.on_fake["logits"].mean()\n'
    )
    said = CliRunner().invoke(cli, ["explain", "dcgan:loss=soft-hinge", "--plugin", "soft.py"])
    assert said.exit_code == 2
    assert said.stderr.splitlines()[-1].endswith("would not look in: call it loss=soft.py:SoftHinge")
    program = CliRunner().invoke(cli, ["explain", "dcgan:loss=soft.py:SoftHinge"]).stdout
    assert "build('dcgan:loss=soft.py:SoftHinge'" in program
    exec(compile(program, "program", "exec"), {"__name__": "__main__"})
