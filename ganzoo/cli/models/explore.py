"""``ganzoo explore``."""

import signal

import click

from ...interrupts import Interrupted
from ...messages import logged_to, to_stderr
from ..command import echo, examples
from ..value_types import WholeNumber
from .generators import device_option, open_model, run_argument


@click.command(
    "explore",
    epilog=examples("ganzoo explore runs/first/dcgan/seed0", "ganzoo explore digits-dcgan --no-browser --port 8000"),
)
@run_argument
@click.option(
    "--port",
    type=WholeNumber(min=0, max=65535),
    default=0,
    metavar="PORT",
    help="The port of the page.  [default: any that is free]",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@device_option
def command(run: str, port: int, no_browser: bool, device: str | None) -> None:
    """Look at what RUN's generator draws, on a page of this machine: seeds, classes, latents, walks, truncation.

    RUN may be whatever `ganzoo sample` takes. The page is served on 127.0.0.1 alone, to who knows the token in the
    address that is printed, until Ctrl-C. torch draws the samples, so any generator can be looked at;
    `ganzoo export --format html` writes a page that needs neither.
    """
    import sys
    import webbrowser

    from ...models.exploring import Explorer

    with logged_to(to_stderr):
        model = open_model(run, device)
        with Explorer(model.trained, port) as server:
            echo(server.url)
            sys.stdout.flush()
            to_stderr(f"{model.name} is served until Ctrl-C")
            if not no_browser:
                webbrowser.open(server.url)
            try:
                server.serve_forever(poll_interval=0.2)
            except KeyboardInterrupt as stopped:  # Ctrl-C is how it ends
                if isinstance(stopped, Interrupted) and stopped.signal != signal.SIGINT:
                    raise
                to_stderr("ended")
