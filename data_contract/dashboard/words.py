"""The words that the terminal and the page share; what the log says goes into them unescaped, as `Unsaid`."""

from __future__ import annotations

from datetime import datetime

from data_contract.dashboard.history import Broken
from data_contract.dashboard.sla import Budget, window_of
from data_contract.dashboard.state import ServiceLevel, State
from data_contract.model import Sla, Unsaid, Verdict, Words
from data_contract.promise import percent

SHORT = {
    Verdict.ALLOW: "allow",
    Verdict.ALLOW_WITH_ALERT: "alert",
    Verdict.BLOCK_AND_ROLLBACK: "block",
}
"""The decisions in the words of a policy."""

_DAY = 86_400
_SHOWN = 2


def minute(moment: datetime) -> str:
    """A time in UTC to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M")


def named(broken: tuple[Broken, ...]) -> Words:
    """The first promises that are not kept: `not-null country_code, range age and 3 more`."""
    said: Words = ()
    for number, each in enumerate(broken[:_SHOWN]):
        said += (", " if number else "", Unsaid(each.check), *((" ", Unsaid(each.feature)) if each.feature else ()))
    more = len(broken) - _SHOWN
    return (*said, f" and {more:,} more") if more > 0 else said


def promised(sla: Sla) -> str:
    """What a service level counts, and how much of it has to be good."""
    rates = (("null rate", sla.null_rate), ("invalid rate", sla.invalid_rate))
    bounds = [f"{name} ≤ {percent(rate)}" for name, rate in rates if rate is not None]
    return f"{percent(sla.target)} with {' and '.join(bounds) or 'every promise kept'} over {window_of(sla)}"


def left(budget: Budget) -> str:
    """What is left of a budget."""
    if budget.left is None:
        return "no events"
    return f"{share(budget.left)} left" if budget.left >= 0 else f"{share(-budget.left)} over"


def share(number: float) -> str:
    """A share as a whole percentage that never says 0 % of something, or 100 % of less."""
    per_cent = round(number * 100)
    if 0 < number < 0.005:
        return "< 1 %"
    if 0.995 <= number < 1:
        return "99 %"
    return f"{per_cent:,} %"


def rate(number: float | None) -> str:
    """A burn rate."""
    return "–" if number is None else f"{number:.1f}"


def spent(budget: Budget) -> str:
    """The events that count: `11 of 30 bad, 3 may be`."""
    unknown = f" ({budget.not_evaluated:,} not evaluated)" if budget.not_evaluated else ""
    return f"{budget.bad:,} of {budget.events:,} bad{unknown}, {budget.allowed:,.4g} may be"


def forecast(service: ServiceLevel) -> str:
    """When nothing will be left."""
    if service.whole.left is None:
        return "nothing judged in the window"
    if service.whole.is_exhausted:
        return "exhausted"
    if service.seconds_left is None:
        return "steady" if service.recent.events else "nothing judged lately"
    return f"exhausted in {lasting(service.seconds_left)}"


def lasting(seconds: float) -> str:
    """A length of time the way people say it."""
    days = seconds / _DAY
    return f"{days:,.0f} days" if days >= 2 else f"{days * 24:,.0f} hours"


def told(state: State) -> str:
    """What the state is about."""
    runs = "1 run" if state.entries == 1 else f"{state.entries:,} runs"
    datasets = "1 dataset" if len(state.datasets) == 1 else f"{len(state.datasets):,} datasets"
    period = f"{state.first:%Y-%m-%d} to {state.as_of:%Y-%m-%d}" if state.first else "none in that time"
    return f"{datasets} · {runs} · {period}"


def beside(state: State) -> tuple[Words, ...]:
    """What has to be said of the logs themselves."""
    torn = tuple(
        ("skipped the torn last line ", Unsaid(f"{each.path}:{each.line}"), ": its writer was interrupted")
        for each in state.torn
    )
    more = "1 entry was" if state.repeated == 1 else f"{state.repeated:,} entries were"
    repeated: tuple[Words, ...] = ((f"{more} there more than once, and counted once",),) if state.repeated else ()
    return (*torn, *repeated)
