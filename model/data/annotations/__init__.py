"""Exports of annotation tools, each read by a module of its own, as one list of repetitions."""
