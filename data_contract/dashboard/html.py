"""The state as one page that needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from data_contract.dashboard import charts, words
from data_contract.dashboard.charts import CLASSES
from data_contract.dashboard.history import DecisionTaken, FailedAct, Frequent
from data_contract.dashboard.markup import Markup, joined, tag
from data_contract.dashboard.state import DatasetHealth, FeatureHealth, ServiceLevel, State
from data_contract.dashboard.style import STYLE
from data_contract.dashboard.trend import DayRisk
from data_contract.model import FindingOutcome, Unsaid, Verdict
from data_contract.reports.words import shown_risk, time_of
from data_contract.version import __version__

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MOST_BROKEN = 12

Cell = tuple[str, str | None]
"""What stands in a cell of a table, and its class."""


def render(state: State) -> str:
    """The page."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{_headline(state)} · {state.as_of:%Y-%m-%d}"),
        tag("style", Markup(STYLE)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *_main(state))), lang='en')}\n"


def _main(state: State) -> Iterator[Markup]:
    yield tag("p", f"{words.told(state)} · as of {time_of(state.as_of)}", class_="kicker")
    yield tag("h1", _headline(state))
    yield from (tag("p", *said, class_="note") for said in words.beside(state))
    yield _numbers(state)
    if len(state.datasets) > 1 and state.days:
        title = "largest risk over all datasets by day"
        yield tag("div", charts.risk(title, state.trend, None), charts.scale(state.days), class_="plot overall")
    yield tag("h2", "Datasets")
    yield _legend()
    yield from (_dataset(each, state) for each in state.datasets)
    if state.services:
        yield tag("h2", "Service levels")
        rows = (_service(each, state) for each in state.services)
        yield tag("div", *rows, _budgets(state), class_="card")
    if state.frequent:
        yield tag("h2", "Broken most often")
        yield tag("div", *(_frequent(each) for each in state.frequent[:_MOST_BROKEN]), class_="card")
    yield tag("h2", "Decisions")
    yield tag("div", _decisions(state.decisions), class_="card")
    if state.failed:
        yield tag("h2", "Not done")
        yield tag("div", _failed(state.failed), class_="card")
    yield tag("footer", f"Drawn by data-contract {__version__} from audit logs alone. `audit verify` proves them.")


def _headline(state: State) -> str:
    """How it stands, in a sentence."""
    if state.decisions and state.decisions[0].exit_code == 2:
        return "The last run could not decide"
    if not state.datasets:
        return "No dataset was judged"
    troubled = [each for each in state.datasets if each.verdict is not Verdict.ALLOW]
    blocked = sum(each.verdict is Verdict.BLOCK_AND_ROLLBACK for each in troubled)
    if not troubled:
        return "Every dataset is allowed"
    of = f"of {len(state.datasets):,} datasets" if len(state.datasets) > 1 else "dataset"
    if blocked:
        return f"{blocked:,} {of} {'is' if blocked == 1 else 'are'} blocked"
    return f"{len(troubled):,} {of} {'raises' if len(troubled) == 1 else 'raise'} an alert"


def _numbers(state: State) -> Markup:
    told = [
        (words.SHORT[verdict], f"{times:,}", CLASSES[verdict] if times else None) for verdict, times in state.verdicts
    ]
    if state.undecided:
        told.append(("could not decide", f"{state.undecided:,}", "block"))
    if state.services:
        spent = sum(each.whole.is_exhausted for each in state.services)
        told.append((f"of {len(state.services):,} budgets exhausted", f"{spent:,}", "block" if spent else None))
    if service := state.next_exhausted:
        said = joined("until ", _name(service), " exhausts its budget")
        told.append((said, words.lasting(service.seconds_left or 0.0), "alert"))
    parts = (
        tag("div", tag("dt", name), tag("dd", number, class_=f"tone {of or ''}".strip())) for name, number, of in told
    )
    return tag("dl", *parts, class_="numbers")


def _name(service: ServiceLevel) -> Unsaid:
    return Unsaid(f"{service.dataset}.{service.sla.feature}")


