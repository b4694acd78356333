"""The report of what would change, as one page to read and pass on: it needs nothing from anywhere else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from gateway.cli.what_if.terminal import headline, remarks
from gateway.domain.decision import Effect
from gateway.history.tally import Counted, Tally

EFFECTS = (Effect.RELEASE, Effect.HOLD, Effect.REFUSE)
_WIDTH, _HEIGHT, _GAP, _POST = 760, 300, 16, 18
_LEFT, _RIGHT = 150, _WIDTH - 150
_THINNEST = 2.0
"""Pixels of the thinnest ribbon: one declaration of a hundred thousand is seen, too."""
_DAYS_HEIGHT = 120
_NAMED = 3
"""Decisions that are named beside each rule."""

_STYLE = """
:root { --ink: #1d2733; --soft: #5c6b7a; --line: #dfe5ea; --paper: #fff; --back: #f4f6f8;
  --release: #2f8f5b; --hold: #d99a1c; --refuse: #c4423b; --none: #8a98a6; --same: #cfd8df; --blue: #2e6da4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecf1; --soft: #9fb0bf; --line: #33414e; --paper: #1b242c;
  --back: #131a20; --release: #58b984; --hold: #e8b34a; --refuse: #e4736c; --same: #3b4955; --blue: #6aa5d8; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 0 0 .75rem }
p { margin: .25rem 0 } .soft { color: var(--soft) } code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere } code.id { font-size: .8em; white-space: nowrap }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin-top: 1.25rem; overflow-x: auto }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin-top: 1.25rem }
.figures div { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem }
.figures b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; color: var(--soft) } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.bar { position: relative; height: .9rem; min-width: 8rem; background: var(--back); border-radius: 3px; overflow: hidden }
.bar i { position: absolute; inset: 0 auto 0 0; background: var(--blue); opacity: .45 } .bar i.flips { background: var(--refuse); opacity: 1 }
.release { color: var(--release) } .hold { color: var(--hold) } .refuse { color: var(--refuse) }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--ink); font-size: 13px } svg .soft { fill: var(--soft) }
"""


def page(about: Mapping[str, Any], tally: Tally, titles: Mapping[str, str]) -> str:
    """Write the page; `titles` name the findings by their codes."""
    parts = [
        _head(about, tally),
        _figures(tally),
        _section("From what was decided to what it would be", _flows(tally)) if tally.effects else "",
        _section("By rule", _rules(tally, titles)) if tally.rules else "",
        _section("By day of the decision", _days(tally)) if any(s.changed for s in tally.days.values()) else "",
        _section("By direction and authority", _shares(tally)) if tally.decisions else "",
        _section("To know beside it", _list(remarks(tally))) if remarks(tally) else "",
    ]
    title = escape(_TITLES[about["question"]])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


_TITLES = {
    "replay": "Past decisions, made again",
    "what_if": "What other rules would have decided",
    "shadow": "What the shadow rules would have decided",
}


def _head(about: Mapping[str, Any], tally: Tally) -> str:
    span = f"Decisions since {about['since']}" + (f" until {about['until']}" if about["until"] else "")
    rules = [span]
    if about["rules"]:
        rules.append(f"tables of {about['rules']}")
    if about["tables"]:
        rules.append(f"version {about['tables']['version']}, {about['tables']['digest']}")
    if about["rule_set"]:
        rules.append(f"rule set {about['rule_set']}")
    return (
        f"<h1>{escape(_TITLES[about['question']])}</h1>\n<p>{escape(headline(about, tally))}</p>\n"
        f'<p class="soft">{escape("; ".join(rules))}. Nothing was stored.</p>\n'
    )


def _figures(tally: Tally) -> str:
    flipped = sum(one.count for (before, after), one in tally.effects.items() if before is not after)
    figures = (
        (tally.decisions, "decisions"),
        (tally.same, "the same"),
        (tally.changed.count, "changed"),
        (flipped, "with another effect"),
        (tally.decisions - tally.remade, "not made again"),
    )
    cells = "".join(f'<div><b>{count:,}</b><span class="soft">{escape(what)}</span></div>' for count, what in figures)
    return f'<div class="figures">{cells}</div>\n'


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>\n"


def _flows(tally: Tally) -> str:
    """Draw two posts of effects with ribbons between them, as wide as there are decisions."""
    flows = {step: one for step, one in tally.effects.items() if one.count}
    whole = sum(one.count for one in flows.values())
    room = _HEIGHT - _GAP * (len(EFFECTS) - 1)
    width = {step: max(_THINNEST, room * one.count / whole) for step, one in flows.items()}
    ordered = [(before, after) for before in EFFECTS for after in EFFECTS if (before, after) in flows]
    left = _stacked(ordered, width, side=0)
    right = _stacked(sorted(ordered, key=lambda step: (EFFECTS.index(step[1]), EFFECTS.index(step[0]))), width, side=1)
    ribbons = "".join(_ribbon(step, flows[step], left[step], right[step], width[step]) for step in ordered)
    posts = "".join(
        _post(effect, side, [step for step in ordered if step[side] is effect], (left, right)[side], width, flows)
        for side in (0, 1)
        for effect in EFFECTS
    )
    height = max(_bottom(left, width), _bottom(right, width)) + 4
    label = "; ".join(f"{flows[s].count:,} from {s[0]} to {s[1]}" for s in ordered)
    return f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" role="img" aria-label="{escape(label)}">{ribbons}{posts}</svg>'


Step = tuple[Effect, Effect]


def _stacked(steps: Sequence[Step], width: Mapping[Step, float], *, side: int) -> dict[Step, float]:
    places, at, last = {}, 2.0, None
    for step in steps:
        if last is not None and step[side] is not last:
            at += _GAP
        places[step], last = at, step[side]
        at += width[step]
    return places


def _bottom(places: Mapping[Step, float], width: Mapping[Step, float]) -> float:
    return max(at + width[step] for step, at in places.items())


def _ribbon(step: Step, counted: Counted, left: float, right: float, width: float) -> str:
    before, after = step
    colour, opacity = ("var(--same)", 0.6) if before is after else (f"var(--{after})", 0.75)
    start, end, middle = _LEFT + _POST, _RIGHT - _POST, _WIDTH / 2
    path = (
        f"M{start} {left:.1f}C{middle} {left:.1f} {middle} {right:.1f} {end} {right:.1f}"
        f"V{right + width:.1f}C{middle} {right + width:.1f} {middle} {left + width:.1f} {start} {left + width:.1f}Z"
    )
    return f'<path d="{path}" fill="{colour}" opacity="{opacity}"><title>{counted.count:,} from {before} to {after}</title></path>'


def _post(
    effect: Effect,
    side: int,
    steps: Sequence[Step],
    places: Mapping[Step, float],
    width: Mapping[Step, float],
    flows: Mapping[Step, Counted],
) -> str:
    if not steps:
        return ""
    top = min(places[step] for step in steps)
    bottom = max(places[step] + width[step] for step in steps)
    x, anchor, text_x = ((_LEFT, "end", _LEFT - 10), (_RIGHT - _POST, "start", _RIGHT + 10))[side]
    label = f"{effect} {sum(flows[step].count for step in steps):,}"
    return (
        f'<rect x="{x}" y="{top:.1f}" width="{_POST}" height="{bottom - top:.1f}" rx="2" fill="var(--{effect})"/>'
        f'<text x="{text_x}" y="{(top + bottom) / 2 + 4:.1f}" text-anchor="{anchor}">{label}</text>'
    )


def _rules(tally: Tally, titles: Mapping[str, str]) -> str:
    most = max(rule.decisions.count for rule in tally.rules.values())
    rows = []
    for code, rule in tally.by_weight():
        steps = sorted(rule.findings.items(), key=lambda one: (-one[1], one[0]))
        changes = "<br>".join(f"{count:,} &times; {_weight(was)} &rarr; {_weight(now)}" for (was, now), count in steps)
        all_of_it, flips = (100 * count / most for count in (rule.decisions.count, rule.flips.count))
        bar = f'<div class="bar"><i style="width:{all_of_it:.1f}%"></i><i class="flips" style="width:{flips:.1f}%"></i></div>'
        examples = rule.flips.examples or rule.decisions.examples
        rows.append(
            (
                f'<code>{escape(code)}</code><br><span class="soft">{escape(titles.get(code, ""))}</span>',
                changes, f"{rule.decisions.count:,}", f"{rule.flips.count:,}", bar,
                "<br>".join(f'<code class="id">{escape(one)}</code>' for one in examples[:_NAMED]),
            )
        )  # fmt: skip
    head = ("finding", "findings, was and would be", "decisions", "effect changed", "", "for example")
    note = '<p class="soft">The bar: decisions in which something about the finding changes; its dark part, those whose effect it carries.</p>'
    return _table(head, rows, numbers={2, 3}) + note


def _weight(wording: str) -> str:
    if not wording:
        return '<span class="soft">not said</span>'
    return f'<span class="{escape(wording.split(",")[0].split()[-1])}">{escape(wording)}</span>'


def _days(tally: Tally) -> str:
    days = sorted(tally.days.items())
    most = max(share.changed for _, share in days)
    width = min(24.0, (_WIDTH - 20) / len(days))
    columns = []
    for index, (day, share) in enumerate(days):
        x = 10 + index * width
        for count, colour, opacity in ((share.changed, "blue", 0.45), (share.flipped, "refuse", 1)):
            height = _DAYS_HEIGHT * count / most
            columns.append(
                f'<rect x="{x:.1f}" y="{_DAYS_HEIGHT - height:.1f}" width="{max(1.0, width - 2):.1f}" height="{height:.1f}" '
                f'fill="var(--{colour})" opacity="{opacity}"><title>{day}: {share.changed:,} of {share.decisions:,} changed, '
                f"{share.flipped:,} in effect</title></rect>"
            )
    ends = f'<text class="soft" x="10" y="{_DAYS_HEIGHT + 18}">{days[0][0]}</text>'
    if len(days) > 1:
        x = max(10 + len(days) * width, 220)
        ends += f'<text class="soft" x="{x:.0f}" y="{_DAYS_HEIGHT + 18}" text-anchor="end">{days[-1][0]}</text>'
    return f'<svg viewBox="0 0 {_WIDTH} {_DAYS_HEIGHT + 26}" width="{_WIDTH}" role="img" aria-label="Changed decisions by day">{"".join(columns)}{ends}</svg>'


def _shares(tally: Tally) -> str:
    rows = [
        (escape(f"{title} {name}"), f"{share.decisions:,}", f"{share.changed:,}", f"{share.flipped:,}")
        for title, shares in (("direction", tally.directions), ("authority", tally.authorities))
        for name, share in sorted(shares.items())
    ]
    return _table(("of", "decisions", "changed", "effect changed"), rows, numbers={1, 2, 3})


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: set[int]) -> str:
    def cells(tag: str, row: Sequence[str]) -> Iterator[str]:
        for index, cell in enumerate(row):
            kind = ' class="n"' if index in numbers else ""
            yield f"<{tag}{kind}>{cell}</{tag}>"

    body = "".join(f"<tr>{''.join(cells('td', row))}</tr>" for row in rows)
    return f"<table><thead><tr>{''.join(cells('th', head))}</tr></thead><tbody>{body}</tbody></table>"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
