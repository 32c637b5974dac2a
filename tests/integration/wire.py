"""For schemathesis: what it makes up of a form must be in the form that is sent."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out forms with a field that is an empty list or object: it is not sent, so it cannot be refused."""
    fields = case.body if case.media_type == "multipart/form-data" and isinstance(case.body, dict) else {}
    return not any(isinstance(value, list | dict) and not value for value in fields.values())
