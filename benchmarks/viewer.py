"""Browsers without a screen: they speak the app's websocket as a page does, and time each answer.

async with Viewer(url, page="train", query="run=wavenet-k3x9q2") as viewer:
    seconds = await viewer.rerun()          # one whole rerun of the page
    seconds = await viewer.press("stop")    # a click on the button with that key
    ticks = await viewer.watch(seconds=10)  # its fragments' ticks: (seconds each took, how many were skipped)
"""

import asyncio
import random
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

FINISHED = (
    ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY,
    ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)


@dataclass
class Ticks:
    """Seconds from when a tick is due to its last message; how many came due while one was waited for."""

    seconds: list[float] = field(default_factory=list)
    skipped: int = 0


class Viewer:
    """One session of the app. `fragments` are the ids and intervals (seconds) of the page's ticking fragments."""

    def __init__(self, url: str, page: str = "", query: str = ""):
        self.address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.page, self.query = page, query
        self.fragments: dict[str, float] = {}
        self.buttons: dict[str, str] = {}  # widget ids by key
        self.page_hash = ""

    async def __aenter__(self) -> "Viewer":
        self.socket = await websockets.connect(self.address, subprotocols=["streamlit"], max_size=None)
        await self._ask(page_name=self.page)
        await self._answer()
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def rerun(self) -> float:
        """Seconds that one whole rerun of the page takes, from asking to the last message."""
        start = time.perf_counter()
        self.fragments.clear()
        await self._ask()
        await self._answer()
        return time.perf_counter() - start

    async def press(self, key: str) -> float:
        """Seconds until the page after a click is complete, wherever the click leads."""
        start = time.perf_counter()
        message = self._question()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = self.buttons[key], True
        await self.socket.send(message.SerializeToString())
        await self._answer()
        return time.perf_counter() - start

    async def tick(self, fragment: str) -> None:
        await self._ask(fragment_id=fragment, is_auto_rerun=True)
        await self._answer()

    async def watch(self, seconds: float) -> Ticks:
        """Ask for each fragment at its interval, as the browser does, one after another."""
        ticks, end = Ticks(), time.perf_counter() + seconds
        # Nobody's clock starts with anybody else's.
        due = {fragment: time.perf_counter() + random.random() * every for fragment, every in self.fragments.items()}
        while due and (now := time.perf_counter()) < end:
            fragment = min(due, key=due.get)
            if due[fragment] > now:
                await asyncio.sleep(due[fragment] - now)
            await self.tick(fragment)
            ticks.seconds.append(time.perf_counter() - due[fragment])
            every = self.fragments.get(fragment)
            if every is None:  # the page took the fragment back
                due.pop(fragment)
                continue
            due[fragment] += every
            while due[fragment] < time.perf_counter() - every:
                due[fragment] += every
                ticks.skipped += 1
        return ticks

    def _question(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page_hash
        return message

    async def _ask(self, **wishes) -> None:
        message = self._question()
        for name, value in wishes.items():
            setattr(message.rerun_script, name, value)
        await self.socket.send(message.SerializeToString())

    async def _answer(self) -> None:
        """Read until the script run that was asked for has finished."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), timeout=60))
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self.fragments.pop(fragment, None)
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash
            elif kind == "delta":
                self._element(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished in FINISHED:
                return

    def _element(self, element) -> None:
        match element.WhichOneof("type"):
            case "exception":
                raise RuntimeError(element.exception.message)
            case "button":
                self.buttons[element.button.id.rsplit("-", 1)[-1]] = element.button.id
