"""What a picture is of: boxes, arrows, stacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OUTSIDE = ""
"""The group of what is in no stack: people, the repository, a mailbox."""

PEOPLE, SOURCE, MAIL = "people", "source", "mail"

ALARMS, STAGE = "alarms", "stage"
"""Keys of boxes whose titles vary."""

CHECK = "Pre-traffic check"
"""The function that CodeDeploy asks before a new version gets traffic."""

Flow = Literal["asks", "ships", "tells"]
"""What an arrow stands for: a request or data, a deployment, an alarm."""


@dataclass(frozen=True)
class Node:
    """A box.

    Attributes:
        id: unique; `Stack/LogicalId` for a resource.
        group: its stack's construct id, or `OUTSIDE`.
        title: its name.
        lines: the lines below it.
        key: what its place is found by, where that is not the title.
    """

    id: str
    group: str
    title: str
    lines: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Edge:
    """An arrow.

    Attributes:
        start, end: the id of a node, or the construct id of a stack.
        label: what happens, in a word or two.
        flow: what kind of thing that is.
    """

    start: str
    end: str
    label: str
    flow: Flow = "asks"


@dataclass(frozen=True)
class System:
    """Everything in the picture.

    Attributes:
        stacks: by construct id what CloudFormation calls the stack, and what holds for all of it.
        nodes, edges: boxes and arrows, in the templates' order.
    """

    stacks: Mapping[str, tuple[str, str]]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
