"""Every failure a person can meet, each with a code, an HTTP status, a sentence and what to do about it.

The page, the Lambda and the command line show the same sentences, because they all come from here.
"""

from __future__ import annotations

import errno
from typing import ClassVar


class MovementsError(Exception):
    """Base of all errors that are answers.

    Attributes:
        code: stable identifier, part of the public contract.
        status: HTTP status of the answer that carries it.
        message: one sentence saying what is wrong, with the value that was met.
        hint: one sentence saying what to do.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    default_message: ClassVar[str] = "Something went wrong on our side."
    default_hint: ClassVar[str] = "Try again in a minute; if it happens again, tell the operator the request id."

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or self.default_message
        self.hint = hint or self.default_hint
        super().__init__(self.message)


class InternalError(MovementsError):
    """A defect of ours; the details are in the log, never in the answer."""


class ClipError(MovementsError):
    """The clip is the reason that there is no prediction."""

    code = "corrupt_video"
    status = 422


class EmptyFile(ClipError):
    code = "empty_file"
    status = 400
    default_message = "The file is empty."
    default_hint = "Choose the clip again; if it is a download, wait until it has finished."


class NotAVideo(ClipError):
    code = "not_a_video"
    status = 415
    default_message = "The file is not a video, whatever its name says."
    default_hint = "Choose an mp4 or mov file, as a phone or camera records it."


class UnsupportedContainer(ClipError):
    code = "unsupported_container"
    status = 415
    default_message = "The video is in a container that is not supported."
    default_hint = "Save it as mp4, for example with `ffmpeg -i clip -c copy clip.mp4`, and send that."


class UnsupportedCodec(ClipError):
    code = "unsupported_codec"
    status = 415
    default_message = "The video is coded in a way that is not supported."
    default_hint = "Export it as H.264 mp4, the usual setting of phones and editors."


class NoVideoTrack(ClipError):
    code = "no_video_track"
    status = 415
    default_message = "The file has no video track, only sound or data."
    default_hint = "Choose a file with a picture."


class TooLarge(ClipError):
    code = "too_large"
    status = 413
    default_message = "The file is larger than the limit."
    default_hint = "Cut the clip to what matters, or export it at a lower resolution."


class TooLong(ClipError):
    code = "too_long"
    status = 413
    default_message = "The clip is longer than the limit."
    default_hint = "Cut the clip to the set that matters."


class TooManyPixels(ClipError):
    code = "too_many_pixels"
    status = 413
    default_message = "The frames of the video are larger than the limit."
    default_hint = "Export the clip at 1080p or 4K and send that."


class TooShort(ClipError):
    code = "too_short"
    status = 422
    default_message = "The clip has too few frames to show a movement."
    default_hint = "Send a clip that holds one whole repetition."


class CorruptVideo(ClipError):
    code = "corrupt_video"
    status = 422
    default_message = "The video is damaged and cannot be decoded."
    default_hint = "Export or download the clip again; a transfer may have been cut off."


class NotFound(MovementsError):
    code = "not_found"
    status = 404
    default_message = "The uploaded clip is no longer there."
    default_hint = "Uploads are deleted once answered, at the latest after a day: send the clip again."


class TimedOut(MovementsError):
    code = "timed_out"
    status = 504
    default_message = "The clip took too long to process."
    default_hint = "Send a shorter clip or one with smaller frames."


class BadRequest(MovementsError):
    code = "bad_request"
    status = 400
    default_message = "The request is not one this service understands."
    default_hint = "The form of every request is described at /docs of the page."


class WrongMethod(MovementsError):
    code = "method_not_allowed"
    status = 405
    default_message = "This address is not asked in this way."
    default_hint = "The form of every request is described at /docs of the page."


class TooManyRequests(MovementsError):
    code = "too_many_requests"
    status = 429
    default_message = "More requests came from this address than the operator allows."
    default_hint = "Ask again after as many seconds as the header Retry-After says."


class StoreUnavailable(MovementsError):
    code = "store_unavailable"
    status = 503
    default_message = "The uploaded clip cannot be read at the moment."
    default_hint = "Submit the clip again in a minute."


class StorageFull(MovementsError):
    code = "storage_full"
    status = 507
    default_message = "There is no room for the clip on this machine."
    default_hint = "Try again in a few minutes; if it stays so, the operator must make room."


class ModelUnavailable(MovementsError):
    code = "model_unavailable"
    status = 503
    default_message = "The model is not ready."
    default_hint = "Try again in a minute; if it stays so, the operator must check the model bundle."


ERRORS: dict[str, type[MovementsError]] = {
    error.code: error
    for error in (
        EmptyFile, NotAVideo, UnsupportedContainer, UnsupportedCodec, NoVideoTrack, TooLarge, TooLong, TooManyPixels,
        TooShort, CorruptVideo, NotFound, TimedOut, BadRequest, WrongMethod, TooManyRequests, StoreUnavailable,
        StorageFull, ModelUnavailable, InternalError,
    )
}  # fmt: skip
"""Every code of the public contract and the error that carries it."""


def no_room(error: OSError) -> bool:
    """Whether a file could not be written because the disk, or what one may have of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
