"""Training on rendered clips and on records of your own, and the making of a bundle from what was learned.

A recipe (`recipe`, `plan`) and perhaps earlier weights (`start`) meet clips (`dataset`), which are varied
(`augmentation`) and train a network (`train`: the run, `learner`: its step, `logits`: what a network says of many
clips). Its probabilities are calibrated on held-out clips (`calibrate`), and it leaves as a sealed bundle
(`make_bundle`) with its `card`. `ablation` compares recipes. The default model has learned from rendered clips only;
film beside the project is judged and nothing else.
"""
