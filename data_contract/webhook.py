"""Hands messages to a webhook that can neither hold nor change a run, whatever answers at its address."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from data_contract.audit import Act
from data_contract.engine.actions import Action

VARIABLE = "DATA_CONTRACT_WEBHOOK"
"""Of the environment: the webhook's address, which is a secret."""
PATIENCE = 15.0
"""Seconds that a run waits for messages that do not arrive, all of them together."""
_TRIES, _SECONDS, _PAUSE = 3, 5.0, 0.5
_BUSY = (429, 500, 502, 503, 504)


@dataclass(slots=True, kw_only=True)
class Webhook:
    """A webhook as one run knows it: it is given up once a message did not arrive."""

    address: str
    """A secret."""
    patience: float = PATIENCE
    """Seconds that are left for messages that do not arrive."""

    def send(self, message: str) -> Act:
        """Hand a message over, a few times if need be; how that ended. It never raises."""
        # NOTE: one run in many sends anything.
        import urllib3

        host = "webhook"
        if not self.address.startswith(("http://", "https://")):
            return _act(host, f"the address in {VARIABLE} is none")
        began = time.monotonic()
        try:
            host = urllib3.util.parse_url(self.address).host or host
            if self.patience <= 0:
                return _act(host, "not tried, as a message before it did not arrive")
            status = _within(self.patience, partial(_status, self.address, message.encode()))
        except Exception as error:  # noqa: BLE001  # whatever comes of it, what was decided stays decided
            self.patience = 0.0
            return _act(host, _reason(error))
        if 200 <= status < 300:
            return _act(host)
        # NOTE: one that refuses a message may well take the next one.
        self.patience = 0.0 if status in _BUSY else self.patience - (time.monotonic() - began)
        return _act(host, f"status {status}")


def _act(host: str, why_not: str | None = None) -> Act:
    return Act(action=Action.ALERT, target=host, is_done=why_not is None, detail=why_not)


def _within(seconds: float, work: Callable[[], int]) -> int:
    """What some work comes to, and raises. Raises `TimeoutError` where it takes longer, and leaves it behind."""
    found = Future[int]()

    def done() -> None:
        try:
            found.set_result(work())
        except Exception as error:  # noqa: BLE001  # it is raised where somebody waits for it
            found.set_exception(error)

    # NOTE: every byte that arrives makes a socket's time-out begin anew, and a search for a host's address has none: no
    # time-out bounds both. So nobody waits for the thread that does, and as a daemon it does not hold the process.
    threading.Thread(target=done, daemon=True).start()
    return found.result(seconds)


def _status(address: str, message: bytes, tries: int = _TRIES) -> int:
    """The status of the answer, of the last try where several are needed."""
    import urllib3

    try:
        status = _answered(address, message)
    except urllib3.exceptions.HTTPError:
        if tries == 1:
            raise
    else:
        if status not in _BUSY or tries == 1:
            return status
    time.sleep(_PAUSE)
    return _status(address, message, tries - 1)


def _answered(address: str, message: bytes) -> int:
    """The status of one answer."""
    import urllib3

    # NOTE: an address that answers with another one could have the message, and its own secret, sent anywhere; and the
    # retries of this library read bodies, which need not end.
    answer = urllib3.request(
        "POST",
        address,
        body=message,
        headers={"Content-Type": "application/json"},
        redirect=False,
        retries=False,
        preload_content=False,
        timeout=urllib3.Timeout(total=_SECONDS),
    )
    answer.close()
    return answer.status


def _reason(error: Exception) -> str:
    """What went wrong, in words without the address, which is a secret."""
    import urllib3

    match error:
        # NOTE: which is a kind of TimeoutError.
        case urllib3.exceptions.NewConnectionError():
            return "it cannot be reached"
        case TimeoutError() | urllib3.exceptions.TimeoutError():
            return "it did not answer in time"
        case urllib3.exceptions.SSLError():
            return "its certificate is not trusted"
        case urllib3.exceptions.LocationParseError() | urllib3.exceptions.LocationValueError() | ValueError():
            return f"the address in {VARIABLE} is none"
        case _:
            return "it cannot be reached"
