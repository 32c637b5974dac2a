"""Counts, lengths and balance of a data set."""
