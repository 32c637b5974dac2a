"""The page on this machine, behind the same server as in production."""

from __future__ import annotations

from gunicorn.app.base import BaseApplication

from app import logs
from app.main import serve
from app.settings import Settings


class _Gunicorn(BaseApplication):
    """One process, because the model and the local uploads live in it; many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": settings.web_threads,
            "timeout": 120,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            "logconfig_dict": logs.configuration(settings.log_level),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        return serve(self._settings)


def listen(settings: Settings) -> None:
    """Serve the page until interrupted."""
    _Gunicorn(settings).run()
