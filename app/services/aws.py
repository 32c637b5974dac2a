"""The services in AWS that answer clips; with `aws_workouts`, the only modules of the app that talk to it."""

from __future__ import annotations

import base64
import json
import logging
import time
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from flask import g, has_request_context

from app.services.uploads import CONTENT_TYPE, checked_key, new_key
from model.answers.clip import ClipAnswer, Part
from model.answers.error import read_error
from model.answers.model import Description
from model.answers.report import Report
from model.answers.upload import TICKET_SECONDS, UploadTicket
from model.contract import Contract
from model.errors import InternalError, ModelUnavailable, MovementsError, NotFound, TimedOut

DESCRIPTION_SECONDS = 60.0
"""How long the function's description of itself is kept."""

_BUSY = frozenset(
    {"TooManyRequestsException", "EC2ThrottledException", "ServiceException", "ResourceNotReadyException"}
)


logger = logging.getLogger(__name__)


def s3_client() -> Any:
    """An S3 client whose addresses are the bucket's own in its region: browsers follow no redirect of an upload."""
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        connect_timeout=2,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("s3", config=config)


def lambda_client(deadline_seconds: float) -> Any:
    """A Lambda client that waits as long as a prediction may take and never repeats one: it deletes the upload."""
    config = Config(
        connect_timeout=2,
        read_timeout=deadline_seconds,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=32,
    )
    return boto3.client("lambda", config=config)


class S3UploadStore:
    """The bucket of uploads; browsers post to it directly, and the bucket expires what is left over.

    Args:
        bucket: its name.
        s3: a boto3 S3 client, see `s3_client`.
        max_bytes: the largest clip that a ticket allows.
    """

    def __init__(self, bucket: str, s3: Any, *, max_bytes: int) -> None:
        self.bucket = bucket
        self._s3 = s3
        self.max_bytes = max_bytes
        address = urlsplit(self._post(new_key(), max_bytes)["url"])
        self.origin: str | None = f"{address.scheme}://{address.netloc}"

    def ticket(self, max_bytes: int) -> UploadTicket:
        """A presigned POST: this key, this content type, one byte to the limit, five minutes."""
        key = new_key()
        post = self._post(key, max_bytes)
        return UploadTicket(key=key, url=post["url"], fields=post["fields"], max_bytes=max_bytes)

    def put(self, clip: Path) -> str:
        """Upload a clip that this server received itself."""
        key = new_key()
        try:
            self._s3.upload_file(str(clip), self.bucket, key, ExtraArgs={"ContentType": CONTENT_TYPE})
        except (ClientError, BotoCoreError, boto3.exceptions.S3UploadFailedError) as error:
            raise InternalError("The clip could not be stored.") from error
        return key

    def key_of(self, reference: str) -> str:
        """The key in a key, or in `s3://<bucket>/<key>` of this bucket: the function reads from no other."""
        own = reference.removeprefix(f"s3://{self.bucket}/")
        if own.startswith("s3://"):
            raise NotFound("The clip is in another bucket than that of uploads.", hint="Upload it with a ticket.")
        return checked_key(own)

    def close(self) -> None:
        """Nothing is kept on this machine."""

    def _post(self, key: str, max_bytes: int) -> dict[str, Any]:
        post: dict[str, Any] = self._s3.generate_presigned_post(
            self.bucket,
            key,
            Fields={"Content-Type": CONTENT_TYPE},
            Conditions=[{"Content-Type": CONTENT_TYPE}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=TICKET_SECONDS,
        )
        return post


class LambdaClassifier:
    """The function that predicts.

    Args:
        function: name or ARN, with its alias.
        bucket: where the uploads are.
        client: a boto3 Lambda client, see `lambda_client`.
    """

    def __init__(self, function: str, bucket: str, client: Any) -> None:
        self._function = function
        self._bucket = bucket
        self._client = client
        self._lock = Lock()
        self._description: Description | None = None
        self._asked_at = 0.0

    def classify(self, key: str, *, top_k: int, stills: bool, part: Part | None = None) -> ClipAnswer:
        """The function's answer to an upload, which the function deletes."""
        request = {"bucket": self._bucket, "key": checked_key(key), "top_k": top_k, "stills": stills}
        if part is not None:
            request["part"] = list(part)
        return ClipAnswer.read(self._invoke(request))

    def contract(self) -> Contract:
        """The contract of the function's model, asked for once a minute."""
        return self._described().contract

    def check(self) -> None:
        """Ask the function for its description: it checks its model before it gives one."""
        self._described()

    def known_contract(self) -> Contract | None:
        """The contract as it was last told."""
        described = self._description
        return None if described is None else described.contract

    def report(self) -> Report | None:
        """The report of the function's model, asked for together with the contract."""
        return self._described().evaluation

    def warm(self) -> None:
        """Do nothing: the function warms up when it starts."""

    def _described(self) -> Description:
        with self._lock:
            if self._description is None or time.monotonic() - self._asked_at > DESCRIPTION_SECONDS:
                self._description = Description.read(self._invoke({"describe": True}))
                self._asked_at = time.monotonic()
            return self._description

    def _invoke(self, request: dict[str, Any]) -> Any:
        """The JSON body of a successful answer.

        Raises:
            MovementsError: the function's own error, or what kept it from answering.
        """
        try:
            response = self._client.invoke(
                FunctionName=self._function,
                InvocationType="RequestResponse",
                **_named(),
                Payload=json.dumps(request).encode(),
            )
            payload = json.loads(response["Payload"].read())
        except ReadTimeoutError as error:
            raise TimedOut() from error
        except ClientError as error:
            if error.response["Error"]["Code"] in _BUSY:
                raise ModelUnavailable("The model is busy.", hint="Submit the clip again in a few seconds.") from error
            raise ModelUnavailable() from error
        except BotoCoreError as error:
            raise ModelUnavailable() from error
        except ValueError as error:
            raise InternalError() from error
        if response.get("FunctionError"):
            raise _function_error(payload)
        return _body(payload)


def _named() -> dict[str, str]:
    """The id of the request that is being answered, as the function takes it into its log and its answer."""
    if not has_request_context():
        return {}
    context = json.dumps({"custom": {"request_id": g.request_id}})
    return {"ClientContext": base64.b64encode(context.encode()).decode("ascii")}


def _function_error(payload: Any) -> MovementsError:
    """What a function that broke instead of answering means to the person who waits for it."""
    detail = payload if isinstance(payload, dict) else {}
    kind, message = str(detail.get("errorType", "")), str(detail.get("errorMessage", ""))
    if kind == "Sandbox.Timedout" or "Task timed out" in message:
        return TimedOut()
    if kind.startswith("Runtime.") or kind == "Sandbox.Failure":  # could not start, or was killed for its memory
        return ModelUnavailable()
    return InternalError()


def _body(payload: Any) -> Any:
    try:
        status, body = int(payload["statusCode"]), json.loads(payload["body"])
    except (KeyError, TypeError, ValueError) as error:
        raise InternalError() from error
    if status == 200:
        return body
    raise read_error(body)
