"""The figures of a simulation as a report to read in a terminal: tables, and charts made of blocks. Decides nothing.

Everything is drawn by rich, in colour on a terminal and plainly elsewhere, so that the same simulation gives the same text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Final

from rich import box
from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from chalicelib.domain.process import Process
from infra.simulate.cost import Cost, Line, queue_requests
from infra.simulate.figures import Figures, Load, Times
from infra.simulate.metered import Meter
from infra.simulate.play import Played

WIDTH: Final = 100
"""Of sentences, in characters. A table is as wide as what stands in it."""

WIDEST: Final = 200
CHART: Final = 24
NARROW: Final = 10
"""The width of a chart beside many numbers."""

LANG: Final = "en"


def report(played: Played, figures: Figures, cost: Cost, *, colour: bool) -> str:
    """The whole report."""
    written = io.StringIO()
    console = Console(file=written, width=WIDEST, force_terminal=colour, highlight=False)
    process = played.scene.process
    for part in (
        _heading(played, figures),
        _outcomes(process, figures),
        _open(figures),
        _times(process, figures),
        _promises(process, figures),
        _loads(process, figures),
        _mails(figures),
        _acts(figures),
        _asked(played.scene.stage.meter, played),
        _cost(cost),
    ):
        console.print(part, width=WIDTH if isinstance(part, str) else None)
        console.print()
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()).rstrip()


def _heading(played: Played, figures: Figures) -> str:
    wanted = played.wanted
    closed = sum(figures.closed.values())
    still = sum(figures.open_in.values())
    return (
        f"[bold]{_many(figures.ideas, 'idea')} in {_many(wanted.months, 'month')} from {wanted.start}[/], process version "
        f"{played.scene.process.version}, seed {wanted.seed}: {closed} closed, {figures.withdrawn} withdrawn, "
        f"{still} still open ({figures.stuck} stuck, {figures.without_next_date} without a next date).\n"
        f"[bold]{figures.broken} broken promises.[/]"
        + "".join(
            f"\n[bold red]{number} times an error:[/] {escape(error)}"
            for error, number in _falling(figures.faults)
        )
    )


def _table(title: str, *columns: str, chart: int = CHART) -> Table:
    """A table whose first column is words and whose others are numbers, but for a chart, which is headed by nothing."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        is_chart = number > 0 and not column
        table.add_column(
            column,
            justify="left" if number == 0 or is_chart else "right",
            no_wrap=True,
            min_width=chart if is_chart else None,
        )
    return table


def _bar(value: float, most: float, width: int = CHART) -> RenderableType:
    return Bar(max(most, 1e-9), 0, value, width=width)


def _outcomes(process: Process, figures: Figures) -> Table:
    table = _table("Cases by outcome", "", "cases", "share", "")
    names = {code.key: code.label.in_(LANG) for code in process.closing_codes}
    rows = [
        (f"closed: {names.get(code, code)}", number) for code, number in _falling(figures.closed)
    ]
    if figures.withdrawn:
        rows.append(("withdrawn", figures.withdrawn))
    rows += [
        (f"open in {_step(process, step)}", number) for step, number in _falling(figures.open_in)
    ]
    most = max((number for _, number in rows), default=0)
    for name, number in rows:
        share = number / max(figures.ideas, 1)
        table.add_row(name, str(number), f"{share:.0%}", _bar(number, most))
    return table


def _open(figures: Figures) -> Table:
    table = _table("Open cases, month by month", "at the end of", "open", "")
    most = max((number for _, number in figures.open_by_month), default=0)
    for day, number in figures.open_by_month:
        table.add_row(day.isoformat(), str(number), _bar(number, most))
    return table


def _times(process: Process, figures: Figures) -> Table:
    table = _table(
        "How long it takes, in calendar days (those who still wait count as waiting)",
        *("", "median", "90th percentile", "happened", "of"),
    )
    for name, found in (
        ("first feedback, after the receipt", figures.feedback),
        ("decision", figures.decision),
    ):
        table.add_row(name, *_quantiles(found), str(found.happened), str(found.of))
    decided_in = " or ".join(_step(process, step) for step in figures.decided_in)
    leaves = f"leaves {decided_in}, or is closed before" if decided_in else "is closed"
    table.caption = f"Decided: a case {leaves}."
    table.caption_justify = "left"
    return table


def _quantiles(found: Times) -> list[str]:
    """Both in days; the time was too short for one that so few have come to."""
    both = (found.median, found.ninetieth)
    return ["not reached" if days is None else f"{days:.1f}" for days in both]


def _promises(process: Process, figures: Figures) -> Table:
    table = _table(
        "Promises",
        *("step", "visits", "late", "share", "days late", "interim", "silent", ""),
        chart=NARROW,
    )
    most = max((promise.broken + promise.silences for promise in figures.promises), default=0)
    for promise in figures.promises:
        table.add_row(
            _step(process, promise.step),
            str(promise.visits),
            str(promise.broken),
            f"{promise.broken / promise.visits:.0%}" if promise.visits else "",
            "" if promise.late is None else f"{promise.late:g}",
            str(promise.interims),
            str(promise.silences),
            _bar(promise.broken + promise.silences, most, NARROW),
        )
    return table


