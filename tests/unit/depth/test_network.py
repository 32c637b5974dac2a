from __future__ import annotations

import pytest

from model.defaults import DEFAULT_BUNDLE
from model.depth.network import DepthNetwork
from model.errors import ModelUnavailable


@pytest.mark.parametrize("content", [b"", b"no flatbuffer at all"])
def test_what_is_no_network_is_refused(content: bytes) -> None:
    with pytest.raises(ModelUnavailable):
        DepthNetwork(content)


def test_another_network_is_refused_with_what_it_maps() -> None:
    with pytest.raises(ModelUnavailable, match="network of depth maps"):
        DepthNetwork((DEFAULT_BUNDLE / "assets.extra" / "body.tflite").read_bytes())
