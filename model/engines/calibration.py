"""From logits to calibrated probabilities, as a bundle's contract says."""

from __future__ import annotations

import numpy as np

from model.contract import Contract


def calibrated(logits: np.ndarray, contract: Contract) -> np.ndarray:
    """Softmax of the logits [..., outputs] divided by the contract's temperature, the rule's bias added to the last."""
    scaled = logits.astype(np.float64) / contract.temperature
    if contract.none_of_these is not None:
        scaled[..., -1] += contract.none_of_these.bias
    return softmax(scaled)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities float64 of logits [..., outputs]."""
    logits = logits.astype(np.float64)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return result
