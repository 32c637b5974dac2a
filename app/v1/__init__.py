"""Version 1 of the interface for programs: `/api/v1/…`, described at `/openapi.json` and readable at `/docs`."""
