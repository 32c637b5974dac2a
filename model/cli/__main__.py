"""`movements`, and `python -m model.cli` where the project is a folder and not installed."""

from __future__ import annotations

import os
import sys

from model.cli.extras import missing


def main() -> None:
    """Run the command line; without the modules that it is made of, say what to install."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies what is worth starting threads for
    try:
        from model.cli.commands import app
    except ModuleNotFoundError as error:
        sys.exit(missing(error) or str(error))
    app()


if __name__ == "__main__":
    main()