def _legend() -> Markup:
    keys = (("allow", "allowed"), ("alert", "alert"), ("block square", "blocked, or broken"), ("kept", "kept"))
    marks = (tag("span", tag("i", class_=of), said) for of, said in keys)
    return tag(
        "div", *marks, tag("span", tag("i", class_="mean"), "mean of 7 days"), class_="legend", aria_hidden="true"
    )


def _dataset(health: DatasetHealth, state: State) -> Markup:
    name, short = Unsaid(health.name), words.SHORT[health.verdict]
    head = tag(
        "div",
        tag("h3", name),
        tag("span", short, class_="verdict"),
        tag("span", "risk ", tag("span", shown_risk(health.risk), class_="tone"), class_="number"),
        class_=f"head {CLASSES[health.verdict]}",
    )
    return tag("article", head, tag("p", *_facts(health), class_="facts"), *_charts(health, state), class_="card")


def _facts(health: DatasetHealth) -> Iterator[str]:
    yield Unsaid(health.path) if health.path else "no file"
    yield "" if health.rows is None else f" · {health.rows:,} rows"
    yield f" · judged {words.minute(health.at)}, {health.judged:,} times in all"
    if blocked := health.blocked:
        yield f" · last blocked {blocked.at:%Y-%m-%d}"
        yield from (": ", *words.named(blocked.broken)) if blocked.broken else ()
    else:
        yield " · never blocked"


def _charts(health: DatasetHealth, state: State) -> Iterator[Markup]:
    if not state.days:
        return
    rows = [tag("span", "risk", class_="label soft"), _risk(health)]
    for feature in health.features:
        is_bad = feature.outcome in (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED)
        tone = f"label tone{' block' if is_bad else ''}"
        rows += [tag("span", Unsaid(feature.name), class_=tone), charts.health(_of(feature), feature.days)]
    yield tag("div", *rows, charts.scale(state.days), class_="chart")
    numbers: list[Cell] = [("risk", "end"), ("mean of 7 days", "end"), ("files", "end")]
    heads: list[Cell] = [("day", None), ("decision", None), *numbers, ("broken", None)]
    judged = [(index, day) for index, day in enumerate(health.trend) if day.judged]
    yield _folded("As a table", heads, (_day(day, _broken(health, index)) for index, day in reversed(judged)))


def _broken(health: DatasetHealth, index: int) -> str:
    """The features that broke a promise on a day."""
    return ", ".join(each.name for each in health.features if each.days[index] is FindingOutcome.VIOLATED)


def _risk(health: DatasetHealth) -> Markup:
    risks = [day.risk for day in health.trend if day.risk is not None]
    blocks = sum(day.verdict is Verdict.BLOCK_AND_ROLLBACK for day in health.trend)
    most = shown_risk(max(risks, default=0.0))
    title = f"risk of {health.name} by day: {most} at most, blocked on {blocks:,} of {len(risks):,} days"
    limits = health.thresholds
    labels = ((limits.block, "block"), (limits.alert, "alert")) if limits else ()
    marks = (
        tag("span", f"{said} {limit:g}", class_="limit", style=f"top:{100 * (1 - limit):.4g}%", aria_hidden="true")
        for limit, said in labels
    )
    return tag("div", charts.risk(Unsaid(title), health.trend, limits), *marks, class_="plot")


def _of(feature: FeatureHealth) -> Unsaid:
    counts = {outcome: feature.days.count(outcome) for outcome in FindingOutcome if outcome in feature.days}
    told = ", ".join(f"{outcome} on {times:,} days" for outcome, times in counts.items())
    return Unsaid(f"{feature.name}: {told}; last {feature.outcome}")


def _day(day: DayRisk, broken: str) -> list[Cell]:
    return [
        (day.day.isoformat(), "date"),
        (words.SHORT[day.verdict] if day.verdict else "–", f"verdict {CLASSES[day.verdict]}" if day.verdict else None),
        ("–" if day.risk is None else shown_risk(day.risk), "end"),
        ("–" if day.mean is None else f"{day.mean:.2f}", "end"),
        (f"{day.judged:,}", "end"),
        (Unsaid(broken), None),
    ]


