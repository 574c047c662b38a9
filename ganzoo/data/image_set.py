"""The record of a data set under its first name."""

from .data_set import DataSet as ImageSet

__all__ = ["ImageSet"]
