"""The answer to a clip: the outcome, the table with its bars, the frames that the model saw, and the times."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from model.answers.clip import ClipAnswer, ClipFacts, Joints, NearAnswer, Square, WhyAnswer
from model.contract import NONE_LABEL, Movement

_FEW = 3
"""Frames that are named, of those that carried an answer."""

_PARTS = {"arms": "the arms", "legs": "the legs", "trunk": "the trunk", "way": "its way up and down"}

_BONES = (
    *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
    *(("head", "left_shoulder"), ("head", "right_shoulder")),
    *(
        (f"{side}_{one}", f"{side}_{other}")
        for side in ("left", "right")
        for one, other in (
            ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle")
        )
    ),
)  # fmt: skip
"""Points that a drawing of the body joins."""

_SHOW_BODY = html.Button("Show the body", id="show-body", type="button", className="jump", **{"aria-pressed": "false"})

_WHOLE = 0.85
"""Share of a clip's time from which on frames count as taken from all of it."""


def outcome(answer: ClipAnswer, movements: Sequence[Movement]) -> Component:
    """The verdict: which movement, the table with its bars, what it was instead, and the times."""
    none = answer.none_of_these is not None and answer.none_of_these.answer
    return html.Article(
        [
            _headline(answer, movements),
            *([] if answer.near is None else [_near(answer.near, movements)]),
            _table(answer, movements),
            _actually(movements),
            _times(answer),
        ],
        className="outcome outcome-none" if none else "outcome",
    )


def strip(answer: ClipAnswer) -> Component | None:
    """The frames that the model saw, with the part of each that was shown, and what it carried; None without stills."""
    if not answer.stills:
        return None
    clip, why = answer.clip, answer.why
    count = len(clip.sampled)
    shares = why.frames if why is not None and len(why.frames) == count and any(why.frames) else (None,) * count
    joints = why.joints if why is not None and len(why.joints) == count else (None,) * count
    frames = [
        html.Li(
            html.Figure(
                [
                    html.Div(
                        [
                            html.Img(
                                src=f"data:image/jpeg;base64,{still}",
                                alt=f"Frame {frame} of the clip",
                                width=str(clip.width),
                                height=str(clip.height),
                            ),
                            *([_square(clip.crop, clip)] if clip.crop else []),
                            *([_skeleton(why, points, clip)] if why is not None and points is not None else []),
                        ],
                        className="still",
                    ),
                    *([] if share is None else [_carried(share, max(filter(None, shares)))]),
                    html.Figcaption(
                        [f"{seconds:.2f} s", *([] if share is None else [html.Span(f"{100 * share:.0f} %")])]
                    ),
                ]
            )
        )
        for still, frame, seconds, share, points in zip(
            answer.stills, clip.sampled, clip.sampled_seconds, shares, joints, strict=False
        )
    ]
    where = "The square marks the part it was shown: the athlete." if clip.crop else "It was shown each frame whole."
    return html.Section(
        [
            html.Div(
                [
                    html.H3("What the model saw"),
                    html.P(f"{len(frames)} frames, equally spaced {_span(answer)}. {where}", className="fine"),
                    *([_SHOW_BODY] if any(points is not None for points in joints) else []),
                ],
                className="strip-head",
            ),
            html.P([html.Span(reason) for reason in reasons(answer)], className="fine why"),
            html.Ol(frames, className="strip strip-tall" if clip.height > clip.width else "strip strip-wide"),
        ],
        className="saw",
    )


def reasons(answer: ClipAnswer) -> list[str]:
    """What carried the answer, in a sentence or two; none where nothing did."""
    why = answer.why
    if why is None:
        return []
    said = []
    if any(why.frames):
        order = sorted(range(len(why.frames)), key=lambda number: -why.frames[number])
        most = [number for number in order[:_FEW] if why.frames[number] >= why.frames[order[0]] / 2]
        times = ", ".join(f"{answer.clip.sampled_seconds[number]:.2f}" for number in sorted(most))
        said.append(f"Without the frames at {times} s the answer would lose most.")
    if any(why.body.values()):
        part = max(why.body, key=lambda name: why.body[name])
        said.append(f"Of the body, {_PARTS.get(part, part)} told most.")
    return said


