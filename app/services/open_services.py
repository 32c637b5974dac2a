"""The one place that chooses between the machine the app runs on and AWS."""

from __future__ import annotations

from typing import Any

from app.scratch import Scratch
from app.services.protocols import Services
from app.settings import Settings


def open_services(settings: Settings) -> Services:
    """The services that the settings ask for; nothing is loaded or called before the first request."""
    if settings.classifier_function is not None and settings.upload_bucket is not None:
        from app.services.aws import LambdaClassifier, S3UploadStore, lambda_client, s3_client

        s3 = s3_client()
        workouts = None
        if settings.workouts_machine is not None:
            from app.services.aws_workouts import POST_BYTES, MachineWorkouts, machine_client

            of_films = S3UploadStore(settings.upload_bucket, s3, max_bytes=min(settings.max_workout_bytes, POST_BYTES))
            workouts = MachineWorkouts(
                settings.workouts_machine, of_films, s3, machine_client(), hours=settings.workout_hours
            )
        return Services(
            uploads=S3UploadStore(settings.upload_bucket, s3, max_bytes=settings.max_upload_bytes),
            classifier=LambdaClassifier(
                settings.classifier_function, settings.upload_bucket, lambda_client(settings.deadline_seconds)
            ),
            scratch=Scratch(),
            workouts=workouts,
        )
    from app.device.files import DEFAULT_FOLDER
    from app.device.routes import OnDevice
    from app.services.local_classifier import LocalClassifier
    from app.services.local_uploads import LocalUploadStore, form_route
    from app.services.local_workouts import FORM_PATH, MAX_WAITING_FILMS, LocalWorkouts

    scratch = Scratch()
    uploads = LocalUploadStore(scratch, max_bytes=settings.max_upload_bytes, minutes=settings.upload_minutes)
    classifier = LocalClassifier(
        uploads,
        settings.bundle,
        engine=settings.engine,
        threads=settings.threads,
        workers=settings.workers,
        deadline_seconds=settings.deadline_seconds,
    )
    films = LocalUploadStore(
        scratch,
        max_bytes=settings.max_workout_bytes,
        minutes=60 * settings.workout_hours,
        waiting_bytes=MAX_WAITING_FILMS * settings.max_workout_bytes,
        form_path=FORM_PATH,
    )
    analysts = LocalWorkouts(
        films, settings.bundle, engine=settings.engine, threads=settings.threads, hours=settings.workout_hours
    )

    def routes(server: Any) -> None:
        form_route(uploads)(server)
        form_route(films)(server)

    own = None
    if settings.own_models is not None:
        from app.own.routes import own_api
        from app.own.studio import Studio

        def frames_of(key: str) -> int:
            return classifier.classify(key, top_k=1, stills=False).clip.frames

        studio = Studio(settings.own_models, settings.bundle, classifier.use, steps=settings.own_steps)
        own = own_api(studio, uploads, frames_of, scratch)
    return Services(
        uploads=uploads,
        classifier=classifier,
        scratch=scratch,
        routes=routes,
        workouts=analysts,
        # A browser keeps a model for ever; one that may be another tomorrow is not handed out.
        device=None if own is not None else OnDevice.of(settings.bundle, DEFAULT_FOLDER),
        own=own,
    )
