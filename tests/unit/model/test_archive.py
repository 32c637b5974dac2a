"""An archive in S3: what is left, how it is divided, and all rows together."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.config import ENVIRONMENTS
from infra.costs.formulas import PART_CLIPS, Assumptions, per_archive, timing
from infra.costs.prices import PRICES
from infra.names import Names
from model.archive import PART, SECONDS_PER_CLIP, USD_PER_CLIP, Archive, Machine, Place
from model.cli.archive import Order, answer
from tests.infra.test_costs import AMOUNTS
from tests.unit.app.fakes import answer_body

REGION = "eu-west-1"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name=REGION)
        for bucket in ("films", "answers"):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield client


class FakeMachine(Machine):
    """Remembers what it is asked to do, and does it at once."""

    def __init__(self, s3: Any, broken: frozenset[int] = frozenset()) -> None:
        self.s3, self.broken = s3, broken
        self.started: dict[str, dict[str, Any]] = {}
        self.over = True

    def start(self, name: str, order: dict[str, Any]) -> str:
        self.started[name] = order
        return name

    def work(self, name: str) -> None:
        order = self.started[name]
        for part in json.loads(self.s3.get_object(**order["parts"])["Body"].read()):
            if part["number"] not in self.broken:
                answers = [{"file": file, **answer_body()} for file in part["files"]]
                put_rows(self.s3, name, part["number"], answers)

    def running(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self.started.items() if not self.over else ()

    def status(self, execution: str) -> str:
        self.work(execution)
        return "SUCCEEDED"


def put_rows(s3: Any, run: str, number: int, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    s3.put_object(Bucket="answers", Key=f"all/rows/{run}/{number:06d}.jsonl", Body=text.encode())


def put_clips(s3: Any, *names: str) -> None:
    for name in names:
        s3.put_object(Bucket="films", Key=f"2026/{name}", Body=b"film")


def collected(s3: Any) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    lines = s3.get_object(Bucket="answers", Key="all/results.jsonl")["Body"].read().decode().splitlines()
    table = s3.get_object(Bucket="answers", Key="all/results.csv")["Body"].read().decode()
    return [json.loads(line) for line in lines], list(csv.DictReader(io.StringIO(table)))


def run(archive: Archive, machine: FakeMachine) -> list[str]:
    """Answer what is left; gives what that was."""
    files = archive.files()
    left = [file for file in files if file not in archive.answered()]
    if left:
        archive.wait(machine, archive.begin(machine, left, top_k=5, at_once=3, tolerated=5))
    archive.collect(files)
    return left


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("s3://films", Place("films", "")),
        ("s3://films/2026/", Place("films", "2026/")),
        ("s3://films/a/b c", Place("films", "a/b c/")),
    ],
)
def test_a_place_is_read(address: str, place: Place) -> None:
    assert Place.read(address) == place


@pytest.mark.parametrize("address", ["films", "https://films", "s3://", "s3://Films/a"])
def test_what_is_no_place_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        Place.read(address)


def test_all_clips_below_a_place_are_found_and_nothing_else(s3: Any) -> None:
    put_clips(s3, "b.mp4", "more/a.MOV", "notes.txt", ".hidden/c.mp4")
    s3.put_object(Bucket="films", Key="elsewhere/d.mp4", Body=b"film")
    assert Archive(s3, "s3://films/2026", "s3://answers/all").files() == ["b.mp4", "more/a.MOV"]


def test_a_list_names_clips_from_its_folder_on(s3: Any) -> None:
    s3.put_object(Bucket="films", Key="2026/list.csv", Body="﻿file,who\na.mp4,x\n,y\na.mp4,z\nb/c.mp4,x\n".encode())
    archive = Archive(s3, "s3://films/2026/list.csv", "s3://answers/all")
    assert (archive.source.place, archive.files()) == (Place("films", "2026/"), ["a.mp4", "b/c.mp4"])
    s3.put_object(Bucket="films", Key="2026/list.csv", Body=b"name\na.mp4\n")
    with pytest.raises(ValueError, match="no column 'file'"):
        Archive(s3, "s3://films/2026/list.csv", "s3://answers/all")


def test_what_is_answered_is_not_asked_again_but_for_faults_of_ours(s3: Any) -> None:
    names = [f"{number:03d}.mp4" for number in range(2 * PART + 3)]
    put_clips(s3, *names)
    archive, machine = Archive(s3, "s3://films/2026", "s3://answers/all"), FakeMachine(s3, broken=frozenset({1}))
    assert run(archive, machine) == names
    rows, table = collected(s3)
    assert len(rows) == len(table) == len(names)
    nothing = [row for row in rows if "error" in row]
    assert [row["file"] for row in nothing] == names[PART : 2 * PART]
    assert "came to nothing" in nothing[0]["error"]["message"]
    assert {row["error"] for row in table if row["file"] in names[PART : 2 * PART]} == {"internal"}

    put_rows(s3, "later", 0, [{"file": names[0], "error": {"code": "timed_out", "message": "m", "hint": "h"}}])
    put_rows(s3, "later", 1, [{"file": names[1], "error": {"code": "corrupt_video", "message": "m", "hint": "h"}}])
    machine.broken = frozenset()
    time.sleep(1.1)  # S3 dates objects to a second
    assert run(archive, machine) == [names[0], *names[PART : 2 * PART]]
    rows, _ = collected(s3)
    assert [row["file"] for row in rows if "error" in row] == [names[1]]
    assert run(archive, machine) == []
    assert [len(json.loads(s3.get_object(**order["parts"])["Body"].read())) for order in machine.started.values()] == [
        3, 2,
    ]  # fmt: skip


def test_the_rows_that_are_there_are_read_once_for_all_clips(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{number}.mp4" for number in range(30)]
    put_clips(s3, *names)
    put_rows(s3, "earlier", 0, [{"file": name} for name in names[:20]])
    asked: list[str] = []
    s3.meta.events.register("before-call.s3.*", lambda model, **_: asked.append(model.name))
    order = Order("movements-dev-archive", top_k=5, at_once=10, tolerated=5.0)
    answer(s3, None, "s3://films/2026", "s3://answers/all", order, dry_run=True)
    assert "10 of 30 clips are left" in capsys.readouterr().out
    assert sorted(asked) == ["GetObject", "ListObjectsV2", "ListObjectsV2"]


def test_a_run_that_goes_on_is_found_again_and_one_for_another_place_is_not(s3: Any) -> None:
    put_clips(s3, "a.mp4")
    archive, machine = Archive(s3, "s3://films/2026", "s3://answers/all"), FakeMachine(s3)
    assert archive.under_way(machine) is None
    begun = archive.begin(machine, ["a.mp4"], top_k=5, at_once=3, tolerated=5)
    machine.over = False
    assert archive.under_way(machine) == begun
    assert Archive(s3, "s3://films/2026", "s3://answers/al").under_way(machine) is None
    order = machine.started[begun.execution]
    assert {key: order[key] for key in ("source", "top_k", "at_once", "tolerated")} == {
        "source": {"bucket": "films", "prefix": "2026/"}, "top_k": 5, "at_once": 3, "tolerated": 5,
    }  # fmt: skip


def test_a_run_that_ends_as_the_command_begins_is_not_begun_again(
    s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ending(FakeMachine):
        def running(self) -> Iterator[tuple[str, dict[str, Any]]]:
            """Nothing goes on any more: what was begun has ended this moment."""
            for name in self.started:
                self.work(name)
            yield from ()

    put_clips(s3, "a.mp4")
    machine = Ending(s3)
    Archive(s3, "s3://films/2026", "s3://answers/all").begin(machine, ["a.mp4"], top_k=5, at_once=3, tolerated=5)
    monkeypatch.setattr("model.archive.Machine", lambda *_: machine)
    order = Order("movements-dev-archive", top_k=5, at_once=10, tolerated=5.0)
    answer(s3, None, "s3://films/2026", "s3://answers/all", order, dry_run=False)
    assert len(machine.started) == 1 and "1 clips answered" in capsys.readouterr().out


def test_a_machine_is_found_by_its_name(s3: Any) -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    with pytest.raises(LookupError, match="movements-dev-archive"):
        Machine(client, "movements-dev-archive")
    states = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    name = Names(ENVIRONMENTS["dev"]).archive_machine
    made = client.create_state_machine(name=name, definition=states, roleArn="arn:aws:iam::123456789012:role/machine")
    machine = Machine(client, "movements-dev-archive")
    started = machine.start("one", {"out": {}})
    assert started.startswith(made["stateMachineArn"].replace(":stateMachine:", ":execution:"))
    assert [order for _, order in machine.running()] in ([], [{"out": {}}])


def test_the_price_that_is_said_beforehand_is_the_one_of_the_costs() -> None:
    amounts = replace(AMOUNTS, memory_mb=ENVIRONMENTS["dev"].memory_mb)
    per_thousand = sum(line.usd(PRICES, "us-east-1") for line in per_archive(amounts, Assumptions()))
    assert pytest.approx(per_thousand / 1000, rel=0.03) == USD_PER_CLIP
    assert pytest.approx(timing(Assumptions()).mean_ms(0.02) / 1000, rel=0.01) == SECONDS_PER_CLIP
    assert PART == PART_CLIPS