def summary(answer: ClipAnswer, movements: Sequence[Movement]) -> str:
    """The answer in a sentence, as screen readers announce it."""
    label, probability = answer.prediction[0]
    if answer.none_of_these is not None and answer.none_of_these.answer:
        return f"None of these movements, {percent(answer.none_of_these.probability)}. The closest are listed."
    name = movement_of(label, movements).meaning
    counted = "".join(f" {sentence}." for sentence in _sets(answer, movements))
    return f"{name}, {percent(probability)}.{counted} {len(answer.prediction)} movements are listed."


def movement_of(label: str, movements: Sequence[Movement]) -> Movement:
    """The name of a movement for people; a label that is not known stands for itself."""
    known = {movement.label: movement for movement in movements}
    return known.get(label, Movement(label=label, meaning=label.capitalize(), spanish=""))


def percent(probability: float) -> str:
    """A probability for people, to a tenth of a percent."""
    if 0 < probability < 0.0005:
        return "< 0.1 %"
    return f"{100 * probability:.1f} %"


def _headline(answer: ClipAnswer, movements: Sequence[Movement]) -> Component:
    if answer.none_of_these is not None and answer.none_of_these.answer:
        return html.Header(
            [
                html.P("Outcome", className="eyebrow"),
                html.H2("None of these movements", className="verdict-name"),
                html.P(
                    [
                        html.Strong(percent(answer.none_of_these.probability), className="verdict-probability"),
                        f" that the clip shows none of the {len(movements)} movements the model knows. "
                        "The closest ones are listed for comparison only.",
                    ],
                    className="verdict-line",
                ),
            ]
        )
    label, probability = answer.prediction[0]
    movement = movement_of(label, movements)
    has_own_name = movement.spanish not in ("", movement.meaning)
    return html.Header(
        [
            html.P("Most probable movement", className="eyebrow"),
            html.H2(movement.meaning, className="verdict-name"),
            html.P(
                [
                    html.Strong(percent(probability), className="verdict-probability"),
                    *([html.Span(movement.spanish, lang="es", className="verdict-spanish")] if has_own_name else []),
                ],
                className="verdict-line",
            ),
            *(html.P(sentence, className="verdict-set") for sentence in _sets(answer, movements)),
        ]
    )


_SAID = {"rep": "met", "no rep": "not met", "look": "probably not met", "unclear": "not to be told"}
"""What a verdict means for one point."""


def _near(near: NearAnswer, movements: Sequence[Movement]) -> Component:
    """The movement that a clip nearly shows, and what of its standard is met."""
    return html.Section(
        [
            html.P(["It is nearest to ", html.Strong(movement_of(near.label, movements).meaning), "."]),
            html.Ul(
                [
                    html.Li(
                        [
                            html.Strong(point.name),
                            html.Span(_SAID.get(point.verdict, point.verdict), className="near-said"),
                            *([] if point.reason is None else [html.Span(point.reason, className="fine")]),
                        ],
                        **{"data-verdict": point.verdict},
                    )
                    for point in near.points
                ]
            ),
        ],
        className="near",
    )


def _sets(answer: ClipAnswer, movements: Sequence[Movement]) -> list[str]:
    """What was counted: the set that the headline names, and the others."""
    own = answer.own_set
    return [
        *([] if own is None else [f"Like this: {own.told}"]),
        *(f"Also: {movement_of(found.label, movements).meaning}, {found.told}" for found in answer.other_sets),
    ]


def _span(answer: ClipAnswer) -> str:
    """Where the frames are from: all of the clip, or the part that answers."""
    seen, seconds = answer.seen, answer.clip.seconds
    if seen is None or seen[1] - seen[0] >= _WHOLE * seconds:
        return "over the clip"
    return f"from {seen[0]:.1f} to {seen[1]:.1f} s"


def _table(answer: ClipAnswer, movements: Sequence[Movement]) -> Component:
    rows = [_row(movement_of(label, movements), probability) for label, probability in answer.prediction]
    head = html.Thead(
        html.Tr(
            [
                html.Th("Movement", scope="col"),
                html.Th("Probability", scope="col", colSpan=2),
            ]
        )
    )
    none = answer.none_of_these
    foot = (
        [html.Tfoot(html.Tr([html.Th("None of these", scope="row"), *_cells(none.probability)]))]
        if none is not None and not none.answer
        else []
    )
    return dbc.Table(
        [html.Caption("The most probable movements", className="visually-hidden"), head, html.Tbody(rows), *foot],
        className="rows",
        borderless=True,
    )


