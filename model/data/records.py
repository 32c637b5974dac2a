"""Clips as TFRecords: what the model sees of each, JPEG-coded."""
