"""Whole workouts: what is done when in a film of any length, how often, and whether each repetition holds.

`analyse` does it all: the athlete's body is followed through the film (`model.pose`), the networks on landmarks propose
repetitions (`model.body`), pictures say of some of each set what they show (`model.joined`). `timeline` makes segments
and sets of them, which is arithmetic; `standards` holds every repetition against the rules of its movement; `written`
says the result as a table, rows, subtitles or annotations.
"""