def _row(movement: Movement, probability: float) -> Component:
    names: list[Component] = [html.Span(movement.meaning, className="row-meaning")]
    if movement.spanish:
        names.append(html.Span(movement.spanish, lang="es", className="row-spanish"))
    return html.Tr([html.Th(names, scope="row"), *_cells(probability)], **{"data-label": movement.label})


def _cells(probability: float) -> list[Component]:
    fill = html.Div(className="bar-fill", style={"width": f"{100 * probability:.2f}%"})
    return [
        html.Td(html.Div(fill, className="bar"), className="row-bar", **{"aria-hidden": "true"}),
        html.Td(percent(probability), className="row-number"),
    ]


def _actually(movements: Sequence[Movement]) -> Component:
    """Where a person says what the clip shows; `assets/actually.js` keeps it."""
    options = [
        html.Option("choose a movement", value=""),
        *(html.Option(movement.meaning, value=movement.label) for movement in movements),
        html.Option("None of these", value=NONE_LABEL),
    ]
    return html.Div(
        [
            html.Label("This was actually", htmlFor="actually-choice"),
            html.Select(options, id="actually-choice", className="form-select"),
            html.Button("Keep", id="actually-keep", type="button", className="btn btn-link"),
            html.P(id="actually-said", role="status", className="fine"),
        ],
        className="actually",
    )


def _times(answer: ClipAnswer) -> Component:
    """Times in milliseconds as the server measured them; the page's script fills in what the person experienced."""
    clip, timing = answer.clip, answer.timing_ms
    measured = [
        (name, "< 1 ms" if timing[step] < 1 else f"{timing[step]:.0f} ms")
        for step, name in (("fetch", "Fetch"), ("decode", "Decode"), ("body", "Body"), ("predict", "Predict"))
        if step in timing
    ]
    times = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in measured]
    return html.Div(
        [
            html.Dl(
                [
                    html.Div([html.Dt("Upload"), html.Dd(id="time-upload")]),
                    *times,
                    html.Div([html.Dt("Total"), html.Dd(id="time-total")], className="time-total"),
                ],
                className="times",
            ),
            html.P(
                f"{clip.seconds:.2f} s, {_counted(clip)} of {clip.width} × {clip.height}. "
                f"Model {answer.model.name} {answer.model.version}, {answer.model.engine}.",
                className="fine",
            ),
        ]
    )


def _square(crop: Square, clip: ClipFacts) -> Component:
    """The crop over a still, in percent of the frame, so that it fits the still at any size."""
    return html.Div(
        className="crop",
        style={
            "left": f"{100 * crop.x / clip.width:.2f}%",
            "top": f"{100 * crop.y / clip.height:.2f}%",
            "width": f"{100 * crop.side / clip.width:.2f}%",
            "height": f"{100 * crop.side / clip.height:.2f}%",
        },
    )


def _skeleton(why: WhyAnswer, points: Joints, clip: ClipFacts) -> Component:
    """A body over a still, hidden until it is asked for."""
    place = dict(zip(why.names, points, strict=False))
    width = max(clip.width, clip.height) / 140
    bones = "".join(
        f"<path d='M{place[one][0]:.0f} {place[one][1]:.0f}L{place[other][0]:.0f} {place[other][1]:.0f}'/>"
        for one, other in _BONES
        if one in place and other in place
    )
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {clip.width} {clip.height}'>"
        f"<g stroke='%23ffd54a' stroke-width='{width:.1f}' stroke-linecap='round'>{bones}</g></svg>"
    )
    return html.Img(src=f"data:image/svg+xml;utf8,{drawing}", alt="", className="skeleton")


def _carried(share: float, most: float) -> Component:
    """How much a frame carried, beside the one that carried most."""
    return html.Div(
        html.Div(className="bar-fill", style={"width": f"{100 * share / most:.1f}%"}),
        className="bar carried",
        **{"aria-hidden": "true"},
    )


def _counted(clip: ClipFacts) -> str:
    """How many frames a clip has; of a damaged one, also how many it should have."""
    if clip.declared_frames is None or clip.declared_frames == clip.frames:
        return f"{clip.frames} frames"
    return f"{clip.frames} of {clip.declared_frames} frames"
