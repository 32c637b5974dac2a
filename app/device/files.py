"""What runs in the browser and is not ours: out of npm's packages, which are pinned by hash, and never kept in git.

python -m app.device.files NODE_MODULES TARGET
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

DEFAULT_FOLDER = Path(__file__).parents[2] / "build" / "device"
"""Where `make` puts them."""

NOTICE = "NOTICE"
"""Written last: what is there, and under which licence."""

COMPRESSED = ".br"
"""What the name of a file ends with that is kept compressed, because that takes a second."""

_FILES = {
    "litert.js": "@litertjs/core/dist/index.js",
    "wasm-utils.js": "@litertjs/wasm-utils/dist/index.js",
    "mediabunny.mjs": "mediabunny/dist/bundles/mediabunny.min.mjs",
    "mediabunny.LICENSE": "mediabunny/LICENSE",
    **{
        f"litert_wasm_{kind}internal.{end}": f"@litertjs/core/wasm/litert_wasm_{kind}internal.{end}"
        for kind in ("", "compat_")
        for end in ("js", "wasm")
    },
}
_PACKAGES = ("@litertjs/core", "@litertjs/wasm-utils", "mediabunny")

_IMPORT = 'from "@litertjs/wasm-utils"'
"""How one package names the other; a browser looks for files."""


def unpack(packages: Path, folder: Path) -> None:
    """Put the files in order.

    Args:
        packages: npm's `node_modules`.
        folder: new, or from before.

    Raises:
        OSError, ValueError: the packages are others than those that are pinned.
    """
    import brotli  # where the page is only served, another package may stand for it

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, source in _FILES.items():
        shutil.copyfile(packages / source, folder / name)
    script = (folder / "litert.js").read_text(encoding="utf-8")
    if script.count(_IMPORT) != 1:
        raise ValueError("LiteRT's script imports its other package in another way than it did")
    (folder / "litert.js").write_text(script.replace(_IMPORT, 'from "./wasm-utils.js"'), encoding="utf-8")
    for path in folder.glob("*.wasm"):
        path.with_name(path.name + COMPRESSED).write_bytes(brotli.compress(path.read_bytes(), quality=9))
    notice = [_line(packages / name) for name in _PACKAGES]
    (folder / NOTICE).write_text("\n".join((*notice, "")), encoding="utf-8")


def _line(package: Path) -> str:
    facts = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return f"{facts['name']} {facts['version']}, {facts['license']}"


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