def _loads(process: Process, figures: Figures) -> Table:
    table = _table(
        "Load of each one who is asked",
        *("who", "asked", "answered", "passed on", "after, days", "a week", "busiest", ""),
        chart=NARROW,
    )
    most = max((load.a_week for load in figures.loads), default=0)
    for load in _asked_at_all(figures.loads):
        table.add_row(
            load.person,
            str(load.asked),
            str(load.answered),
            str(load.passed_on),
            "" if load.days_to_answer is None else f"{load.days_to_answer:.1f}",
            f"{load.a_week:.1f}",
            str(load.busiest),
            _bar(load.a_week, most, NARROW),
        )
    return table


def _asked_at_all(loads: Iterable[Load]) -> list[Load]:
    return [load for load in loads if load.asked]


def _mails(figures: Figures) -> Table:
    table = _table("Mails", "kind", "in all", "arrived", "returned", "not sent", "an idea", "")
    most = max((mails.in_all for mails in figures.mails), default=0)
    for mails in figures.mails:
        table.add_row(
            mails.kind,
            str(mails.in_all),
            str(mails.arrived),
            str(mails.returned),
            str(mails.not_sent),
            f"{mails.in_all / max(figures.ideas, 1):.1f}",
            _bar(mails.in_all, most),
        )
    total = sum(mails.in_all for mails in figures.mails)
    table.add_section()
    table.add_row("all", str(total), "", "", "", f"{total / max(figures.ideas, 1):.1f}", "")
    return table


def _acts(figures: Figures) -> Table:
    table = _table("What people did", "", "times", "")
    most = max(figures.acts.values(), default=0)
    for name, number in _falling(figures.acts):
        table.add_row(name, _whole(number), _bar(number, most))
    return table


def _asked(meter: Meter, played: Played) -> Table:
    table = _table(
        "Asked of AWS, by function (an idea in the last row)",
        *(
            "function",
            "runs",
            "messages",
            "calls",
            "write units",
            "of them in indexes",
            "read units",
        ),
    )
    for function, asked in sorted(meter.by_function.items()):
        table.add_row(
            function,
            _whole(asked.runs),
            _whole(meter.messages[function]) if function in meter.messages else "",
            _whole(asked.calls),
            _whole(asked.write_units + asked.index_units),
            _whole(asked.index_units),
            _whole(asked.read_units),
        )
    total = meter.in_all()
    ideas = max(played.wanted.ideas, 1)
    table.add_section()
    table.add_row(
        "an idea",
        f"{total.runs / ideas:.1f}",
        f"{meter.messages.total() / ideas:.1f}",
        f"{total.calls / ideas:.1f}",
        f"{(total.write_units + total.index_units) / ideas:.1f}",
        f"{total.index_units / ideas:.1f}",
        f"{total.read_units / ideas:.1f}",
    )
    kept = played.scene.stage.store.bytes_kept
    table.caption = (
        f"{_whole(meter.messages.total())} queue messages, {_whole(queue_requests(meter))} queue requests; "
        f"{played.scene.clockwork.sweeps} minutes in which the sweep found something; "
        f"{kept / 1e6:.1f} MB of rows at the end."
    )
    table.caption_justify = "left"
    return table


def _cost(cost: Cost) -> Table:
    table = _table("Cost in US dollars", "", "amount", "for 1,000 ideas", "")
    most = max((line.usd for line in cost.for_ideas), default=0)
    per = 1000 / max(cost.ideas, 1)
    for line in cost.for_ideas:
        table.add_row(
            line.what, _amount(line.amount * per), _usd(line.usd * per), _bar(line.usd, most)
        )
    table.add_section()
    table.add_row("1,000 ideas", "", _usd(cost.a_thousand_ideas), "")
    table.add_section()
    for line in cost.a_month:
        table.add_row(line.what, _amount(line.amount), _usd(line.usd), "")
    table.add_row("A month without any idea", "", _usd(_sum(cost.a_month)), "")
    table.caption = (
        f"List prices without free tiers, {cost.date}: {cost.region}. Their sources, and what is assumed, stand in "
        "infra/simulate/prices.toml."
    )
    table.caption_justify = "left"
    return table


def _sum(lines: Iterable[Line]) -> float:
    return sum(line.usd for line in lines)


def _usd(usd: float) -> str:
    return f"{usd:.3f}"


def _amount(amount: float) -> str:
    return _whole(amount) if amount >= 10 else f"{amount:.2f}"


def _whole(number: float) -> str:
    return f"{round(number):,}"


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _falling(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _step(process: Process, key: str) -> str:
    return process.step(key).name.in_(LANG)
