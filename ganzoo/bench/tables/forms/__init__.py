"""The forms in which the table of a bench is drawn."""
