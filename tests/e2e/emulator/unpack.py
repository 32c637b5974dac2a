"""Takes AWS's Runtime Interface Emulator out of the wheel of aws-sam-cli: `python unpack.py WHEEL_FOLDER TARGET`.

requirements/emulator.txt pins the wheel by hash; the Makefile downloads it. It is never installed.
"""

from __future__ import annotations

import platform
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
EMULATOR = ROOT / "build" / "emulator" / "aws-lambda-rie"
ARCHITECTURE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def unpack(folder: Path, target: Path) -> None:
    """Write the emulator of this machine's architecture to `target`, executable; the folder's one wheel is used up."""
    (wheel,) = folder.glob("*.whl")
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as archive:
        partial.write_bytes(archive.read(f"samcli/local/rapid/aws-lambda-rie-{ARCHITECTURE}"))
    partial.chmod(0o755)
    partial.rename(target)
    wheel.unlink()


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
