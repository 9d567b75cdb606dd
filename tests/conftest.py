"""Fixtures that all tests share."""

import pytest
from hypothesis import settings

# The same examples every time, and none fails because a machine is busy or a kernel is compiled.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder for the runs of this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EXPLORER_HOME", str(folder))
    return folder
