"""The launcher: `streamlit run` finds this file, starts the nursery that trains, and serves `explorer/main.py`.

`st.App` rather than the page script itself, because it has a start and a stop, and because a folder `pages/` beside a
script that calls `st.navigation` would make Streamlit look for pages in two ways at once.
"""

import logging
import os
from contextlib import asynccontextmanager

from core.threads import ONE_THREAD

os.environ.update(ONE_THREAD)  # before numpy loads: labs train in this process, beside runs that train in others

import pandas  # noqa: F401  before a thread and a reconnecting page both begin to import it
import streamlit as st

from core.runs.errors import StoreError
from explorer import nursery, warm
from explorer.nodelay import send_at_once


@asynccontextmanager
async def lifespan(app):
    send_at_once()
    try:
        nursery.start()
    except StoreError as error:  # every page says so too
        logging.getLogger(__name__).error("%s", error)
    warm.in_background()
    yield {}
    nursery.close()


def explain(error: Exception) -> bool:
    """A store that becomes unusable while a panel ticks is one sentence too; True: it has been shown."""
    if isinstance(error, StoreError):
        st.error(str(error))
        return True
    return False


app = st.App("explorer/main.py", lifespan=lifespan, on_script_error=explain)
