"""What a file is that is not mp4 or mov, told from its first bytes, so that the answer can name it."""

from __future__ import annotations

from model.errors import MovementsError, NotAVideo, UnsupportedContainer

HEAD_BYTES = 1024
"""How many bytes of a file `refusal` looks at."""

_VIDEO_CONTAINERS = (
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b"FLV\x01", "Flash Video"),
    (b"OggS", "Ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (ASF)"),
    (b"\x00\x00\x01\xba", "an MPEG programme stream"),
    (b"\x00\x00\x01\xb3", "a bare MPEG video stream"),
    (b"\x00\x00\x00\x01", "a bare H.264 or H.265 stream"),
    (b"\x06\x0e\x2b\x34", "MXF"),
    (b"DKIF", "IVF"),
    (b"YUV4MPEG2 ", "YUV4MPEG2"),
    (b".RMF", "RealMedia"),
)
_OTHER_FILES = (
    (b"#EXTM3U", "a playlist (HLS)"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"ID3", "sound (MP3)"),
    (b"fLaC", "sound (FLAC)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_RIFF = {b"WAVE": "sound (WAV)", b"WEBP": "a WebP picture"}
_TEXT_CONTROLS = b"\t\n\f\r\x1b"


def refusal(head: bytes) -> MovementsError:
    """The error for a file that begins with `head` (up to `HEAD_BYTES`) and is neither mp4 nor mov.

    Returns:
        `UnsupportedContainer` for a video in another container, else `NotAVideo`; the message names what was found.
    """
    if head[:4] == b"RIFF":
        if head[8:11] == b"AVI":
            return _container("AVI")
        return _other(_RIFF.get(head[8:12], "a RIFF file"))
    for magic, name in _VIDEO_CONTAINERS:
        if head.startswith(magic):
            return _container(name)
    if _is_transport_stream(head):
        return _container("an MPEG transport stream")
    for magic, name in _OTHER_FILES:
        if head.startswith(magic):
            return _other(name)
    if _is_text(head):
        markup = head.lstrip().lower().startswith((b"<!doctype html", b"<html", b"<?xml"))
        return _other("a web page or XML document" if markup else "text")
    return NotAVideo()


def _container(name: str) -> UnsupportedContainer:
    return UnsupportedContainer(f"The container of the video is {name}; only mp4 and mov are accepted.")


def _other(name: str) -> NotAVideo:
    return NotAVideo(f"The file is {name}, not a video, whatever its name says.")


def _is_transport_stream(head: bytes) -> bool:
    """Packets of 188 bytes that begin with 0x47, or of 192 with a time code before it (M2TS)."""
    return any(
        len(head) > first + 2 * step and all(head[first + i * step] == 0x47 for i in range(3))
        for first, step in ((0, 188), (4, 192))
    )


def _is_text(head: bytes) -> bool:
    """UTF-8, possibly cut within a character, without control characters; or UTF-16 with its mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return False
    return all(byte >= 0x20 or byte in _TEXT_CONTROLS for byte in head)
