"""The HTTP API of workouts: a film is sent, the analysis is a job that is asked for until it is done."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError

from app.forms import ClipFile, read_form
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
        if form not in FORMS:
            raise NotFound(f"A workout is given as {', '.join(FORMS)}, not as {form[:50]!r}.")
        workout = workouts.job(_checked(name)).workout
        if workout is None:
            raise NotFound("The workout has no result, or not yet.", hint="Ask for the job's state.")
        kind, write = FORMS[form]
        corrections = Corrections.read(request.args.get("corrections", ""))
        film = request.args.get("film", "film.mp4")[:200]
        text = write(corrected(workout, corrections), film)
        return Response(
            text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{form}"'}
        )  # the name of the film is not put into a header: it is anybody's text

    def _received() -> _Submitted:
        film, max_bytes = scratch.directory / f"{g.request_id}.mp4", workouts.max_bytes
        try:
            fields = read_form(
                request,
                file_field="video",
                max_bytes=max_bytes,
                open_file=lambda _: ClipFile(film, max_bytes=max_bytes),
            )
            place = fields.get("athlete")
            sent = _validated({"key": "", "athlete": None if place is None else place.split(",")})
            return sent.model_copy(update={"key": workouts.put(film)})
        finally:
            film.unlink(missing_ok=True)

    return routes


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
