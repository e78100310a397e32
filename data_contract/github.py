"""A step of a GitHub workflow: its inputs, the event and the checkout, turned into what `data-contract check` is asked.

The one module that knows the runner's variables and events. It is given them, and reads nothing itself.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_contract.errors import DataContractError, GitError, UsageError, gathered

if TYPE_CHECKING:
    from data_contract.git import Repository
    from data_contract.model import Circumstances

INPUTS = (
    *("policy", "contracts", "paths", "base", "head", "scope", "fail-on", "annotations"),
    *("sarif-file", "report-file", "formats", "audit", "attestation", "cache", "working-directory"),
)
"""The inputs of `action.yml`."""
OUTPUTS = ("decision", "risk", "introduced", "findings", "files", "sarif-file", "report-file", "policy-trusted")
"""The outputs of `action.yml`."""
COULD_LOOSEN = ("policy", "contracts", "paths", "base", "head", "scope", "cache", "working-directory")
"""The inputs by which a workflow could have less judged, or judged more mildly, than the policy wants."""
VARIABLES = (
    *("GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_PROTECTED"),
    *("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_ACTOR", "GITHUB_RUN_ID"),
)
"""The variables of the runner that matter; none of them is a secret."""

_NO_COMMIT = "0" * 40
_COMMIT = re.compile("[0-9a-f]{40}")
_REQUEST = re.compile(r"refs/pull/(\d{1,18})/(?:merge|head)")
_SERVER = re.compile(r"https?://[\w.:-]+")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_REPORTS = ("text", "json", "markdown", "sarif", "junit", "gitlab")
_SWITCH = {"on": True, "true": True, "off": False, "false": False}

Event = Mapping[str, Any]
"""What happened, as GitHub tells it: the JSON of `GITHUB_EVENT_PATH`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the workflow asks for; absent and empty are the same, as they are to the runner."""

    policy: str | None = None
    contracts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    base: str | None = None
    head: str | None = None
    scope: str | None = None
    fail_on: str | None = None
    has_annotations: bool = True
    sarif_file: str = "data-contract.sarif"
    report_file: str = "data-contract.json"
    formats: tuple[tuple[str, str], ...] = ()
    """Further reports: name and file."""
    audit: str | None = None
    attestation: str | None = None
    cache: str | None = None
    folder: str = "."
    """From the workspace; all other paths start there."""
    loosening: tuple[str, ...] = ()
    """The names of the inputs that are set and could loosen the gate."""
    unknown: tuple[str, ...] = ()
    """The variables of inputs that the action does not have."""

    @property
    def written(self) -> Mapping[str, str]:
        """The outputs that name a report, from the workspace."""
        files = {"sarif-file": self.sarif_file, "report-file": self.report_file}
        return {name: posixpath.normpath(posixpath.join(self.folder, file)) for name, file in files.items()}


def variable_of(name: str) -> str:
    """The variable in which a runner hands an input to a container: hyphens are kept."""
    return "INPUT_" + name.upper().replace(" ", "_")


def inputs_of(environment: Mapping[str, str]) -> tuple[Inputs, tuple[DataContractError, ...]]:
    """The inputs that can be understood, and what is wrong with the others."""
    given = {name: environment.get(variable_of(name), "").strip() for name in INPUTS}
    known, usual = {variable_of(name) for name in INPUTS}, Inputs()
    mistakes: list[DataContractError] = []
    scope, fail_on, switch, formats = usual.scope, usual.fail_on, None, usual.formats
    with gathered(mistakes):
        scope = _choice("scope", given["scope"], ("introduced", "all"))
    with gathered(mistakes):
        fail_on = _choice("fail-on", given["fail-on"], ("block", "alert"))
    with gathered(mistakes):
        switch = _choice("annotations", given["annotations"], tuple(_SWITCH))
    with gathered(mistakes):
        formats = tuple(_format(line) for line in _lines(given["formats"]))
    inputs = Inputs(
        policy=given["policy"] or None,
        contracts=_lines(given["contracts"]),
        paths=_lines(given["paths"]),
        base=given["base"] or None,
        head=given["head"] or None,
        scope=scope,
        fail_on=fail_on,
        has_annotations=_SWITCH[switch or "on"],
        sarif_file=given["sarif-file"] or usual.sarif_file,
        report_file=given["report-file"] or usual.report_file,
        formats=formats,
        audit=given["audit"] or None,
        attestation=given["attestation"] or None,
        cache=given["cache"] or None,
        folder=given["working-directory"] or usual.folder,
        loosening=tuple(name for name in COULD_LOOSEN if given[name]),
        unknown=tuple(sorted(name for name in environment if name.startswith("INPUT_") and name not in known)),
    )
    return inputs, tuple(mistakes)


def _choice(name: str, text: str, choices: Sequence[str]) -> str | None:
    if text and text not in choices:
        raise UsageError(f"the input {name!r} is {text!r}", hint=f"write one of {', '.join(choices)}")
    return text or None


def _format(text: str) -> tuple[str, str]:
    name, _, file = text.partition("=")
    if name not in _REPORTS or not file:
        hint = f"write NAME=FILE, one a line; names: {', '.join(_REPORTS)}"
        raise UsageError(f"the input 'formats' has {text!r}", hint=hint)
    return name, file


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Which versions an event asks to compare."""

    base: str | None = None
    """None: nothing is compared."""
    head: str | None = None
    """None: the files on disk."""
    is_trusted: bool = True
    """Whether nobody who makes such a change can edit what it is judged by."""


