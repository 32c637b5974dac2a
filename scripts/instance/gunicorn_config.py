"""The configuration of gunicorn on an instance; the unit file has the addresses.

The page keeps nothing between requests here, since clips wait in S3, so several processes can share the work.
"""

from __future__ import annotations

from app import logs
from app.server import ADDRESS_BYTES
from app.settings import Settings

_settings = Settings()

worker_class = "gthread"
workers = 2
threads = _settings.web_threads
limit_request_line = ADDRESS_BYTES
timeout = 120  # seconds without a sign of life from a process, not of a request
graceful_timeout = 60  # a request takes at most 30 seconds for the function, and the time for S3
backlog = 512
umask = 0o007  # of the socket: this user, and the group that nginx is in
control_socket_disable = True
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # only nginx can reach the socket, and it sets this header
logconfig_dict = logs.configuration(_settings.log_level)
