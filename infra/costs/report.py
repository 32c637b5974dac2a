"""The tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from infra.costs.formulas import (
    AT_A_TIME,
    BODY_MS,
    CLIPS,
    DECODE_MS,
    FILM_GB,
    MANY,
    PEAK_MIB,
    PREDICT_MS,
    START_MS,
    THESIS,
    THESIS_MEMORY_MB,
    WORKOUT_SECONDS,
    Assumptions,
    Line,
    computing,
    per_archive,
    per_clips,
    per_hour,
    per_month,
    seconds_for,
    timing,
)
from infra.costs.inventory import Inventory
from infra.costs.prices import REGIONS, Price


def report(
    amounts: Mapping[str, Inventory],
    assumptions: Assumptions,
    prices: Mapping[str, Price],
    *,
    clips: int,
    sources: bool = False,
) -> str:
    """The costs of 1 000 clips, of an hour of film and of a month, and what they are computed from.

    Args:
        amounts: by environment.
        assumptions: values that are neither measured nor in the templates.
        prices: by key.
        clips: clips in a month, for the last line of the second table.
        sources: whether to list every amount and every price, too.

    Raises:
        ValueError: a price is missing.
    """
    columns = [(name, region) for name in amounts for region in REGIONS]
    variable = {name: list(per_clips(found, assumptions)) for name, found in amounts.items()}
    fixed = {name: list(per_month(found, assumptions)) for name, found in amounts.items()}

    def total(lines: Sequence[Line], region: str) -> float:
        return sum(line.usd(prices, region) for line in lines)

    per_thousand = [total(variable[name], region) for name, region in columns]
    idle = [total(fixed[name], region) for name, region in columns]
    ours = [
        computing(timing(assumptions), amounts[name].memory_mb, assumptions.cold_share).usd(prices, region)
        for name, region in columns
    ]
    line = computing(THESIS, THESIS_MEMORY_MB, assumptions.cold_share)
    thesis = [line.usd(prices, region) for _, region in columns]
    hours = {
        size: {name: list(per_hour(found, assumptions, size)) for name, found in amounts.items()} for size in FILM_GB
    }
    lines = [
        *_head(f"USD per {CLIPS} clips", columns),
        *_rows(variable, columns, prices, 4),
        _row("**together**", "", [f"**{usd:.4f}**" for usd in per_thousand]),
        _row("thesis, computing only", line.formula, [f"{usd:.4f}" for usd in thesis]),
        _row(
            "thesis : ours", "computing", [f"{before / now:.0f} : 1" for before, now in zip(thesis, ours, strict=True)]
        ),
        "",
        *(
            line
            for size, found in hours.items()
            for line in (
                *_head(f"USD per hour of film, {size}", columns),
                *_rows(found, columns, prices, 4),
                _row("**together**", "", [f"**{total(found[name], region):.4f}**" for name, region in columns]),
                "",
            )
        ),
        *_head("USD per month", columns),
        *_rows(fixed, columns, prices, 2),
        _row("**together**", "without a clip", [f"**{usd:.2f}**" for usd in idle]),
        _row(
            f"with {clips} clips",
            f"and {clips / CLIPS:g} times the first table",
            [f"{one + clips / CLIPS * more:.2f}" for one, more in zip(idle, per_thousand, strict=True)],
        ),
        *_archives(next(iter(amounts.values())), assumptions, prices),
        "",
        *_times(assumptions),
    ]
    if sources:
        tables = [lines for found in (variable, fixed, *hours.values()) for lines in found.values()]
        lines += [*_amounts(amounts), "", *_prices(prices, tables)]
    return "\n".join(lines) + "\n"


def _head(title: str, columns: Iterable[tuple[str, str]]) -> Iterator[str]:
    names = [f"{name}, {region}" for name, region in columns]
    yield _row(title, "computed as", names)
    yield "|---|---|" + "---:|" * len(names)


def _rows(
    lines: Mapping[str, Sequence[Line]], columns: Iterable[tuple[str, str]], prices: Mapping[str, Price], digits: int
) -> Iterator[str]:
    """A row for each line that any environment has."""
    columns = list(columns)
    formulas = {line.name: line.formula for found in lines.values() for line in found}
    for name, formula in formulas.items():
        cells = []
        for environment, region in columns:
            usd = sum(line.usd(prices, region) for line in lines[environment] if line.name == name)
            cells.append(f"{usd:.{digits}f}" if usd else "–")
        yield _row(name, formula, cells)


def _row(name: str, formula: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join([name, formula, *cells])} |"


def _archives(amounts: Inventory, assumptions: Assumptions, prices: Mapping[str, Price]) -> Iterator[str]:
    """What many clips cost at once, and how long they take; the same in every environment."""
    yield from (
        "",
        f"| clips at once | {' | '.join(f'USD, {region}' for region in REGIONS)} | {' | '.join(AT_A_TIME)} |",
    )
    yield "|---:|" + "---:|" * (len(REGIONS) + len(AT_A_TIME))
    thousand = list(per_archive(amounts, assumptions))
    for clips in MANY:
        cells = [f"{sum(line.usd(prices, region) for line in thousand) * clips / CLIPS:.2f}" for region in REGIONS]
        for at_a_time in AT_A_TIME.values():
            seconds, limit = seconds_for(clips, at_a_time, assumptions)
            cells.append(f"{_told(seconds)}, ended by {limit} ({at_a_time} at a time)")
        yield _row(f"{clips:,}".replace(",", " "), cells[0], cells[1:])


def _told(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _times(assumptions: Assumptions) -> Iterator[str]:
    """The notes on what was measured and what was assumed."""
    ours = timing(assumptions)
    yield (
        f"Measured on an idle machine, one thread, default bundle: decode {DECODE_MS} ms, body {BODY_MS} ms, predict "
        f"{PREDICT_MS} ms, start {START_MS:.0f} ms, peak {PEAK_MIB} MiB. With the time for fetching a request takes "
        f"{ours.warm_ms:.1f} ms, {ours.cold_ms:.1f} ms when a container must start, "
        f"{ours.mean_ms(assumptions.cold_share):.1f} ms on average. The thesis' way on the same machine: "
        f"{THESIS.warm_ms / 1000:.1f} s and {THESIS.cold_ms / 1000:.1f} s, in {THESIS_MEMORY_MB} MB. Lambda's "
        "processor may be slower; then both grow alike."
    )
    yield ""
    films = ", ".join(f"{seconds:.0f} s in {size}" for size, seconds in WORKOUT_SECONDS.items())
    yield f"An hour of film takes, measured on one core: {films}."
    yield ""
    yield "Assumed: " + ", ".join(f"{name} {value:g}" for name, value in asdict(assumptions).items()) + "."
    yield ""
    yield "Left out: free allowances, discounts, taxes, an own domain. Keys of KMS: none; everything is AWS' own."


def _amounts(amounts: Mapping[str, Inventory]) -> Iterator[str]:
    """The amounts in the templates, one in each row."""
    yield ""
    yield f"| in the templates | {' | '.join(amounts)} |"
    yield "|---|" + "---:|" * len(amounts)
    every = {name: asdict(found) for name, found in amounts.items()}
    for key in next(iter(every.values())):
        yield f"| {key} | {' | '.join(str(found[key]) for found in every.values())} |"


def _prices(prices: Mapping[str, Price], tables: Iterable[Sequence[Line]]) -> Iterator[str]:
    """The prices that were used, in the order of the list."""
    yield f"| price | per | {' | '.join(f'USD, {region}' for region in REGIONS)} | list of |"
    yield "|---|---|" + "---:|" * len(REGIONS) + "---|"
    used = {key for lines in tables for line in lines for key, amount in line.parts.items() if amount}
    for key, price in prices.items():
        if key in used:
            usd = (f"{price.usd[region]:.10f}".rstrip("0").rstrip(".") for region in REGIONS)
            yield f"| {price.name} (`{key}`) | {price.unit} | {' | '.join(usd)} | {price.known} |"
