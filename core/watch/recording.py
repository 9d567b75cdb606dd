"""A watched run as one file, for another machine: safetensors with JSON inside, nothing that runs.

>>> write(store, run_id, "mine.run")
>>> store.add_recording(read(Path("mine.run").read_bytes()))
'watched-k3x9q2'

The file is one safetensors archive. "head" is JSON (`name, created, state, message, step, steps_per_second, watched,
evaluations`), "losses" float32 (n,), "frame/<step>" the bytes of that step's Frame. What somebody else wrote is
believed in nothing: sizes are checked before anything of that size is made.
"""

import json
import math
import os
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.runs.errors import StoreError
from core.runs.info import ENDED, Evaluation
from core.runs.names import LONGEST_NAME
from core.runs.store import Store
from core.runs.watched import Recording, RecordingError, Watched, number_of, text_of, whole
from core.training.frame import BINS, ROLES, STATS, Frame

LARGEST = 400_000_000  # bytes of a file
LARGEST_HEADER = 2_000_000  # bytes of JSON that say where the arrays lie: some 20,000 frames
LARGEST_HEAD = 8_000_000  # bytes of a file's JSON: 1,000 modules take 0.25 MB, 100,000 evaluations 4
LARGEST_FRAME_HEAD = 4_000_000  # bytes of a frame's JSON: 1,000 modules take 0.6 MB
LATEST = 4e9  # seconds since 1970: in the year 2096
MOST_FRAMES, MOST_LOSSES, MOST_EVALUATIONS, MOST_DIMENSIONS = 5_000, 50_000_000, 100_000, 16
MAP_TYPES = (np.dtype(np.int8), np.dtype(np.float32))
HEAD = ("recording", "name", "created", "state", "message", "step", "steps_per_second", "watched", "evaluations")
FORMAT = 1


def write(store: Store, run_id: str, path: str | Path) -> None:
    """What the store has of a watched run, as one file; a file that is there is replaced once the new one is whole.

    Raises StoreError, also where the file cannot be written.
    """
    info, watched = store.run(run_id), store.watched(run_id)
    head = {
        "recording": FORMAT,
        "name": info.name,
        "created": info.created,
        "state": info.state,
        "message": info.message,
        "step": info.step,
        "steps_per_second": info.steps_per_second,
        "watched": json.loads(watched.to_json()),
        "evaluations": [[e.step, e.split, e.loss, e.examples] for e in store.evaluations(run_id)],
    }
    frames = {step: store.frame(run_id, step) for step in store.frame_steps(run_id)}
    live = store.frame(run_id)
    if live is not None:
        frames[live.step] = live
    arrays = {f"frame/{step}": np.frombuffer(frame.to_bytes(), np.uint8) for step, frame in frames.items()}
    arrays |= {"head": np.frombuffer(json.dumps(head).encode(), np.uint8), "losses": store.losses(run_id)}
    data = save(arrays)
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StoreError(f"{path} cannot be written ({error.strerror}): name another place.") from None


def read(data: bytes) -> Recording:
    """A recording from the bytes of its file. Raises RecordingError, one sentence, whatever the bytes are."""
    try:
        return _recording(_arrays(data))
    except ValueError as error:
        raise RecordingError(
            f"This file is no recording of a watched run, or a damaged one: {error}. "
            'Open one that watch(..., file="mine.run") wrote.'
        ) from None


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    """All arrays of a safetensors file; none is larger than the file itself."""
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST // 1_000_000} MB")
    if len(data) < 8:
        raise ValueError("it is too short")
    (header,) = struct.unpack("<Q", data[:8])
    if header > LARGEST_HEADER or header > len(data) - 8:
        raise ValueError("it does not begin as one")
    try:
        return load(data)
    except SafetensorError:
        raise ValueError("it is no safetensors file") from None
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError("its arrays are of kinds that nobody asked for") from None


