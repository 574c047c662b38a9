"""``ganzoo push`` and ``ganzoo pull``."""

from pathlib import Path

import click

from ...messages import logged_to, to_stderr
from ..command import examples
from ..value_types import PathText
from .generators import device_option, open_model, run_argument


@click.command(
    "push", epilog=examples("ganzoo push runs/first/dcgan/seed0 user/digits", "ganzoo push digits/ user/digits")
)
@run_argument
@click.argument("repository")
@click.option("--private", is_flag=True, help="Make a repository that only its owner sees.")
@click.option("--license", metavar="ID", help="The license that the card names, such as apache-2.0.")
@device_option
def push_command(run: str, repository: str, private: bool, license: str | None, device: str | None) -> None:
    """Put RUN's generator on the Hugging Face hub as REPOSITORY, user/name.

    RUN is the folder of a run, or one that `ganzoo export` wrote, which goes as it is. It needs
    `pip install "ganzoo-core[hub]"` and a token: `hf auth login` or HF_TOKEN. The repository is made if it is not
    there, and gets one commit.
    """
    from ...errors import GanzooError
    from ...models.exporting.exported import is_exported
    from ...models.exporting.pushing import push, push_folder

    with logged_to(to_stderr):
        if is_exported(run):
            if license:
                raise GanzooError(f"{run} has its card already: give --license to ganzoo export")
            address = push_folder(Path(run), repository, private=private)
        else:
            address = push(open_model(run, device).trained, repository, private=private, license=license or "")
    to_stderr(f"{address}: ganzoo sample {address} --out samples.png")


@click.command(
    "pull", epilog=examples("ganzoo pull user/digits", "ganzoo pull user/digits --revision v2 --out digits/")
)
@click.argument("repository")
@click.option("--revision", metavar="NAME", help="A branch, tag or commit.  [default: the newest]")
@click.option("--out", type=PathText(), metavar="PATH", help="The new folder.  [default: the repository's name]")
def pull_command(repository: str, revision: str | None, out: str | None) -> None:
    """Fetch the generator of REPOSITORY, user/name, from the Hugging Face hub into a folder.

    Only its JSON, its safetensors, the card and the picture are fetched; no code is. HF_ENDPOINT, HF_HUB_OFFLINE and
    the cache of the hub are those of huggingface_hub: `pip install "ganzoo-core[hub]"`.
    """
    from ...models.exporting.pulling import pull

    with logged_to(to_stderr):
        path = pull(repository, out, revision=revision)
    to_stderr(f"{repository} in {path}: ganzoo sample {path} --out samples.png")
