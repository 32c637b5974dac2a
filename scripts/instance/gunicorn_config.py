"""How gunicorn serves the page on an instance; its addresses are in the unit file.

The page keeps nothing between two requests here, since clips wait in S3, so that several processes share the work.
"""

from __future__ import annotations

from app import logs
from app.settings import Settings

_settings = Settings()

worker_class = "gthread"
workers = 2
threads = _settings.web_threads
timeout = 120  # seconds without a sign of life from a process, not of a request
graceful_timeout = 60  # a request takes at most 30 seconds for the function and what S3 takes
backlog = 512
umask = 0o007  # of the socket: this user, and the group that nginx is in
control_socket_disable = True
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}  # nginx sets it, and is alone in reaching the socket
logconfig_dict = logs.configuration(_settings.log_level)
