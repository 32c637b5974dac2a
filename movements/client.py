"""A client of the interface for programs, version 1: `/docs` of the page describes what it sends and is told.

    from movements.client import Client

    print(Client("http://127.0.0.1:8050").classify("clip.mp4")["predictions"][0])

`AsyncClient` has the same methods, to be awaited. Answers are the JSON objects of the description. A request that the
server had no time or no room for is sent again, for a while; any other problem is raised.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Generator
from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeVar

try:
    import httpx
except ImportError as error:
    raise ImportError("movements.client needs movements[client]: pip install '.[client]'") from error

Json = dict[str, Any]
File = str | PathLike[str]
Place = tuple[float, float] | None
Told = Callable[[Json], None]
Result = TypeVar("Result")

RETRIES, AGAIN = 5, frozenset({429, 503})
"""How often a request is sent again, and after which status."""

_POLL_SECONDS = 1.0


class Problem(Exception):
    """Why there is no answer.

    Attributes:
        status, code, hint, request_id: as in the description; the code is "unknown" from what is no server of ours.
    """

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(body.get("detail") or f"The server answered with status {status}.")
        self.status, self.code = status, str(body.get("code", "unknown"))
        self.hint, self.request_id = str(body.get("hint", "")), str(body.get("request_id", ""))


# What is to be done, step by step: a request, whose response comes back, or seconds to wait.
Steps = Generator[Callable[[], httpx.Request] | float, Any, Result]


class _Interface:
    """The methods, as steps."""

    def __init__(self, address: str) -> None:
        self._address = f"{address.rstrip('/')}/api/v1"

    def _asked(self, method: str, path: str, **content: Any) -> Steps[httpx.Response]:
        """The response to a request of the interface, sent again where that helps."""
        for attempt in range(RETRIES + 1):
            response: httpx.Response = yield lambda: httpx.Request(method, f"{self._address}{path}", **content)
            if response.status_code not in AGAIN or attempt == RETRIES:
                break
            yield float(response.headers.get("Retry-After", 0)) or random.uniform(0.5, 1.0) * 2**attempt
        return _fine(response)

    def _uploaded(self, tickets: str, file: File) -> Steps[str]:
        """The key of an upload."""
        ticket = (yield from self._asked("POST", tickets)).json()
        url = httpx.URL(self._address).join(ticket["url"])
        with Path(file).open("rb") as content:
            part = {"file": ("clip.mp4", content, "video/mp4")}
            response = yield lambda: httpx.Request("POST", url, data=ticket["fields"], files=part)
            _fine(response)
        return str(ticket["key"])

    def _classify(self, clip: File, *, top_k: int = 5, stills: bool = False) -> Steps[Json]:
        key = yield from self._uploaded("/uploads", clip)
        options = {"top_k": top_k, "stills": str(stills).lower()}
        return (yield from self._asked("POST", "/classify", params=options, json={"key": key})).json()

    def _workout(self, film: File, *, athlete: Place = None, progress: Told = lambda job: None) -> Steps[Json]:
        key = yield from self._uploaded("/workout-uploads", film)
        job = (yield from self._asked("POST", "/workouts", json={"key": key, "athlete": athlete})).json()
        while job["state"] not in ("done", "failed"):
            progress(job)
            yield _POLL_SECONDS
            job = (yield from self._asked("GET", f"/workouts/{job['id']}")).json()
        if job.get("error"):
            raise Problem(422, {**job["error"], "detail": job["error"]["message"]})
        return {"id": job["id"], **job["workout"]}

    def _workout_file(self, name: str, file: str, *, corrections: str = "", film: str = "film.mp4") -> Steps[bytes]:
        options = {"corrections": corrections, "film": film}
        return (yield from self._asked("GET", f"/workouts/{name}/{file}", params=options)).content

    def _model(self) -> Steps[Json]:
        return (yield from self._asked("GET", "/model")).json()


def _fine(response: httpx.Response) -> httpx.Response:
    """The response; raises `Problem` for one that tells of one."""
    if response.is_success:
        return response
    told = "json" in response.headers.get("Content-Type", "")
    raise Problem(response.status_code, response.json() if told else {})


class Client(_Interface):
    """Asks the page at an address.

    A request is given up after `timeout` seconds without a sign of life.
    """

    def __init__(self, address: str, *, timeout: float = 60) -> None:
        super().__init__(address)
        self._http = httpx.Client(timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def classify(self, clip: File, *, top_k: int = 5, stills: bool = False) -> Json:
        """What a clip shows: `Classification`."""
        return self._done(self._classify(clip, top_k=top_k, stills=stills))

    def workout(self, film: File, **options: Any) -> Json:
        """What is done in a film: `WorkoutAnswer`, with the `id` that its files are asked by.

        `athlete` is (x, y) in shares of the first picture; `progress` is told the job once a second.
        """
        return self._done(self._workout(film, **options))

    def workout_file(self, name: str, file: str, **options: str) -> bytes:
        """A workout as a file, `workout.csv` among them; `corrections` and `film` as in the description."""
        return self._done(self._workout_file(name, file, **options))

    def model(self) -> Json:
        """What the model knows and takes: `ModelSummary`."""
        return self._done(self._model())

    def _done(self, steps: Steps[Result]) -> Result:
        try:
            step = next(steps)
            while True:
                if callable(step):
                    step = steps.send(self._http.send(step()))
                else:
                    time.sleep(step)
                    step = next(steps)
        except StopIteration as end:
            return end.value


class AsyncClient(_Interface):
    """The same for asyncio; see `Client`."""

    def __init__(self, address: str, *, timeout: float = 60) -> None:
        super().__init__(address)
        self._http = httpx.AsyncClient(timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def classify(self, clip: File, *, top_k: int = 5, stills: bool = False) -> Json:
        """As `Client.classify`."""
        return await self._done(self._classify(clip, top_k=top_k, stills=stills))

    async def workout(self, film: File, **options: Any) -> Json:
        """As `Client.workout`."""
        return await self._done(self._workout(film, **options))

    async def workout_file(self, name: str, file: str, **options: str) -> bytes:
        """As `Client.workout_file`."""
        return await self._done(self._workout_file(name, file, **options))

    async def model(self) -> Json:
        """As `Client.model`."""
        return await self._done(self._model())

    async def _done(self, steps: Steps[Result]) -> Result:
        try:
            step = next(steps)
            while True:
                if callable(step):
                    step = steps.send(await self._http.send(step()))
                else:
                    await asyncio.sleep(step)
                    step = next(steps)
        except StopIteration as end:
            return end.value
