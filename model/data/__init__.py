"""From links and annotation files to training data: fetch, import, cut, count, split, record.

Every step reads and writes one manifest (`model.data.manifest`), so where a clip came from is never lost. Clips become
tensors by `model.video` alone. TensorFlow is imported by `records` only.
"""
