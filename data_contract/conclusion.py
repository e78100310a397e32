"""What a run comes to, whoever ran it: its decisions as one outcome, or one that nobody may rely on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from data_contract.engine import decision
from data_contract.errors import DataContractError, DataError, Rejected, Span
from data_contract.model import DatasetOutcome, Decision, Outcome, Reason, Verdict, plain
from data_contract.policy import Policy
from data_contract.version import __version__


def outcome_of(
    datasets: Sequence[DatasetOutcome], policy: Policy, as_of: datetime, notes: Sequence[Reason] = ()
) -> Outcome:
    """What a run comes to; `notes` are what its rules say of the run as a whole."""
    decided = decision.worst(datasets, notes, policy.rules.ci.fail_on)
    waivers = (f.waived_by for dataset in datasets for f in dataset.findings if f.waived_by)
    errors = (
        DataError(plain(why.message), at=Span(why.path, 1) if why.path else None)
        for why in decided.reasons
        if why.is_error
    )
    return Outcome(
        tool_version=__version__,
        as_of=as_of,
        policy_path=policy.path,
        policy_is_trusted=policy.is_trusted,
        decision=decided,
        exit_code=2 if decided.is_undecided else int(decided.fails),
        datasets=tuple(datasets),
        waivers=tuple(dict.fromkeys(waivers)),
        errors=tuple(errors),
    )


def undecided(error: DataContractError, as_of: datetime) -> Outcome:
    """What a run comes to that had nothing to judge by: the worst decision, and exit status 2."""
    errors = error.mistakes if isinstance(error, Rejected) else (error,)
    return Outcome(
        tool_version=__version__,
        as_of=as_of,
        policy_path=None,
        policy_is_trusted=False,
        decision=Decision(
            verdict=Verdict.BLOCK_AND_ROLLBACK, risk=0.0, reasons=(), counterfactual=None, fails=True, is_undecided=True
        ),
        exit_code=2,
        datasets=(),
        waivers=(),
        errors=errors,
    )


def unproven(outcome: Outcome, errors: Sequence[DataContractError]) -> Outcome:
    """An outcome that could not be written down, or acted upon: whatever was found, nobody may rely on it."""
    worst = replace(outcome.decision, verdict=Verdict.BLOCK_AND_ROLLBACK, fails=True, is_undecided=True)
    return replace(outcome, decision=worst, exit_code=2, errors=(*outcome.errors, *errors))
