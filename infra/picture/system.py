"""Boxes and arrows of the system, each there because a template says so."""

from __future__ import annotations

from collections.abc import Iterator

from infra.picture.arrows import arrows
from infra.picture.boxes import boxes
from infra.picture.finder import Finder
from infra.picture.model import Edge, System
from infra.templates import Templates


def read(templates: Templates) -> System:
    """Find boxes and arrows."""
    finder = Finder(templates)
    nodes = tuple(boxes(finder))
    stacks = {
        stack: (templates.stack_names[stack], ", ".join(_headings(templates, stack)))
        for stack in templates.templates
        if any(node.group == stack for node in nodes)
    }
    ends = {node.id for node in nodes} | set(stacks)
    edges: dict[tuple[str, str], Edge] = {}
    for edge in arrows(finder):
        if edge.start != edge.end and {edge.start, edge.end} <= ends:
            edges.setdefault((edge.start, edge.end), edge)
    return System(stacks, nodes, tuple(edges.values()))


def _headings(templates: Templates, stack: str) -> Iterator[str]:
    """What holds for a whole stack: its network, and how long its log lines are kept."""
    if templates.of("AWS::EC2::VPC", stack=stack):
        zones = {str(net.properties.get("AvailabilityZone")) for net in templates.of("AWS::EC2::Subnet", stack=stack)}
        gateways = len(templates.of("AWS::EC2::NatGateway", stack=stack))
        yield f"own network in {len(zones)} zones"
        yield f"{gateways or 'no'} NAT gateway{'s' if gateways > 1 else ''}"
    groups = templates.of("AWS::Logs::LogGroup", stack=stack)
    days = {int(group.properties["RetentionInDays"]) for group in groups if "RetentionInDays" in group.properties}
    if days:
        yield f"log lines kept {' or '.join(map(str, sorted(days)))} days"
