"""The HTTP API of workouts: a film is sent, the analysis is a job that is asked for until it is done."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError

from app.incoming import Incoming
from app.scratch import Scratch
from app.server import said
from app.services.protocols import Workouts
from model.answers.job import Place
from model.answers.workout import WorkoutAnswer
from model.errors import BadRequest, NotFound
from model.workout.corrected import Corrections, corrected
from model.workout.written import as_csv, as_json, as_subtitles, as_supervisely

_NAME = re.compile(r"^[0-9a-f]{32}$")

_Written = Callable[[WorkoutAnswer, str], str]
"""From a workout and the name of its film to a file's text."""

FORMS: dict[str, tuple[str, _Written]] = {
    "workout.json": ("application/json", lambda workout, _: as_json(workout)),
    "workout.csv": ("text/csv", lambda workout, _: as_csv(workout)),
    "workout.srt": ("application/x-subrip", lambda workout, _: as_subtitles(workout)),
    "workout.vtt": ("text/vtt", lambda workout, _: as_subtitles(workout, web=True)),
    "annotation.json": ("application/json", as_supervisely),
}
"""What a result can be downloaded as: name of the file, its type, and what writes it."""


class _Submitted(BaseModel):
    key: str
    athlete: Place | None = None


def workouts_api(workouts: Workouts, scratch: Scratch) -> Blueprint:
    """The routes.

    `POST /api/workouts/uploads`    permission to upload one film: `UploadTicket`
    `POST /api/workouts`            `{"key": ...}` of an upload, or a form with `video`: 202, `Location`, `JobAnswer`;
                                    `athlete`, [x, y] or "x,y" in shares of the first picture, says whom to follow
    `GET /api/workouts/ID`          what has become of it: `JobAnswer`
    `DELETE /api/workouts/ID`       forget it, its film and its result; 204
    `GET /api/workouts/ID/FORM`     a result as one of FORMS, `?corrections=` (see `Corrections`), `?film=` its name
    """
    routes = Blueprint("workouts", __name__)
    incoming = Incoming(scratch, workouts.put)

    @routes.post("/api/workouts/uploads")
    def ticket() -> Response:
        return said(workouts.ticket())

    @routes.post("/api/workouts")
    def submit() -> tuple[Response, int, dict[str, str]]:
        sent = _received() if request.mimetype == "multipart/form-data" else _submitted()
        job = workouts.submit(sent.key, athlete=sent.athlete)
        return said(job), 202, {"Location": f"/api/workouts/{job.id}"}

    @routes.get("/api/workouts/<name>")
    def told(name: str) -> Response:
        return said(workouts.job(_checked(name)))

    @routes.delete("/api/workouts/<name>")
    def delete(name: str) -> Response:
        workouts.delete(_checked(name))
        return Response(status=204)

    @routes.get("/api/workouts/<name>/<form>")
    def written(name: str, form: str) -> Response:
        text, film = request.args.get("corrections", ""), request.args.get("film", "film.mp4")[:200]
        return file_of(workouts, _checked(name), form, corrections=text, film=film)

    def _received() -> _Submitted:
        sent, key = incoming.form("video", workouts.max_bytes, _of_fields)
        return sent.model_copy(update={"key": key})

    return routes


def file_of(workouts: Workouts, name: str, form: str, *, corrections: str, film: str) -> Response:
    """A result as a file.

    Args:
        workouts: who has it.
        name: of the job.
        form: one of FORMS.
        corrections: as `Corrections` reads them.
        film: the film's name, as the file says it.

    Raises:
        BadRequest: the corrections cannot be read.
        NotFound: there is no such workout, no result of it, or no such form.
    """
    if form not in FORMS:
        raise NotFound(f"A workout is given as {', '.join(FORMS)}, not as {form[:50]!r}.")
    workout = workouts.job(name).workout
    if workout is None:
        raise NotFound("The workout has no result, or not yet.", hint="Ask for the job's state.")
    kind, write = FORMS[form]
    text = write(corrected(workout, Corrections.read(corrections)), film)
    # The name of the film is not put into a header: it is anybody's text.
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{form}"'})


def _of_fields(fields: dict[str, str]) -> _Submitted:
    place = fields.get("athlete")
    return _validated({"key": "", "athlete": None if place is None else place.split(",")})


def _submitted() -> _Submitted:
    return _validated(request.get_json(silent=True))


def _validated(sent: object) -> _Submitted:
    try:
        return _Submitted.model_validate(sent)
    except ValidationError as error:
        raise BadRequest(
            "The key of an uploaded film is expected, and perhaps where its athlete is.",
            hint='Send {"key": ..., "athlete": [x, y]} with shares of the picture, or a form with `video`.',
        ) from error


def _checked(name: str) -> str:
    if _NAME.match(name) is None:
        raise NotFound("There is no such workout.", hint="Use the address that the server gave.")
    return name
