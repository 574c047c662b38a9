"""One command that measures a GPU in eight minutes: ``python -m benchmarks.gpu --out DIR``, from the repository's root.

Nothing here imports torch but the stages' own programs, which run in processes of their own: ``environment.py`` and
``combinations.py``. What a stage is stands in ``stages.py``.
"""
