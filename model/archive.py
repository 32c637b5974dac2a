"""An archive of clips in S3, answered by a function of AWS: which clips are left, having them answered, all answers.

    <out>/rows/<run>/000000.jsonl     a part's rows, as the function writes them
    <out>/runs/<run>/parts.json       the parts of a run, each with its number and its files
    <out>/runs/<run>/results/         what Step Functions says became of each part
    <out>/results.jsonl, results.csv  the last row of every clip, and a table of them

What is answered is not asked again: rows are read before anything is asked, and while a run for the same place goes on,
no other is begun. A row is as in `model.batch`, and so is what is asked again.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, Self

from pydantic import JsonValue

from model.answers.error import ErrorDetail
from model.batch import COLUMNS, Row, is_asked_again, told
from model.data.folder import SUFFIXES
from model.errors import InternalError
from model.spreadsheet import write_rows

PART = 20
"""Clips of a part: one request of the function, which then costs little beside them, and ends well within its time."""

SECONDS_PER_CLIP, USD_PER_CLIP = 0.418, 29e-6
"""What a clip takes of a function, and what all of AWS costs for it in us-east-1, as `python -m infra.costs` has it."""

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
_AT_ONCE = 16
"""Objects that are read at the same time."""
_WAIT_SECONDS = 2.0
"""Between two looks at how far a run is."""
_RUNNING = "RUNNING"


@dataclass(frozen=True)
class Place:
    """Objects of a bucket whose names begin alike; the prefix is empty, or ends with a slash."""

    bucket: str
    prefix: str

    @classmethod
    def read(cls, address: str) -> Self:
        """The place of `s3://bucket/prefix`; raises `ValueError` for another form."""
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise ValueError(f"{address} is no place in S3: give s3://bucket/prefix")
        prefix = (found["prefix"] or "").strip("/")
        return cls(found["bucket"], f"{prefix}/" if prefix else "")

    def below(self, name: str) -> Place:
        """What is in a folder of it."""
        return Place(self.bucket, f"{self.prefix}{name}/")

    def to_json(self) -> dict[str, str]:
        """As the function reads it."""
        return {"bucket": self.bucket, "prefix": self.prefix}


@dataclass(frozen=True)
class Source:
    """The clips of an archive.

    Attributes:
        place: where they are.
        files: their names from there; None for all clips that are there.
    """

    place: Place
    files: tuple[str, ...] | None = None


class Archive:
    """Clips, and where the answers to them go.

    Args:
        s3: a boto3 client.
        source: `s3://bucket/prefix`, or the address of a CSV file with a column `file`, names from its folder on.
        out: `s3://bucket/prefix` for everything that is written.

    Raises:
        ValueError: one of them has another form.
    """

    def __init__(self, s3: Any, source: str, out: str) -> None:
        self._s3 = s3
        self._out = Place.read(out)
        if source.lower().endswith(".csv"):
            folder, _, name = source.rpartition("/")
            place = Place.read(folder)
            text = s3.get_object(Bucket=place.bucket, Key=place.prefix + name)["Body"].read().decode("utf-8-sig")
            table = csv.DictReader(io.StringIO(text))
            if "file" not in (table.fieldnames or ()):
                raise ValueError(f"{source} has no column 'file'")
            self.source = Source(place, tuple(dict.fromkeys(row["file"] for row in table if row["file"])))
        else:
            self.source = Source(Place.read(source))

    def files(self) -> list[str]:
        """The clips, by their names from the source's place on."""
        if self.source.files is not None:
            return list(self.source.files)
        place = self.source.place
        names = (item["Key"].removeprefix(place.prefix) for item in self._listed(place))
        return sorted(name for name in names if _is_clip(name))

    def answered(self) -> set[str]:
        """The clips that are not asked again."""
        return {str(row["file"]) for row in self.rows() if not is_asked_again(row)}

    def rows(self) -> Iterator[Row]:
        """The last row of every clip, those of the last run first."""
        seen: set[str] = set()
        objects = ((item["LastModified"], item["Key"]) for item in self._listed(self._out.below("rows")))
        keys = [key for _, key in sorted(objects, reverse=True)]  # a run's name begins with its time
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for first in range(0, len(keys), 8 * _AT_ONCE):  # not all of an archive's answers are kept in memory
                for content in pool.map(self._read, keys[first : first + 8 * _AT_ONCE]):
                    for line in content.splitlines():
                        row = json.loads(line)
                        if row["file"] not in seen:
                            seen.add(row["file"])
                            yield row

    def begin(self, machine: Machine, files: Sequence[str], *, top_k: int, at_once: int, tolerated: float) -> Run:
        """Have some clips answered; see `Machine.start`.

        Args:
            machine: the state machine.
            files: their names.
            top_k: how many movements a row names.
            at_once: how many parts are answered at the same time.
            tolerated: percentage of the parts that may come to nothing without the run being given up.
        """
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        parts = [
            {"number": number, "files": files[first : first + PART]}
            for number, first in enumerate(range(0, len(files), PART))
        ]
        runs, rows = self._out.below("runs").below(name), self._out.below("rows").below(name)
        listed = {"Bucket": runs.bucket, "Key": f"{runs.prefix}parts.json"}
        self._s3.put_object(**listed, Body=json.dumps(parts, ensure_ascii=False).encode())
        order = {
            "parts": listed,
            "source": self.source.place.to_json(),
            "out": rows.to_json(),
            "results": {"Bucket": runs.bucket, "Prefix": f"{runs.prefix}results"},
            "top_k": top_k,
            "at_once": at_once,
            "tolerated": tolerated,
        }
        return Run(machine.start(name, order), rows, len(parts))

    def under_way(self, machine: Machine) -> Run | None:
        """The run for the same place that goes on, as after an interruption of who waited for it."""
        for execution, order in machine.running():
            out = order.get("out", {})
            place = Place(str(out.get("bucket")), str(out.get("prefix")))
            if place.bucket == self._out.bucket and place.prefix.startswith(self._out.below("rows").prefix):
                parts = json.loads(self._s3.get_object(**order["parts"])["Body"].read())
                return Run(execution, place, len(parts))
        return None

    def wait(self, machine: Machine, run: Run, report: Callable[[int, int], None] = lambda done, all_: None) -> str:
        """Wait until a run is over, and give its outcome, `SUCCEEDED` or another of Step Functions' words.

        Args:
            machine: the state machine.
            run: which.
            report: told now and then how many parts are answered, and how many there are.
        """
        while True:
            status = machine.status(run.execution)
            report(sum(1 for _ in self._listed(run.rows)), run.parts)
            if status != _RUNNING:
                return status
            time.sleep(_WAIT_SECONDS)

    def collect(self, files: Iterable[str]) -> dict[str, int]:
        """Write all rows into one file and a table, beside the runs; says how many `rows` and `errors` there are.

        Args:
            files: the clips; one without a row, because its part came to nothing, gets one that says so.
        """
        counts = {"rows": 0, "errors": 0}
        without = set(files)
        nothing = ErrorDetail.of(
            InternalError(
                "The part of the archive with this clip came to nothing.", hint="Give the same command again."
            )
        ).to_json()
        with tempfile.TemporaryDirectory() as folder:
            lines, table = Path(folder) / "results.jsonl", Path(folder) / "results.csv"
            with lines.open("wb") as all_rows, table.open("w", newline="", encoding="utf-8") as cells:
                write_rows(cells, [COLUMNS])
                for row in chain(self.rows(), self._without(without, nothing)):
                    without.discard(str(row["file"]))
                    all_rows.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                    write_rows(cells, [[*told(row).values()]])
                    counts["rows"] += 1
                    counts["errors"] += "error" in row
            for path, kind in ((lines, "application/x-ndjson"), (table, "text/csv; charset=utf-8")):
                more = {"ContentType": kind}
                self._s3.upload_file(str(path), self._out.bucket, self._out.prefix + path.name, ExtraArgs=more)
        return counts

    @staticmethod
    def _without(files: set[str], error: JsonValue) -> Iterator[Row]:
        yield from ({"file": file, "error": error} for file in sorted(files))

    def _listed(self, place: Place) -> Iterable[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=place.prefix)
        return (item for page in pages for item in page.get("Contents", ()))

    def _read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._out.bucket, Key=key)["Body"].read()
        return content


