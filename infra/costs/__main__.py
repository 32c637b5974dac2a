"""`python -m infra.costs` prints the tables of costs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from infra.config import ENVIRONMENTS, Context
from infra.costs.formulas import Assumptions
from infra.costs.inventory import count
from infra.costs.prices import read_prices
from infra.costs.report import report
from infra.templates import synthesize


def assume(settings: Sequence[str]) -> Assumptions:
    """The assumptions, with those replaced that are given as `name=number`.

    Raises:
        ValueError: there is no such assumption, or its value is not a number of zero or more.
    """
    known = {field.name for field in fields(Assumptions)}
    given = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in known:
            raise ValueError(f"no assumption is called {name!r}; there are {', '.join(sorted(known))}")
        try:
            given[name] = float(text)
        except ValueError:
            raise ValueError(f"{name} must be a number, as in {name}=2, not {text!r}") from None
        if not 0 <= given[name] < float("inf"):
            raise ValueError(f"{name} must be zero or more, not {text}")
    if given.get("cold_share", 0) > 1:
        raise ValueError(f"cold_share is a share of all requests, at most 1, not {given['cold_share']:g}")
    return replace(Assumptions(), **given)


def main(arguments: Sequence[str] | None = None) -> None:
    """Synthesize every environment, count, multiply, print."""
    parser = argparse.ArgumentParser(prog="python -m infra.costs", description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000, help="clips of a month for the last line (10000)")
    parser.add_argument("--prices", type=Path, metavar="FILE", help='JSON with other prices: {"alb.hour": 0.02}')
    parser.add_argument(
        "--assume", action="append", default=[], metavar="NAME=NUMBER", help="another assumption, such as pushes=50"
    )
    parser.add_argument("--sources", action="store_true", help="list every amount and every price, too")
    options = parser.parse_args(arguments)
    try:
        prices, assumptions = read_prices(options.prices), assume(options.assume)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    amounts = {name: count(synthesize(Context.read({"environment": name}))) for name in ENVIRONMENTS}
    sys.stdout.write(report(amounts, assumptions, prices, clips=options.clips, sources=options.sources))


if __name__ == "__main__":
    main()
