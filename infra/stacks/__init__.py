"""The five units of deployment: base (what outlives the others), network, web (the page), inference (the function),
pipeline.

Grants are written here; constructs say what each part is made of.
"""
