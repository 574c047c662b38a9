"""The generated pages of docs/: reference, zoo and results, from the code and from the committed results.

``python -m docs.generate`` writes them, and removes those of what exists no more; ``--check`` changes nothing, names
each page that is stale, and exits with 1 if there is one.
"""
