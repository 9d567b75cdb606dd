"""The bar along the top."""

import pytest
import streamlit as st

from tests.explorer.app import app


@pytest.mark.parametrize(("page", "marked"), [("runs", "Debug"), ("bigram", "Labs"), ("shapes", None), (None, None)])
def test_the_menu_that_holds_the_page_is_marked(home, monkeypatch, page, marked):
    sent, navigation = [], st.navigation
    monkeypatch.setattr(
        st, "navigation", lambda groups, **options: sent.append(groups) or navigation(groups, **options)
    )
    at = app(page)
    assert not at.exception
    titles = list(sent[-1])
    assert [title for title in titles if "**" in title] == ([f":primary-background[**{marked}**]"] if marked else [])
    assert [title.strip("*[]:").removeprefix("primary-background[**") for title in titles] == ["", "Debug", "Labs"]
