"""Exports of annotation tools, each read by a module of its own, as one list of repetitions.

`supervisely`, `label_studio` and `cvat` know their tool's files and nothing else; `importing` tells them apart and
merges them; `videos` and `people` say what is known about a video besides its annotations.
"""
