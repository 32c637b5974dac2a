"""Shell scripts without what a shell does not need."""

from __future__ import annotations


def compact(script: str) -> str:
    """Remove comments, empty lines and indentation from a shell script, which must not depend on any of them.

    It keeps the template below the size that CloudFormation accepts without a bucket.
    """
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))
