"""Training on rendered clips and on records of one's own, and the making of a bundle from what was learned.

A recipe (`recipe`, `plan`) and perhaps earlier weights (`start`) meet clips (`dataset`), which are varied
(`augmentation`) and teach a network (`train`). Its probabilities are calibrated on held-out clips (`calibrate`), and it
leaves as a sealed bundle (`make_bundle`) with its `card`. `ablation` compares recipes. The default model has only
learned from rendered clips; film beside the project is judged and nothing else.
"""
