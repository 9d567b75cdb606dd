"""What the first visitor would otherwise wait for: the specs of the loss picture, the store, the words, the engine.

>>> in_background()     # once, as the server starts
"""

import importlib
import itertools
import threading

from core.runs.errors import StoreError
from explorer.charts.loss import loss_chart
from explorer.feeds import recorded
from explorer.panels.live_chart import spec_of
from explorer.theme import PALETTES


def in_background() -> None:
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    for theme, log in itertools.product(PALETTES, (True, False)):
        spec_of(loss_chart, theme, log=log)
    try:
        _ = recorded.store().dataset("").splits
    except StoreError:
        return  # every page says so itself
    importlib.import_module("explorer.feeds.models")  # torch and the kernels: 2 s that two pages would take
