"""`movements batch s3://…`: an archive of clips, answered where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import typer

from model.cli.s3 import clients, explained_upload
from model.cli.screen import bars, console, errors


@dataclass(frozen=True)
class Order:
    """How an archive is answered.

    Attributes:
        machine: the state machine's name.
        top_k: how many movements a row names.
        at_once: parts that are answered at the same time.
        tolerated: percentage of parts that may come to nothing.
    """

    machine: str
    top_k: int
    at_once: int
    tolerated: float


def answer_archive(source: str, out: str, order: Order, *, dry_run: bool) -> None:
    """Have the clips that are left answered, wait, and put all rows together; an interruption loses nothing."""
    with explained_upload():
        s3, states = clients("s3", "stepfunctions")
        try:
            answer(s3, states, source, out, order, dry_run)
        except (LookupError, ValueError) as error:
            errors.print(f"[bold red]{error}[/]", soft_wrap=True)
            raise typer.Exit(2) from error
        except typer.Exit:
            raise
        except Exception as error:  # as in `model.publishing.publish`: botocore's errors cannot be named here
            from model.publishing.publish import refusal

            raise refusal(error, source) from error


def answer(s3: Any, states: Any, source: str, out: str, order: Order, dry_run: bool) -> None:
    """The same with given clients of S3 and Step Functions; botocore's errors come through."""
    from model.archive import SECONDS_PER_CLIP, USD_PER_CLIP, Archive, Machine

    archive = Archive(s3, source, out)
    files = archive.files()

    def left() -> list[str]:
        answered = archive.answered()
        return [file for file in files if file not in answered]

    if dry_run:
        missing = left()
        hours = len(missing) * SECONDS_PER_CLIP / order.at_once / 3600
        console.print(
            f"{len(missing)} of {len(files)} clips are left: about {len(missing) * USD_PER_CLIP:.2f} USD, and "
            f"{hours:.1f} h with {order.at_once} parts at a time",
            soft_wrap=True,
        )
        return
    machine = Machine(states, order.machine)
    status = "SUCCEEDED"
    # Asked before what is left: a run that ends in between has answered it, and it would be asked about again.
    run = archive.under_way(machine)
    if run is not None:
        console.print("a run for the same place goes on; it is waited for", soft_wrap=True)
    elif missing := left():
        run = archive.begin(machine, missing, top_k=order.top_k, at_once=order.at_once, tolerated=order.tolerated)
    if run is not None:
        from rich.progress import MofNCompleteColumn

        with bars(MofNCompleteColumn()) as shown:
            task = shown.add_task("parts", total=run.parts)
            status = archive.wait(machine, run, lambda done, _: shown.update(task, completed=done))
    counts = archive.collect(files)
    problems = f"; {counts['errors']} have none, their rows say why" if counts["errors"] else ""
    console.print(f"{out.rstrip('/')}/results.jsonl: {counts['rows']} clips answered{problems}", soft_wrap=True)
    if status != "SUCCEEDED":
        errors.print(f"[bold red]The run ended as {status}: its execution's history says why.[/]", soft_wrap=True)
        raise typer.Exit(1)
