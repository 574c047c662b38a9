"""Sets of samples of any modality, by rows."""
