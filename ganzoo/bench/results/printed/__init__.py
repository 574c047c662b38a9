"""The objects that commands print with ``--json``, where these are no file of a bench. Imports no torch."""