@dataclass(frozen=True)
class Run:
    """Clips that are being answered.

    Attributes:
        execution: of the state machine.
        rows: where the rows go.
        parts: how many objects with rows there will be.
    """

    execution: str
    rows: Place
    parts: int


class Machine:
    """The state machine of an environment.

    Args:
        client: a boto3 client of Step Functions.
        name: of the machine.

    Raises:
        LookupError: there is none of that name.
    """

    def __init__(self, client: Any, name: str) -> None:
        pages = client.get_paginator("list_state_machines").paginate()
        found = [one["stateMachineArn"] for page in pages for one in page["stateMachines"] if one["name"] == name]
        if not found:
            raise LookupError(f"there is no state machine {name} in this account and region")
        self._client, self._arn = client, found[0]

    def start(self, name: str, order: dict[str, Any]) -> str:
        """Start an execution; gives its ARN."""
        started = self._client.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps(order))
        return str(started["executionArn"])

    def running(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """ARN and input of what goes on."""
        pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=self._arn, statusFilter=_RUNNING)
        for page in pages:
            for one in page["executions"]:
                order = self._client.describe_execution(executionArn=one["executionArn"])["input"]
                yield str(one["executionArn"]), json.loads(order)

    def status(self, execution: str) -> str:
        """What has become of an execution."""
        return str(self._client.describe_execution(executionArn=execution)["status"])


def _is_clip(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in path.parts)