def _service(service: ServiceLevel, state: State) -> Markup:
    budget, sla = service.whole, service.sla
    tone = "block" if budget.is_exhausted else "alert" if service.seconds_left is not None else ""
    title = f"error budget of {sla.feature} left by day: {words.left(budget)} now"
    about = tag(
        "div",
        tag("h3", Unsaid(sla.feature)),
        tag("p", Unsaid(service.dataset), class_="soft small"),
        tag("p", words.promised(sla), class_="soft small"),
    )
    end = tag(
        "div",
        tag("p", words.left(budget), class_="number tone"),
        tag("p", words.forecast(service), class_="small tone"),
        tag("p", words.spent(budget), class_="soft small"),
        tag(
            "p",
            f"burn rate {words.rate(budget.burn_rate)}, lately {words.rate(service.recent.burn_rate)}",
            class_="soft small",
        ),
        class_=f"end {tone}",
    )
    plot = tag("div", charts.budget(Unsaid(title), service.days), charts.scale(state.days), class_="plot")
    return tag("section", about, plot if state.days else "", end, class_="service")


def _budgets(state: State) -> Markup:
    """What was left of each budget, day by day."""
    heads: list[Cell] = [("day", None), *((_name(each), "end") for each in state.services)]
    days = list(zip(state.days, *(each.days for each in state.services), strict=True))
    rows: Iterator[list[Cell]] = (
        [(day.isoformat(), "date"), *(("–" if left is None else f"{left:.0%}", "end") for _, left in told)]
        for day, *told in reversed(days)
    )
    return _folded("As a table", heads, rows)


def _frequent(each: Frequent) -> Markup:
    about = (" ", Unsaid(each.feature)) if each.feature else ()
    title = f"{each.check}: broken in {each.times:,} of {each.judged:,} judgements"
    waived = f", {each.waived:,} waived" if each.waived else ""
    return tag(
        "div",
        tag(
            "span", tag("strong", Unsaid(each.check)), *about, tag("span", " in ", Unsaid(each.dataset), class_="soft")
        ),
        charts.bar(Unsaid(title), each.times / each.judged),
        tag("span", f"{each.times:,} of {each.judged:,}{waived}", class_="end"),
        class_="frequent",
    )


def _decisions(decisions: Iterable[DecisionTaken]) -> Markup:
    heads: list[Cell] = [("at", None), ("decision", None), ("risk", "optional"), ("datasets", None), ("why", None)]
    heads += [("by", "optional"), ("entry", "optional")]
    return _table(heads, map(_decision, decisions))


def _decision(each: DecisionTaken) -> list[Cell]:
    is_undecided = each.exit_code == 2
    said = "undecided" if is_undecided else words.SHORT[each.verdict]
    tone = CLASSES[Verdict.BLOCK_AND_ROLLBACK if is_undecided else each.verdict]
    why = (
        () if each.verdict is Verdict.ALLOW and each.datasets else words.named(each.broken) or (Unsaid(each.why or ""),)
    )
    request = f" #{each.pull_request}" if each.pull_request is not None else ""
    return [
        (words.minute(each.at), "date"),
        (said, f"verdict {tone}"),
        ("–" if is_undecided else shown_risk(each.risk), "optional fixed"),
        (Unsaid(", ".join(each.datasets)), None),
        (joined(*why), None),
        (joined(Unsaid(each.actor or ""), request), "optional"),
        (each.id, "optional fixed soft"),
    ]


def _failed(acts: Iterable[FailedAct]) -> Markup:
    rows = (
        [
            (words.minute(act.at), "date"),
            (Unsaid(act.action), "verdict block"),
            (Unsaid(act.target), None),
            (Unsaid(act.detail or ""), "soft"),
        ]
        for act in acts
    )
    return _table([("at", None), ("act", None), ("target", None), ("why not", None)], rows)


def _folded(title: str, heads: Iterable[Cell], rows: Iterable[list[Cell]]) -> Markup:
    return tag("details", tag("summary", title), _table(heads, rows))


def _table(heads: Iterable[Cell], rows: Iterable[list[Cell]]) -> Markup:
    head = tag("tr", *(tag("th", said, scope="col", class_=class_) for said, class_ in heads))
    body = (tag("tr", *(tag("td", said, class_=class_) for said, class_ in row)) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="wide")
