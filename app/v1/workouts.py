"""Whole workouts: jobs, their results, and the files that are made of them."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ValidationError

from app.incoming import Incoming
from app.scratch import Scratch
from app.server import said
from app.services.protocols import Workouts
from app.v1.refusals import BINARY, refuse, responses
from app.workouts import FORMS, file_of
from model.answers.upload import UploadTicket
from model.answers.v1 import V1, WorkoutFile, WorkoutFileOptions, WorkoutName, WorkoutOptions, WorkoutRequest
from model.answers.workout import JobAnswer

_FILM_BODY: dict[str, Any] = {
    "required": True,
    "description": "The key of an upload, or the film itself in a form.",
    "content": {
        "application/json": {"schema": WorkoutRequest.model_json_schema()},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "video": BINARY,
                    "athlete": {
                        "type": "string",
                        "pattern": r"^(0(\.\d+)?|1(\.0+)?),(0(\.\d+)?|1(\.0+)?)$",
                        "description": "`x,y` in shares of the first picture.",
                    },
                },
                "required": ["video"],
                "additionalProperties": False,
            }
        },
    },
}


def workouts_v1(workouts: Workouts, scratch: Scratch) -> APIBlueprint:
    """The routes; what each does, its description says."""
    routes = APIBlueprint(
        "workouts_v1", __name__, url_prefix=V1, abp_tags=[Tag(name="Workouts")], abp_responses=responses()
    )
    incoming = Incoming(scratch, workouts.put)

    def sent() -> WorkoutRequest:
        try:
            if request.mimetype == "multipart/form-data":
                options, key = incoming.form("video", workouts.max_bytes, WorkoutOptions.of_form)
                return WorkoutRequest(key=key, athlete=options.athlete)
            return WorkoutRequest.model_validate(request.get_json(silent=True))
        except ValidationError as error:
            refuse(error)

    @routes.post("/workout-uploads", operation_id="create_workout_upload", responses={200: UploadTicket})
    def upload() -> Response:
        """Ask for permission to upload one film, as for a clip."""
        return said(workouts.ticket())

    @routes.post(
        "/workouts",
        operation_id="create_workout",
        responses={202: JobAnswer},
        openapi_extensions={"requestBody": _FILM_BODY},
    )
    def submit() -> tuple[Response, int, dict[str, str]]:
        """Have a film analysed: what is done when, how often, and whether each repetition holds.

        The answer's `Location` is asked until the job has a result or an error. The film is deleted after the analysis.
        """
        asked = sent()
        job = workouts.submit(asked.key, athlete=asked.athlete)
        return said(job), 202, {"Location": f"{V1}/workouts/{job.id}"}

    @routes.get("/workouts/<id>", operation_id="get_workout", responses={200: JobAnswer})
    def job(path: WorkoutName) -> Response:
        """Ask what has become of a workout; its result is kept for a day."""
        return said(workouts.job(path.id))

    @routes.delete("/workouts/<id>", operation_id="delete_workout", responses={204: None})
    def delete(path: WorkoutName) -> Response:
        """Forget a workout, its film and its result."""
        workouts.delete(path.id)
        return Response(status=204)

    @routes.get(
        "/workouts/<id>/<file>",
        operation_id="get_workout_file",
        responses={
            200: {
                "description": "The file.",
                "content": {kind: {"schema": {}} for kind in sorted({kind for kind, _ in FORMS.values()})},
            }
        },
    )
    def file(path: WorkoutFile, query: WorkoutFileOptions) -> Response:
        """Ask for a result as a table, as subtitles, or as an annotation that `movements data import` reads."""
        return file_of(workouts, path.id, path.file, corrections=query.corrections, film=query.film)

    return routes
