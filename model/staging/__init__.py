"""Whole workouts with truth: films of sets, rests and other exercises, drawn by the renderer.

`script` says what is done when, and `workouts` writes films to judge by, and their truth, into a folder: nothing learns
from those. `pieces` and `followed` stage others to learn from: clips cut as people cut, and bodies as BlazePose finds
them.
"""
