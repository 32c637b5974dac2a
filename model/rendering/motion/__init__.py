"""How athletes move: key poses in body heights, solved to joints in metres.

`Motion.random(label, rng, proportions).sample(ts)` gives skeletons and equipment at clip times 0 to 1. One file per
movement; `others/` holds what is none of the movements. Nothing here draws.
"""
