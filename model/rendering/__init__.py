"""Rendered clips: athletes, equipment and gyms drawn by chance, to learn from and to show.

`motion` says how bodies move; the rest says how that looks: `clip` puts a scene together and films it with the kernels
of `raycast`, `dataset` does so by the thousand, `mp4` writes videos.
"""
