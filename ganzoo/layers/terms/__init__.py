"""Functions that losses and regularizers are made of."""