def comparison_of(
    environment: Mapping[str, str], event: Event, checkout: Repository, inputs: Inputs = Inputs()
) -> Comparison:
    """The versions to compare. Raises `GitError`, with a remedy, where the clone lacks one; nothing is ever fetched."""
    if inputs.base:
        return Comparison(base=checkout.commit(inputs.base).id, head=inputs.head)
    judge = _EVENTS.get(environment.get("GITHUB_EVENT_NAME", ""), _Happening.other)
    found = judge(_Happening(environment, event, checkout))
    return Comparison(base=found.base, head=inputs.head or found.head, is_trusted=found.is_trusted)


@dataclass(frozen=True, slots=True)
class _Happening:
    """An event, and the clone in which it is judged."""

    environment: Mapping[str, str]
    event: Event
    checkout: Repository

    def pull_request(self) -> Comparison:
        """What the merge would change, where GitHub's merge commit is checked out."""
        head, proposed = self.checkout.head(), self.commit("pull_request", "head", "sha")
        # NOTE: of any other commit, the first parent is one that the author of the change has made.
        if head and head.id == self.environment.get("GITHUB_SHA") and head.parents[1:] == (proposed,):
            return Comparison(base=self.there(head.parents[0], "set `fetch-depth: 2` of actions/checkout"))
        base, remedy = self.commit("pull_request", "base", "sha"), "check out the merge commit, with `fetch-depth: 2`"
        return Comparison(base=self.there(base, remedy))

    def pull_request_target(self) -> Comparison:
        """The same, with the rights of the base: the change is read from git's objects and never lies on disk."""
        head, base = self.checkout.head(), self.commit("pull_request", "base", "sha")
        if head is None or head.id not in (self.environment.get("GITHUB_SHA"), base):
            message = "what is checked out is not the base branch, in a workflow that has the base branch's rights"
            raise GitError(message, hint="leave `ref` of actions/checkout out, or use the event pull_request")
        remedy = f"fetch it without checking it out: git fetch --depth 1 origin pull/{self.event.get('number')}/head"
        proposed = self.there(self.commit("pull_request", "head", "sha"), remedy)
        return Comparison(base=self.there(base, f"git fetch --depth 1 origin {base}"), head=proposed)

    def merge_group(self) -> Comparison:
        """What a merge queue is about to merge."""
        head, wanted = self.checkout.head(), self.commit("merge_group", "head_sha")
        if head is None or head.id != wanted:
            raise GitError(f"the merge group {wanted} is not checked out", hint="leave `ref` of actions/checkout out")
        base = self.commit("merge_group", "base_sha")
        return Comparison(base=self.there(base, "set `fetch-depth: 0` of actions/checkout"))

    def push(self) -> Comparison:
        """What was pushed; where the branch is new, or has a new past, all that it has beyond the default branch."""
        before = self.commit("before")
        if before != _NO_COMMIT and not self.event.get("forced"):
            base = self.there(before, "set `fetch-depth: 0` of actions/checkout")
            return Comparison(base=base, is_trusted=self.is_guarded)
        branch = self.environment.get("GITHUB_REF", "")
        if self.default is None or not branch.startswith("refs/heads/") or branch == f"refs/heads/{self.default}":
            return self.other()
        fork = self.checkout.common(f"refs/remotes/origin/{self.default}")
        return Comparison(base=fork.id if fork else None, is_trusted=self.is_guarded)

    def other(self) -> Comparison:
        """Everything there is, compared with nothing."""
        return Comparison(is_trusted=self.is_guarded)

    def there(self, commit: str, remedy: str) -> str:
        """A commit, if the clone has it."""
        if not self.checkout.has(commit):
            raise GitError(f"the commit {commit} to compare with is not in this clone", hint=remedy)
        return commit

    def commit(self, *keys: str) -> str:
        """The id of a commit that the event names."""
        found: Any = self.event
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        if not isinstance(found, str) or not _COMMIT.fullmatch(found):
            raise UsageError(f"the event names no commit at {'.'.join(keys)}", hint="name it with the input `base`")
        return found

    @property
    def default(self) -> str | None:
        """The repository's default branch."""
        repository = self.event.get("repository")
        found = repository.get("default_branch") if isinstance(repository, Mapping) else None
        return found if isinstance(found, str) else None

    @property
    def is_guarded(self) -> bool:
        """Whether the branch is one that changes reach through a review."""
        is_default = self.environment.get("GITHUB_REF") == f"refs/heads/{self.default}"
        return is_default or self.environment.get("GITHUB_REF_PROTECTED") == "true"


