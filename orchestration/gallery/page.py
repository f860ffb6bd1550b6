"""The gallery as one HTML page, without a network or other files.

Names, folders and reasons may contain anything. The page contains them as escaped text, or as JSON
in a block that no browser executes. The page's policy admits only its own script.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from rich.filesize import decimal

from orchestration.escaping import in_a_line
from orchestration.gallery.choose import Chosen, Without
from orchestration.gallery.file import MARK
from orchestration.gallery.label_facts import class_numbers, label_facts
from orchestration.gallery.shown import Shown
from orchestration.mirror.decide.classify import State
from resize_core import Comparison, Place

_HERE = Path(__file__).parent
_IN_JSON = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_MOST_FOLDERS = 1_000


@dataclass(frozen=True, slots=True)
class Heading:
    """The text above the photos: where they are from, how they were chosen, and when (ISO)."""

    raw: str
    resized: str
    choice: str
    made_at: str


def page(heading: Heading, chosen: Chosen, shown: Sequence[Shown]) -> bytes:
    """Return the page; the photos that lost most come first."""
    ordered = sorted(shown, key=_loss)
    style, script = ((_HERE / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    template = Template((_HERE / "page.html").read_text("utf-8"))
    text = template.substitute(
        mark=MARK.decode(),
        policy=_policy(style, script),
        style=style,
        script=script,
        heading=_heading(heading, chosen, len(ordered)),
        states=_options(_states(ordered, chosen.without)),
        folders=_options(_folders(ordered, chosen.without)),
        cards="\n".join(_card(at, one) for at, one in enumerate(ordered)),
        without=_without(chosen),
        data=_as_json(_all_facts(ordered)),
    )
    return text.encode("utf-8")


def _loss(one: Shown) -> tuple[int, float, str]:
    if one.comparison is None:
        return (2, 0.0, one.name)
    score = one.comparison.score
    return (1, 0.0, one.name) if score is None else (0, score, one.name)


def _policy(style: str, script: str) -> str:
    """The content security policy: pictures from the page itself, our style, our script."""
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in (style, script))
    style_digest, script_digest = digests
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{style_digest}'; "
        f"script-src 'sha256-{script_digest}'; base-uri 'none'; form-action 'none'"
    )


def _text(text: str) -> str:
    """Return a text as the content of an element or a quoted attribute."""
    return escape(in_a_line(text), quote=True)


def _heading(heading: Heading, chosen: Chosen, shown: int) -> str:
    states = ", ".join(
        f"{many:,} {state.value}" for state, many in sorted(chosen.states.items(), key=_by_order)
    )
    photos = "1 photo" if chosen.photos == 1 else f"{chosen.photos:,} photos"
    lines = [f"{photos}: {states}." if states else "There are no photos here."]
    if chosen.pairs:
        share = chosen.bytes_after / max(chosen.bytes_before, 1)
        lines.append(
            f"{decimal(chosen.bytes_before)} became {decimal(chosen.bytes_after)} ({share:.0%})."
        )
    if 0 < shown == chosen.pairs:
        lines.append("This page shows all that have a rendition.")
    else:
        lines.append(f"This page shows {shown:,}: {heading.choice}.")
    places = f"<p>From <code>{_text(heading.raw)}</code> to <code>{_text(heading.resized)}</code>, "
    return (
        f"<p>{_text(' '.join(lines))}</p>\n"
        f'{places}<time datetime="{_text(heading.made_at)}">{_text(_when(heading))}</time></p>'
    )


def _when(heading: Heading) -> str:
    return heading.made_at[:16].replace("T", " ") + " UTC"


def _by_order(item: tuple[State, int]) -> int:
    return [*State].index(item[0])


def _states(shown: Iterable[Shown], without: Iterable[Without]) -> list[str]:
    found = {one.state for one in shown} | {one.state for one in without}
    return [state.value for state in sorted(found, key=lambda state: _by_order((state, 0)))]


def _folders(shown: Iterable[Shown], without: Iterable[Without]) -> list[str]:
    found = {one.folder for one in shown} | {one.folder for one in without}
    return sorted(found)[:_MOST_FOLDERS]


def _options(values: Iterable[str]) -> str:
    return "".join(f'<option value="{_text(value)}">{_text(value)}</option>' for value in values)


def _card(at: int, one: Shown) -> str:
    seen, share, name = one.comparison, one.share, _text(one.name)
    sizes = f"{decimal(one.bytes_before)} → {decimal(one.bytes_after)}"
    if seen is None:
        picture, score = f'<p class="reason">Cannot be shown: {_text(one.reason)}</p>', ""
    else:
        source = _inline(seen.overview)
        picture = (
            f'<button type="button" class="open" data-at="{at}" aria-label="Compare {name}">'
            f'<img alt="" loading="lazy" src="{source}"></button>'
        )
        score = "" if seen.score is None else f'<span class="score">score {seen.score:.1f}</span>'
    return (
        f'<li class="card" data-at="{at}">{picture}\n'
        f'<h3>{name}</h3><p>{sizes} <span class="share">({share:.0%})</span></p>'
        f'<meter min="0" max="1" value="{min(share, 1):.3f}" '
        f'aria-label="Share of the bytes that remains">{share:.0%}</meter>'
        f'<p class="more"><span class="state">{_text(one.state.value)}</span> {score} '
        f"<span>{_text(one.done)}</span></p></li>"
    )


def _without(chosen: Chosen) -> str:
    if not chosen.without:
        return ""
    rows = "\n".join(
        f'<tr data-state="{_text(row.state.value)}" data-folder="{_text(row.folder)}">'
        f'<th scope="row">{_text(row.name)}</th><td>{_text(row.state.value)}</td>'
        f'<td class="number">{decimal(row.size)}</td><td>{_text(row.reason)}</td></tr>'
        for row in chosen.without
    )
    more = chosen.photos - chosen.pairs - len(chosen.without)
    note = (
        f"<p>And {more:,} more; <code>photo-mirror refused</code> lists all that are refused.</p>"
    )
    return (
        '<section id="without" aria-labelledby="without-title">'
        '<h2 id="without-title">Photos without a rendition</h2>\n'
        '<div class="scrolls" tabindex="0" role="region" aria-label="Table of these photos"><table>'
        '<thead><tr><th scope="col">Photo</th><th scope="col">State</th>'
        '<th scope="col" class="number">Size</th><th scope="col">Reason</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>{note if more > 0 else ''}</section>"
    )


def _all_facts(shown: Sequence[Shown]) -> list[dict[str, Any]]:
    numbers = class_numbers(one.labels for one in shown)
    is_labelled = any(one.labels is not None for one in shown)
    facts = [_facts(one) for one in shown]
    if is_labelled:
        for fact, one in zip(facts, shown, strict=True):
            fact["labels"] = label_facts(one.labels, numbers)
    return facts


def _facts(one: Shown) -> dict[str, Any]:
    sizes = f"{decimal(one.bytes_before)} → {decimal(one.bytes_after)} ({one.share:.0%})"
    facts: dict[str, Any] = {
        "name": in_a_line(one.name),
        "folder": in_a_line(one.folder),
        "state": one.state.value,
        "before": one.bytes_before,
        "share": one.share,
        "sizes": sizes,
        "done": in_a_line(one.done),
    }
    return facts if one.comparison is None else facts | _seen(one.comparison)


def _seen(seen: Comparison) -> dict[str, Any]:
    return {
        "score": None if seen.score is None else round(seen.score, 1),
        "sidesBefore": seen.sides_before,
        "sidesAfter": seen.sides_after,
        "places": [_place(place) for place in seen.places],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "box": place.box,
        "score": None if place.score is None else round(place.score, 1),
        "quality": place.quality,
        "before": _inline(place.before),
        "after": _inline(place.after),
    }


def _inline(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{b64encode(picture).decode()}"


def _as_json(value: object) -> str:
    """Return JSON for a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, separators=(",", ":"))
    for character, escaped in _IN_JSON.items():
        text = text.replace(character, escaped)
    return text