def _recording(arrays: dict[str, np.ndarray]) -> Recording:
    head = _json(_bytes(arrays.pop("head", None), "head"), LARGEST_HEAD)
    if not isinstance(head, dict) or head.keys() != set(HEAD):
        raise ValueError("its head has other fields than it must")
    if head["recording"] != FORMAT:
        raise ValueError("another version wrote it")
    if head["state"] not in (*ENDED, "running"):
        raise ValueError("it is in no known state")
    losses = arrays.pop("losses", None)
    if losses is None or losses.dtype != np.float32 or losses.ndim != 1 or len(losses) > MOST_LOSSES:
        raise ValueError("its losses are no list of numbers")
    if len(arrays) > MOST_FRAMES:
        raise ValueError(f"it has more than {MOST_FRAMES:,} frames")
    created = _finite(head["created"], "when it began")
    if not 0 <= created < LATEST:
        raise ValueError("when it began is no time")
    frames = sorted((_step(key), key) for key in arrays)
    return Recording(
        text_of(head["name"], "its name", LONGEST_NAME) or "model",
        created,
        head["state"],
        text_of(head["message"], "its message"),
        whole(head["step"], "its step"),
        None if head["steps_per_second"] is None else _finite(head["steps_per_second"], "its speed"),
        Watched.from_dict(head["watched"]),
        losses,
        tuple((step, _frame(_bytes(arrays[key], key), step)) for step, key in frames),
        _evaluations(head["evaluations"]),
    )


def _frame(data: bytes, step: int) -> bytes:
    """The bytes of a frame, once they are known to be one, of this step."""
    arrays = _arrays(data)
    head = _json(_bytes(arrays.get("head"), "a frame's head"), LARGEST_FRAME_HEAD)
    if not isinstance(head, dict) or head.keys() != {"step", "loss", "lr", "tensors"} or head["step"] != step:
        raise ValueError(f"the frame of step {step} has another head than it must")
    for name in ("loss", "lr"):
        number_of(head[name], f"a frame's {name}")
    tensors = head["tensors"]
    if not isinstance(tensors, list) or not tensors or not all(_is_tensor(tensor) for tensor in tensors):
        raise ValueError(f"the frame of step {step} does not say what its rows are")
    expected = {"stats": (np.float32, len(STATS)), "counts": (np.int32, BINS)}
    for key, (kind, columns) in expected.items():
        array = arrays.get(key)
        if array is None or array.dtype != kind or array.shape != (len(tensors), columns):
            raise ValueError(f"the frame of step {step} has other {key} than it must")
    for key, array in arrays.items():
        if key not in ("head", *expected) and not (
            key.startswith("map/") and array.dtype in MAP_TYPES and array.ndim == 2
        ):
            raise ValueError(f"the frame of step {step} has a part that nobody asked for")
    Frame.from_bytes(data)
    return data


def _is_tensor(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 4 or not isinstance(value[3], list):
        return False
    name, role, layer, shape = value
    text_of(name, "a row's name", longest=2_000)
    text_of(layer, "a row's layer")
    return role in ROLES and len(shape) <= MOST_DIMENSIONS and all(whole(size, "a size") >= 0 for size in shape)


def _evaluations(rows: object) -> tuple[Evaluation, ...]:
    if not isinstance(rows, list) or len(rows) > MOST_EVALUATIONS:
        raise ValueError("its evaluations are no list")
    for row in rows:
        if not isinstance(row, list) or len(row) != 4 or row[1] not in ("train", "val"):
            raise ValueError("its evaluations are not what they must be")
    return tuple(
        Evaluation(whole(r[0], "a step"), r[1], number_of(r[2], "a loss"), whole(r[3], "a size")) for r in rows
    )


def _bytes(array: np.ndarray | None, what: str) -> bytes:
    if array is None or array.dtype != np.uint8 or array.ndim != 1:
        raise ValueError(f"{what} is missing, or not what it must be")
    return array.tobytes()


def _json(data: bytes, largest: int) -> object:
    """What was read takes up to thirty times the room of its text."""
    if len(data) > largest:
        raise ValueError(f"its head has more than {largest // 1_000_000} MB")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("its head is nested too deeply") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("its head is no JSON") from None


def _step(key: str) -> int:
    digits = key.removeprefix("frame/")
    if digits == key or not digits.isascii() or not digits.isdigit() or len(digits) > 18 or str(int(digits)) != digits:
        raise ValueError("it has a part that nobody asked for")
    return int(digits)


def _finite(value: object, what: str) -> float:
    number = number_of(value, what)
    if not math.isfinite(number):
        raise ValueError(f"{what} is no number")
    return number
