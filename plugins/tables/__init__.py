"""Tables, CTGAN's players and terms (arXiv:1907.00503), what judges rows, and two tables."""
