"""Tests of the image as an engine runs it; `.ci/run` builds it first. They are deselected elsewhere."""
