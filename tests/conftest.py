"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# NOTE: a change is judged by the same examples as the one before it; new ones are drawn at every desk.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
