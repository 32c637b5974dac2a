"""What the Lambda service does in front of a runtime and AWS's emulator of it does not.

The emulator knows one function name, answers a failed function with a plain 502 or a plain text, cuts requests that
are too large instead of refusing them, and breaks when two come at once. The shim gives boto3 the service's manners:
any function name, `X-Amz-Function-Error`, RequestTooLargeException, one request after another.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAYLOAD_LIMIT = 6 * 2**20
"""Bytes of a synchronous invocation's payload, in either direction (AWS Lambda quotas)."""

_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations(\?.*)?")
_CLIENT = "X-Amz-Client-Context"
_EMULATED = "/2015-03-31/functions/function/invocations"


@contextmanager
def lambda_service(emulator: str) -> Iterator[str]:
    """Serve the Invoke API in front of an emulator at `http://host:port`; gives the address for boto3."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(emulator))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(emulator: str) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not _INVOKE.fullmatch(self.path):
                self._refuse(404, "ResourceNotFoundException", f"no function at {self.path}")
            elif len(payload) > PAYLOAD_LIMIT:
                message = f"{len(payload)} byte payload is too large for the RequestResponse invocation type"
                self._refuse(413, "RequestTooLargeException", f"{message} (limit {PAYLOAD_LIMIT} bytes)")
            else:
                with one_at_a_time:
                    status, answer = _forward(emulator, payload, self.headers.get(_CLIENT))
                error = _function_error(status, answer)
                self._send(200, error or answer, {"X-Amz-Function-Error": "Unhandled"} if error else {})

        def _refuse(self, status: int, error: str, message: str) -> None:
            body = json.dumps({"Type": "User", "message": message}).encode()
            self._send(status, body, {"x-amzn-ErrorType": error})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the emulator's log has every request."""

    return Handler


def _forward(emulator: str, payload: bytes, client: str | None) -> tuple[int, bytes]:
    request = urllib.request.Request(emulator + _EMULATED, data=payload)
    if client is not None:
        request.add_header(_CLIENT, client)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _function_error(status: int, answer: bytes) -> bytes | None:
    """The payload of a function that failed, or None where it answered."""
    if status != 200:
        return answer or json.dumps({"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited"}).encode()
    if answer.startswith(b"Task timed out"):
        return json.dumps({"errorMessage": answer.decode()}).encode()
    try:
        parsed = json.loads(answer)
    except ValueError:
        return None
    failed = isinstance(parsed, dict) and {"errorType", "errorMessage"} <= parsed.keys()
    return answer if failed else None
