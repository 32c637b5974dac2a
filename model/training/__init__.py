"""Training of the default model on rendered clips, and the making of a bundle from what was learned.

Rendered shards come in (`dataset`), are varied (`augmentation`), teach a network (`train`), whose probabilities are
calibrated on held-out clips (`calibrate`) and which leaves as a sealed bundle (`make_bundle`) with its `card`.
`ablation` compares recipes. Film is only ever judged, for the card and the comparison: nothing learns from it or is
chosen by it.
"""
