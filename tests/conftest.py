"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# NOTE: machines are shared: how long an example takes says nothing of it.
settings.register_profile("usual", deadline=None)
settings.load_profile("usual")
# NOTE: a change is judged by the same examples as the one before it; new ones are drawn at every desk.
settings.register_profile("ci", deadline=None, derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
