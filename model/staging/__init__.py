"""Whole workouts with truth: films of sets, rests and other exercises, drawn by the renderer to judge by.

`script` says what is done when, `film` draws it, `workouts` writes films and their truth into a folder. Nothing learns
from them.
"""
