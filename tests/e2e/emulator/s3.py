"""An S3 on this machine, reached over a socket like the real one."""

from __future__ import annotations

import contextlib
import logging
import threading
import urllib.request
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        released.set()
        server.shutdown()
        server.server_close()
