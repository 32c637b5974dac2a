"""The four units of deployment: base (what outlives the others), web (the page), inference (the function), pipeline.

Grants are written here; what a thing is made of, its construct says.
"""
