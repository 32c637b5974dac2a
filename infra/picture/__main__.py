"""`python -m infra.picture`: the picture of the system as SVG, to a file or to standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.config import ENVIRONMENTS, Context
from infra.picture.labels import label
from infra.picture.layout import arrange
from infra.picture.model import System
from infra.picture.routes import lead
from infra.picture.svg import draw
from infra.picture.system import read
from infra.templates import Templates, synthesize


def picture(templates: Templates) -> str:
    """The picture of some templates as an SVG document; the same templates give the same text."""
    system = read(templates)
    layout = arrange(system)
    routes = lead(system, layout)
    return draw(
        system,
        layout,
        routes,
        label(routes, layout),
        title="The system in AWS",
        description=describe(system),
    )


def describe(system: System) -> str:
    """The picture in words: what is in each stack, and which arrow leads where."""
    titles = {node.id: node.title for node in system.nodes} | {name: f"stack {name}" for name in system.stacks}
    stacks = (
        f"Stack {name}: {', '.join(node.title for node in system.nodes if node.group == name)}."
        for name in system.stacks
    )
    arrows = (
        f"{titles[edge.start]} to {titles[edge.end]}{f' ({edge.label})' if edge.label else ''}."
        for edge in system.edges
    )
    return " ".join([*stacks, *arrows])


def main(arguments: Sequence[str] | None = None) -> None:
    """Synthesize an environment and draw it."""
    parser = argparse.ArgumentParser(prog="python -m infra.picture", description=__doc__)
    parser.add_argument("--environment", choices=sorted(ENVIRONMENTS), default="dev", help="whose figures (dev)")
    parser.add_argument("--out", type=Path, help="the file to write; standard output if none is named")
    options = parser.parse_args(arguments)
    drawn = picture(synthesize(Context.read({"environment": options.environment})))
    if options.out is None:
        sys.stdout.write(drawn)
    else:
        options.out.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
