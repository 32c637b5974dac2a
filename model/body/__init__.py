"""The second stream: what an athlete does, read from the body alone.

A small network on landmarks says for every instant which movement it is and how far through it (`network`); the most
probable way through these is found over the whole film (`course`), and the repetitions in it are counted
(`repetitions`).
"""
