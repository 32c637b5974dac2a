"""Lighthouse's figures of the page on a phone, printed (`-rP` shows them).

What the speed of a machine cannot change must be without fault.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.services.open_services import open_services
from app.settings import Settings
from tests.checks import MODULES, program
from tests.e2e.page.browser import CHROMIUM, NEEDS_BROWSER, Serve

pytestmark = [
    NEEDS_BROWSER,
    pytest.mark.skipif(not (MODULES / "lighthouse").is_dir(), reason="Lighthouse is absent: `make test` fetches it"),
]

GOAL = 90


def test_the_page_on_a_phone(serve: Serve, tmp_path: Path) -> None:
    address, out = serve(open_services(Settings(threads=1, workers=1))), tmp_path / "lighthouse.json"
    words = [address, "--quiet", "--output=json", f"--output-path={out}"]
    words.append("--chrome-flags=--no-sandbox --headless --disable-gpu")
    environment = {**os.environ, "CHROME_PATH": str(CHROMIUM)}
    done = subprocess.run(
        [*program("lighthouse", "cli/index.js"), *words], env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(out.read_text(encoding="utf-8"))
    scores = {name: round(100 * category["score"]) for name, category in found["categories"].items()}
    print(f"\nLighthouse {found['lighthouseVersion']}, mobile, goal {GOAL} in all: {scores}")
    for name in (
        "first-contentful-paint",
        "largest-contentful-paint",
        "total-blocking-time",
        "cumulative-layout-shift",
    ):
        print(f"  {name}: {found['audits'][name]['displayValue']}")
    failed = {
        name: [ref["id"] for ref in category["auditRefs"] if found["audits"][ref["id"]]["score"] == 0 and ref["weight"]]
        for name, category in found["categories"].items()
        if name in ("accessibility", "best-practices", "seo")
    }
    assert failed == {"accessibility": [], "best-practices": [], "seo": []}
