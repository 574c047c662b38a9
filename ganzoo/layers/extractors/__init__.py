"""Networks that are trained already, as extractors of features."""
