"""Bodies in motion without a picture: what the network of movements learns from.

The renderer's motion plans give a skeleton at any phase. Here they are chained to films: repetitions one after the
other, pauses, half repetitions, other exercises, walking about; seen by the renderer's cameras; and spoilt as landmarks
are that a network found in a film. Every instant knows its movement and how far through the repetition it is.
"""
