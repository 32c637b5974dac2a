"""Errors as programs are told of them: RFC 9457, with our codes."""

from __future__ import annotations

from flask import g

from model.answers.v1 import Problem
from model.errors import MovementsError

MEDIA_TYPE = "application/problem+json"


def problem_of(error: MovementsError) -> Problem:
    """An error of the request that is being answered."""
    return Problem.of(error, g.request_id)
