"""The addresses of what answers clips in the browser. All but one carry the digest of what is there, and are kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, g, request, send_file

from app.device.files import COMPRESSED, NOTICE
from app.server import nothing_here
from model.bundle import CONTRACT, LITERT, MANIFEST

SCRIPTS = Path(__file__).parent / "scripts"
OFFLINE = "/offline.js"
"""The script that shows the page without a network; a browser lets it see what lies below its own address."""

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm"}
_FOR_EVER = "public, max-age=31536000, immutable"


class OnDevice:
    """What a browser needs to answer a clip itself.

    Args:
        bundle: the model's directory, with a flatbuffer.
        packages: the folder that `files.unpack` filled.
    """

    def __init__(self, bundle: Path, packages: Path) -> None:
        self._files = {path.name: path for path in (*SCRIPTS.glob("*.js"), *packages.iterdir())}
        offline = self._files.pop(Path(OFFLINE).name)
        self._files |= {"model.tflite": bundle / LITERT, "contract.json": bundle / CONTRACT}
        digest = hashlib.sha256((bundle / MANIFEST).read_bytes())
        for path in (*sorted(SCRIPTS.glob("*.js")), packages / NOTICE):
            digest.update(path.read_bytes())
        self._offline = offline
        self.root = f"/device/{digest.hexdigest()[:16]}/"

    @classmethod
    def of(cls, bundle: Path, packages: Path) -> OnDevice | None:
        """The same; None where the packages were not fetched, or the bundle has nothing that a browser runs."""
        there = all(path.is_file() for path in (packages / NOTICE, *(bundle / n for n in (LITERT, CONTRACT, MANIFEST))))
        return cls(bundle, packages) if there else None

    def routes(self) -> Blueprint:
        """The addresses."""
        blueprint = Blueprint("device", __name__)

        @blueprint.get(f"{self.root}<name>")
        def file(name: str) -> Response:
            path = self._files.get(name)
            if path is None:
                raise nothing_here()
            compressed = self._files.get(name + COMPRESSED)
            packed = compressed is not None and request.accept_encodings.quality("br") > 0
            response = send_file(compressed if packed and compressed else path, mimetype=_TYPES.get(path.suffix))
            if packed:
                response.headers["Content-Encoding"] = "br"
            if compressed is not None:
                response.vary.add("Accept-Encoding")
            g.cache_control = _FOR_EVER
            return response

        @blueprint.get(OFFLINE)
        def offline() -> Response:
            return send_file(self._offline, mimetype="text/javascript")

        return blueprint
