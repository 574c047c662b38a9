"""One module for each part that is compared; each has a ``SUBJECT``. Modules that begin with ``_`` are shared."""
