"""Scripts in less space."""

from __future__ import annotations


def compact(script: str) -> str:
    """A shell script without comments, empty lines and indentation, none of which anything in it may depend on.

    A template that CloudFormation takes without a bucket has little room.
    """
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))
