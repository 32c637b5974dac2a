"""An S3 on this machine, reached over a socket like the real one."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

UPLOADS = "uploads"
MODELS = "models"
REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}
"""Environment of a process that uses it; also keeps a person's own account out of the tests."""


def key_of(name: str) -> str:
    """A key as the page gives them out, always the same for a name."""
    return f"uploads/{uuid.uuid5(uuid.NAMESPACE_URL, name).hex}.mp4"


@dataclass(frozen=True)
class LocalS3:
    """A running S3 with the empty buckets `uploads` and `models`."""

    address: str
    client: Any

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it through boto3."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL_S3": self.address}

    def listing(self, bucket: str = UPLOADS) -> list[str]:
        """The keys in a bucket."""
        return [item["Key"] for item in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]


@contextlib.contextmanager
def local_s3() -> Iterator[LocalS3]:
    """Start moto's server on a free port, with nothing in it from an earlier one of this process."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for every request hides what a test prints
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        urllib.request.urlopen(f"{address}/moto-api/reset", data=b"").close()
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        for bucket in (UPLOADS, MODELS):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield LocalS3(address, client)
    finally:
        server.stop()


@contextlib.contextmanager
def failing_s3(*failures: str) -> Iterator[str]:
    """An S3 whose every object has 2000 bytes, and which fails as it is told, one request of an object after the other.

    Args:
        failures: a status, `SlowDown`, `short` (the connection ends half-way), `shorter` and `longer` (it says another
            length than when it was asked), `drip` (ten bytes a second) or `head` (no length, either); after the last,
            all goes well.
    """
    left = list(failures)

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, length: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            if left and left[0] == "head":
                left.pop(0)
                self.answer(503, 0)
            else:
                self.answer(200, 2000)

        def do_GET(self) -> None:
            failure = left.pop(0) if left else ""
            if failure.isdigit():
                self.answer(int(failure), 0)
            elif failure == "SlowDown":
                text = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
                self.answer(503, len(text), text)
            elif failure == "short":
                self.answer(200, 2000, bytes(1000))
                self.close_connection = True
            elif failure in ("shorter", "longer"):
                length = 1000 if failure == "shorter" else 3000
                self.answer(200, length, bytes(length))
            elif failure == "drip":
                self.answer(200, 2000)
                with contextlib.suppress(OSError):
                    for _ in range(200):
                        self.wfile.write(bytes(10))
                        self.wfile.flush()
                        time.sleep(1)
            else:
                self.answer(200, 2000, bytes(2000))

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with serving(Handler) as address:
        yield address


@contextlib.contextmanager
def stalling_s3(seconds: float) -> Iterator[str]:
    """An S3 whose every object has 2000 bytes and which falls silent for a while half-way; gives its address."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2000")
            self.send_header("ETag", '"1"')
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(bytes(1000))
            self.wfile.flush()
            released.wait(seconds)
            with contextlib.suppress(ConnectionError):
                self.wfile.write(bytes(1000))

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with serving(Handler) as address:
        try:
            yield address
        finally:
            released.set()


@contextlib.contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port, whatever became of earlier requests; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
