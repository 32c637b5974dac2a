"""The main flow of the page in the Firefox that people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.page.firefox import PROGRAM, firefox

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Firefox is not installed")

RIGHT = "\ue014"
CLICK = "document.querySelector('#submit').click()"  # a window that nobody sees has no focus: keys press no buttons


def test_a_clip_is_chosen_played_answered_and_kept_and_every_tab_opens(real: str, clips: Path, tmp_path: Path) -> None:
    with firefox(tmp_path) as browser:
        browser.open(real)
        browser.wait("document.querySelector('#movement option')")
        browser.choose("#chooser", clips / "red.mp4")
        browser.wait(
            "document.querySelector('#player video')?.currentTime > 0 || document.querySelector('.stage-empty')"
        )
        browser.wait("document.activeElement.id === 'submit'")
        browser.evaluate(CLICK)
        browser.wait("document.querySelector('#panel-clip[data-state=answered]')")
        browser.wait("document.querySelector('#answer h2')?.textContent === 'Bar-facing burpee'")
        assert browser.evaluate("document.querySelectorAll('#answer tbody tr').length") == 5
        browser.wait("document.querySelectorAll('.still img').length === 10")
        browser.wait("document.querySelectorAll('#kept li').length === 1")
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")

        browser.choose("#chooser", clips / "text.mp4")
        browser.wait("document.querySelector('#panel-clip[data-state=chosen]')")
        browser.wait("document.activeElement.id === 'submit'")
        browser.evaluate(CLICK)
        browser.wait("document.querySelector('#answer [role=alert]')?.dataset.code === 'not_a_video'")

        browser.choose("#chooser", clips / "red.mp4", clips / "green.mp4", clips / "text.mp4")
        browser.wait(
            "document.querySelector('#batch-count').textContent === 'All of 3 clips answered, 1 with a problem.'"
        )

        browser.evaluate("document.querySelector('#tab-clip').focus()")
        for name in ("workout", "examples", "model"):
            browser.press(RIGHT)
            browser.wait(
                f"document.activeElement.id === 'tab-{name}' && !document.querySelector('#panel-{name}').hidden"
            )
        browser.wait("document.querySelector('#panel-model[data-state=shown] h2')")
        assert browser.said == []


def test_the_page_fits_a_phone(real: str, tmp_path: Path) -> None:
    with firefox(tmp_path) as browser:
        browser.open(real, width=390)
        browser.wait("document.querySelector('#movement option')")
        assert browser.evaluate("innerWidth") == 390
        assert browser.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert browser.said == []