_EVENTS: Mapping[str, Callable[[_Happening], Comparison]] = {
    "pull_request": _Happening.pull_request,
    "pull_request_target": _Happening.pull_request_target,
    "merge_group": _Happening.merge_group,
    "push": _Happening.push,
}


def arguments_of(inputs: Inputs, comparison: Comparison) -> tuple[str, ...]:
    """What follows `data-contract check`, reports aside."""
    options: dict[str, Sequence[str]] = {
        "base": [comparison.base] if comparison.base else [],
        "head": [comparison.head] if comparison.head else [],
        "policy": [inputs.policy] if inputs.policy else [],
        "contracts": inputs.contracts,
        "scope": [inputs.scope] if inputs.scope else [],
        "fail-on": [inputs.fail_on] if inputs.fail_on else [],
    }
    # NOTE: with `=`, no value is taken for an option of its own.
    named = [f"--{name}={value}" for name, values in options.items() for value in values]
    base = () if comparison.base else ("--no-base",)
    return (*base, *named, *(("--", *inputs.paths) if inputs.paths else ()))


def kept_of(inputs: Inputs) -> tuple[str, ...]:
    """What else follows, and leaves something for later."""
    places = {"audit": inputs.audit, "attestation": inputs.attestation, "cache": inputs.cache}
    return tuple(f"--{name}={place}" for name, place in places.items() if place)


def reports_of(inputs: Inputs, into: str) -> Iterator[tuple[str, str | None]]:
    """The reports to write: format and file, None for the log; those for the runner lie in the folder `into`."""
    yield "text", None
    yield "markdown", f"{into}/summary"
    yield "sarif", inputs.sarif_file
    yield "json", inputs.report_file
    yield from inputs.formats
    if inputs.has_annotations:
        yield "github", f"{into}/annotations"


def link_of(environment: Mapping[str, str], commit: str) -> str | None:
    """What a path is put behind to see the file in a browser; None where the runner does not say."""
    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    if not _SERVER.fullmatch(server) or not _REPOSITORY.fullmatch(repository):
        return None
    return f"{server}/{repository}/blob/{commit}/"


def circumstances_of(environment: Mapping[str, str]) -> Circumstances:
    """Who and what made the run happen, as the runner says; nothing outside of a workflow."""
    # NOTE: whoever asks only for the names of variables must not wait for this import.
    from data_contract.model import Circumstances

    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY")
    number, request = environment.get("GITHUB_RUN_ID"), _REQUEST.fullmatch(environment.get("GITHUB_REF", ""))
    return Circumstances(
        actor=environment.get("GITHUB_ACTOR"),
        event=environment.get("GITHUB_EVENT_NAME"),
        repository=repository,
        pull_request=int(request[1]) if request else None,
        commit=environment.get("GITHUB_SHA"),
        run=f"{server}/{repository}/actions/runs/{number}" if _SERVER.fullmatch(server) and number else None,
    )


def commands_of(image: str, head: str, arguments: Sequence[str], folder: str) -> tuple[str, ...]:
    """The lines of a shell that judge the same again, in a clone; `head` is the commit to judge."""
    where = "/github/workspace" if folder == "." else f"/github/workspace/{folder}"
    base = next((each.partition("=")[2] for each in arguments if each.startswith("--base=")), "")
    run = "docker run --rm --network none --read-only --tmpfs /tmp --user"
    words = ("-w", where, image, "check", *arguments)
    return (
        f"git fetch origin {' '.join(filter(None, (shlex.quote(base), head)))}",
        f'{run} "$(id -u):$(id -g)" -v "$PWD:/github/workspace" {shlex.join(words)}',
    )
