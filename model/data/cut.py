"""Cuts every repetition of a manifest out of its video, exact to the frame."""
