"""Single runs: training, evaluation, examination and diagnostics."""
