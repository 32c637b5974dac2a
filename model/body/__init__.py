"""The second stream: what an athlete does, read from the body alone.

A small network on landmarks says for every instant which movement it is and how far through it (`reading`); the most
probable way through these is found over the whole film (`course`), and the repetitions in it are counted
(`repetitions`). `stream` does so from a clip. How the network is made is in `model.training.body`, what it learns from
in `model.sequences`, and how its word joins that of pictures in `model.joined`.
"""
