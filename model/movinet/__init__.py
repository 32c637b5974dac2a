"""MoViNet A0 to A5, base and stream, in Keras 3: architecture, import of official checkpoints, export to a bundle.

Nothing is trained here (`model.training`) and nothing is decoded (`model.video`). Importing this package imports no
TensorFlow; its modules other than `presets` do.
"""
