"""Stands in for the gate inside the container: tells what it may do, and tries what it must not."""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from pathlib import Path


def _tried(what: object) -> str:
    try:
        what()  # type: ignore[operator]
    except OSError as error:
        return type(error).__name__
    return "done"


def _engine() -> None:
    socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")


def main() -> None:
    """Tell what was found in one line, and attack the runner."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    limits = {
        name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("DATA", "CPU", "FSIZE", "CORE")
    }
    told = {
        "ids": [*os.getresuid(), *os.getresgid()],
        "groups": os.getgroups(),
        "capabilities": [status[f"Cap{name}"].strip() for name in ("Eff", "Prm", "Inh", "Amb")],
        "no new privileges": status["NoNewPrivs"].strip(),
        "environment": dict(os.environ),
        "limits": limits,
        "engine": _tried(_engine),
        "environment of the parent": _tried(lambda: Path("/proc/1/environ").read_bytes()),
        "root again": _tried(lambda: os.setuid(0)),
    }
    sys.stdout.write(f"told {json.dumps(told)}\n")
    into = Path(sys.argv[sys.argv.index("--into") + 1])
    (into / "outputs").write_text("decision=ALLOW\nrisk=0\n\nx<<EOF\nfiles=1<<y\nfindings=\u2028\nPATH=/evil\nstray\n")
    (into / "summary").symlink_to("/etc/shadow")
    lines = ("::error title=ours::fine", "::set-output name=decision::ALLOW", "::error title=x::##[error]y", "plain")
    (into / "annotations").write_text("\n".join(lines) + "\r::add-mask::z\n")
    sys.stdout.write("::set-output name=decision::ALLOW\n##[add-mask]x\nno end of line")
    sys.stdout.flush()
    if Path("die").exists():
        os.abort()


main()
