"""``ganzoo export``."""

import click

from ...messages import logged_to, to_stderr
from ..command import examples
from ..value_types import PathText
from .generators import device_option, open_model, run_argument


@click.command(
    "export",
    epilog=examples(
        "ganzoo export runs/first/dcgan/seed0 --out digits/",
        "ganzoo export runs/first/dcgan/seed0 --out digits.onnx",
        "ganzoo export runs/first/dcgan/seed0 --out digits.html",
    ),
)
@run_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(("hub", "pt2", "onnx", "html")),
    help="By default the one of the ending of --out, else hub. hub: a folder with safetensors, configuration and card; "
    "pt2: a program of torch; onnx: a graph; html: a page that draws in a browser.",
)
@click.option("--out", type=PathText(), required=True, metavar="PATH", help="The new folder, x.pt2, x.onnx or x.html.")
@click.option("--license", metavar="ID", help="The license that the card names, such as apache-2.0.")
@device_option
def command(run: str, form: str | None, out: str, license: str | None, device: str | None) -> None:
    """Write the generator of RUN's newest checkpoint to take it elsewhere, whole or not at all.

    RUN may be whatever `ganzoo sample` takes. A folder is opened again by `ganzoo sample PATH` and ganzoo.load, with
    samples equal to the last digit; its card has the numbers of the run. A program and a graph need no ganzoo: latents,
    and labels where there are any, go in, and samples in [-1, 1] come out, in batches of any size. They are read again
    and compared with the generator before they take their name. A page needs a browser, and no network.
    """
    from ...models.exporting import export

    with logged_to(to_stderr):
        model = open_model(run, device)
        done = export(model.trained, out, form, license=license or "")
    compared = "" if done.deviation is None else f", within {done.deviation:.1e} of the generator's samples"
    if done.format == "onnx" and done.deviation is None:
        compared = ', not compared with the generator: pip install "ganzoo-core[onnx]" for that'
    to_stderr(f"{model.name} in {done.path}{compared}")
