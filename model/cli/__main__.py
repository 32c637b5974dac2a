"""`movements`, and `python -m model.cli` where the project is a folder and not installed."""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module

from model.cli.extras import missing
from model.cli.names import module_for


def main() -> None:
    """Run the command line, and end the process with it."""
    ending = _Ending()
    atexit.register(ending.leave)  # first, and so after all that others register
    try:
        run()
    except SystemExit as ended:
        ending.status = ended.code
        raise


def run() -> None:
    """Run the command line in a process that goes on; without the modules that it is made of, say what to install.

    Raises:
        SystemExit: at its end, with its status.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies what is worth starting threads for
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them opens all that is installed
    try:
        from model.cli.application import app

        import_module(module_for(sys.argv[1:]))
    except ModuleNotFoundError as error:
        sys.exit(missing(error) or str(error))
    app()


class _Ending:
    """The end of the process: what is left is given up, not taken apart, which takes a fifth of a short command."""

    def __init__(self) -> None:
        self.status: object = None

    def leave(self) -> None:
        """End the process with the status that a command gave; after anything else, Python ends it as always."""
        if isinstance(self.status, int):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.status)


if __name__ == "__main__":
    main()
