import hashlib

import pytest


@pytest.fixture
def site():
    """A server on this machine that serves ``data.bin``."""
    from local_server import serving

    with serving("data.bin") as site:
        yield site


@pytest.fixture
def file(site):
    """The file that ``site`` serves, as its publisher names it."""
    from local_server import CONTENT

    from ganzoo.interfaces.data import File

    return File("data.bin", site.url, sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT))
