"""Fixtures that all tests share."""

import pytest


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder for the runs of this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EXPLORER_HOME", str(folder))
    return folder
