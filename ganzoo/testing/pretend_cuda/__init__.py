"""A CUDA without a GPU, so that PyTorch's CUDA code runs where there is none: see ``README.md`` beside this file.

In a test, in a process of its own::

    subprocess.run([sys.executable, "program.py"], env={**os.environ, **environment()})

and in that program ``counts.reset()``, what is to be looked at, and ``counts.read()``.
"""

from . import counts
from .surroundings import environment

__all__ = ["counts", "environment"]
