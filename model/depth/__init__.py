"""How deep a squat is, from the picture around hips and knees: landmarks alone cannot tell it near parallel.

What is cut out of a frame, the same in training and in serving, and the network that reads it.
"""
