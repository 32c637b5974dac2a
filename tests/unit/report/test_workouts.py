from __future__ import annotations

from pathlib import Path

from model.answers.counting import JudgedFilm
from model.evaluation.workouts import Tally, judged_sets
from model.report.workouts import counting, figures, verdicts, workouts_page, write_workouts_page
from tests.unit.evaluation.test_workouts import film, segment

TRUTH = film(segment("deadlift", 0, 3, 6, 20, 23, sets=2), segment(None, 40, 42, kind="push-up"))
ANSWER = film(segment("deadlift", 0, 3, 6, 20), segment(None, 40, 42)).model_copy(update={"cuts": (30.0,)})


def judged() -> tuple[Tally, JudgedFilm]:
    tally = Tally()
    tally.add(TRUTH, ANSWER)
    name = "<film>.mp4"
    return tally, JudgedFilm(name=name, truth=TRUTH, answer=ANSWER, sets=judged_sets(TRUTH, ANSWER))


def test_every_set_is_beside_its_count() -> None:
    _, one = judged()
    assert [(found.name, found.start, found.true, found.counted) for found in one.sets] == [
        ("deadlift", 0, 3, 3),
        ("deadlift", 20, 2, 1),
        ("push-up", 40, 2, 2),
    ]


def test_tables_say_what_was_measured() -> None:
    tally, _ = judged()
    result = tally.evaluation(1, 100.0, 50.0)
    assert counting(result).rows == (("both streams", "3", "66.7 %", "100.0 %", "0.1667"),)
    assert verdicts(result).rows[0][:4] == ("deadlift", "4", "4", "100.0 %")
    told = dict(row for row in figures(result).rows)
    assert told["Films"] == "1, 1:40.0" and told["CPU seconds for a minute of film"] == "30"


def test_the_page_shows_each_film_and_what_was_missed_and_escapes_names(tmp_path: Path) -> None:
    tally, one = judged()
    text = workouts_page("model 6", tally.evaluation(1, 100.0, 50.0), [one])
    assert "&lt;film&gt;.mp4" in text and "<film>" not in text
    assert 'aria-label="shows: deadlift 5, push-up 2"' in text
    assert 'aria-label="said: deadlift 4, another exercise 2"' in text
    assert text.count('class="tick rep"') == 7 + 6 and text.count('class="cut"') == 1
    assert "0:20.0 deadlift: 2, counted 1" in text and text.count("<li>") == 1
    assert "http" not in text.replace("http-equiv", "")
    path = write_workouts_page(tmp_path / "new" / "page.html", "model 6", tally.evaluation(1, 100.0, 50.0), [one])
    assert path.read_text(encoding="utf-8") == text
