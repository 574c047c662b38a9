"""The parts of a bench's page, each made from the content of ``results.json`` and the files beside it."""
