"""Recordings of watched runs: one from another machine opened, the current one written.

>>> open_recording()          # an uploader, and what is in the file or why it cannot be opened
>>> offer_recording(info)     # a download button
"""

import tempfile
from pathlib import Path

import streamlit as st

from core.runs.info import RunInfo
from core.runs.watched import Recording, RecordingError
from core.watch.recording import LARGEST, read, write
from explorer import session, theme, verbs
from explorer.feeds import recorded
from explorer.markdown import plain
from explorer.shared import Shared

_readings = Shared(seconds=60, size=1)  # up to 400 MB each
OPENED = "recordings_opened"  # how many by this session: each has an uploader of its own, which is empty after it


def open_recording() -> None:
    """A file is read with care and kept nowhere before somebody opens it."""
    with st.expander("Open a recording from another machine", icon=":material/folder_open:"):
        upload = st.file_uploader(
            'A file that `watch(..., file="mine.run")` wrote',
            key=f"recording_file_{session.get(OPENED, 0)}",
            max_upload_size=LARGEST // 1_000_000,
        )
        if upload is None:
            return
        try:
            with st.spinner(f"Reading {plain(upload.name)}"):
                recording = _readings.get(upload.file_id, lambda: read(upload.getvalue()))
        except RecordingError as error:
            st.error(plain(str(error)), icon=":material/rule:")
            return
        steps, frames = theme.steps(recording.step), theme.steps(len(recording.frames))
        st.caption(
            f"**{plain(recording.name)}**: {plain(recording.watched.modules[0].kind)}, "
            f"{theme.count(recording.watched.modules[0].parameters)} parameters, {steps} steps, {frames} frames."
        )
        st.button("Open it", key="recording_open", type="primary", on_click=_open, args=(upload.file_id, recording))


def _open(file_id: str, recording: Recording) -> None:
    verbs.open_recording(recording)
    _readings.drop(file_id)
    session.put(OPENED, session.get(OPENED, 0) + 1)


def offer_recording(info: RunInfo) -> None:
    st.download_button(
        "Its recording",
        data=lambda: _written(info.id),
        file_name=f"{info.id}.run",
        mime="application/octet-stream",
        key="recording_save",
        icon=":material/download:",
        on_click="ignore",
        help="All that was seen of this run, as one file: it opens here on another machine.",
    )


def _written(run_id: str) -> bytes:
    """Made when the button is clicked, of what is recorded by then."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.run"
        write(recorded.store(), run_id, path)
        return path.read_bytes()
