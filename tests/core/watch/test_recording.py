"""A watched run as one file: what was written comes back, and what somebody forged is refused in one sentence."""

import contextlib
import json
import math
import struct
import time
import tracemalloc
import zipfile
from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from core.cli.main import main
from core.runs.errors import StoreError
from core.runs.store import Store
from core.runs.watched import RecordingError
from core.watch import recording, watch
from tests.core.watch.conftest import mlp, train


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> bytes:
    """A recording of twelve steps."""
    path = tmp_path_factory.mktemp("recording") / "mine.run"
    model = mlp()
    with watch(model, name="mine", every=5, file=path) as run:
        train(model, torch.optim.AdamW(model.parameters()), 12, lambda loss: run.log(loss, val=1.5))
    return path.read_bytes()


def test_what_was_written_comes_back(store, tmp_path):
    model = mlp()
    with watch(model, name="mine", every=5, store=store) as run:
        train(model, torch.optim.AdamW(model.parameters()), 12, lambda loss: run.log(loss, val=1.5))
    recording.write(store, run.id, tmp_path / "mine.run")
    other = Store(tmp_path / "other")
    opened = other.add_recording(recording.read((tmp_path / "mine.run").read_bytes()))
    before, after = store.run(run.id), other.run(opened)
    for field in (
        "name",
        "kind",
        "state",
        "message",
        "step",
        "steps",
        "parameters",
        "created",
        "steps_per_second",
        "lr",
    ):
        assert getattr(before, field) == getattr(after, field), field
    np.testing.assert_array_equal(store.losses(run.id), other.losses(opened))
    assert store.evaluations(run.id) == other.evaluations(opened)
    assert store.watched(run.id) == other.watched(opened)
    assert other.frame_steps(opened) == sorted({*store.frame_steps(run.id), store.frame(run.id).step})
    for step in (1, 5, 12, None):
        assert store.frame(run.id, step).to_bytes() == other.frame(opened, step).to_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "mine.run", "other"], "no half-written file"


def test_a_run_that_ended_badly_can_be_carried_too(tmp_path):
    """With losses that are not finite and words that no terminal should see."""
    model, path = mlp(), tmp_path / "bad.run"

    def loop():
        with watch(model, every=1, file=path) as run:
            model[5].weight.data[0, 0] = float("inf")
            train(
                model, torch.optim.SGD(model.parameters(), lr=1.0), 2, lambda loss: run.log(loss * 1e39, val=math.inf)
            )
            raise RuntimeError("\x1b[31mred\x00 and more")

    with pytest.raises(RuntimeError):
        loop()
    back = recording.read(path.read_bytes())
    assert (back.state, back.message) == ("failed", "After step 2, RuntimeError: [31mred  and more")
    assert not np.isfinite(back.losses).any()
    assert back.evaluations[0].loss == math.inf


def test_a_file_in_place_of_the_store(data, home):
    assert not home.exists(), "the user's own store is not touched"
    back = recording.read(data)
    assert (back.name, back.state, back.step, len(back.losses)) == ("mine", "finished", 12, 12)
    assert [step for step, _ in back.frames] == [1, 2, 3, 4, 5, 6, 8, 10, 12]


def test_what_went_on_when_it_was_written_has_stopped(data, store):
    info = store.run(store.add_recording(recording.read(forge(data, head={"state": "running"}))))
    assert (info.state, info.message, info.live) == ("stopped", "The recording ends at step 12.", False)


def test_a_place_that_cannot_be_written_to(store, tmp_path):
    with watch(mlp(), store=store) as run:
        pass
    with pytest.raises(StoreError, match="cannot be written"):
        recording.write(store, run.id, tmp_path / "nowhere" / "mine.run")


def forge(data: bytes, head: dict | None = None, watched: dict | None = None, **parts) -> bytes:
    """The recording with other values in its head and other parts; None removes a part."""
    arrays = load(data)
    values = json.loads(arrays["head"].tobytes())
    values |= head or {}
    if watched:
        values["watched"] |= watched
    arrays["head"] = as_bytes(json.dumps(values).encode())
    arrays |= {name.replace("__", "/"): part for name, part in parts.items()}
    return save({name: array for name, array in arrays.items() if array is not None})


def as_bytes(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def forged_frame(data: bytes, head: dict | None = None, **parts) -> bytes:
    """The recording with another frame of step 1."""
    arrays = load(load(data)["frame/1"].tobytes())
    values = json.loads(arrays["head"].tobytes()) | (head or {})
    arrays["head"] = as_bytes(json.dumps(values).encode())
    arrays |= {name.replace("__", "/"): part for name, part in parts.items()}
    frame = save({name: array for name, array in arrays.items() if array is not None})
    return forge(data, frame__1=as_bytes(frame))


def archive(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("head", bytes(50_000_000))
    return file.getvalue()


def module(**values) -> dict:
    usual = {"path": "(model)", "kind": "Net", "parent": None, "parameters": 1, "trainable": 1, "calls": 1}
    return usual | {"out_shapes": []} | values


F32, ROWS = np.float32, 10**9
HOSTILE = {
    "empty": lambda d: b"",
    "seven bytes": lambda d: d[:7],
    "cut in its header": lambda d: d[:100],
    "cut in its middle": lambda d: d[: len(d) // 2],
    "cut at its end": lambda d: d[:-1],
    "something behind it": lambda d: d + b"x",
    "zeros": lambda d: bytes(1000),
    "text": lambda d: b"hello, this is not what you think" * 10,
    "a pickle": lambda d: b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
    "a zip bomb": lambda d: zipped(),
    "a huge header": lambda d: struct.pack("<Q", 2**63) + d[8:],
    "a header as long as the file": lambda d: struct.pack("<Q", len(d)) + d[8:],
    "a header that is no JSON": lambda d: archive(b"{" * 1000),
    "a header nested deeply": lambda d: archive(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a claim of 10^9 rows": lambda d: archive(
        {"head": {"dtype": "F32", "shape": [ROWS, 64], "data_offsets": [0, 4]}}, b"1234"
    ),
    "a shape that overflows": lambda d: archive(
        {"head": {"dtype": "U8", "shape": [2**62, 16], "data_offsets": [0, 0]}}
    ),
    "a dtype nobody knows": lambda d: archive(
        {"head": {"dtype": "OBJ", "shape": [4], "data_offsets": [0, 4]}}, b"1234"
    ),
    "a dtype numpy has not": lambda d: archive(
        {"head": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, b"1234"
    ),
    "overlapping arrays": lambda d: archive(
        {k: {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]} for k in "ab"}, b"1234"
    ),
    "no head": lambda d: save({"losses": np.zeros(1, F32)}),
    "a head of floats": lambda d: save(load(d) | {"head": np.zeros(9, F32)}),
    "a head that is no JSON": lambda d: save(load(d) | {"head": as_bytes(b"{'a': 1}")}),
    "a head that is no text": lambda d: save(load(d) | {"head": as_bytes(b"\xff\xfe\xff")}),
    "a head nested deeply": lambda d: save(load(d) | {"head": as_bytes(b"[" * 200_000)}),
    "a head with a number too long": lambda d: save(load(d) | {"head": as_bytes(b'{"step": ' + b"9" * 100_000 + b"}")}),
    "a head that is a list": lambda d: save(load(d) | {"head": as_bytes(b"[1, 2]")}),
    "a head with one field more": lambda d: forge(d, head={"path": "/etc/passwd"}),
    "another version": lambda d: forge(d, head={"recording": 2}),
    "a state nobody knows": lambda d: forge(d, head={"state": "queued"}),
    "a state that is a list": lambda d: forge(d, head={"state": ["running"]}),
    "a name of two lines": lambda d: forge(d, head={"name": "a\nb"}),
    "a name without end": lambda d: forge(d, head={"name": "a" * 10**6}),
    "a message that is a dict": lambda d: forge(d, head={"message": {}}),
    "a step below zero": lambda d: forge(d, head={"step": -1}),
    "a step past all databases": lambda d: forge(d, head={"step": 2**70}),
    "a step that is true": lambda d: forge(d, head={"step": True}),
    "a time that is none": lambda d: forge(d, head={"created": float("nan")}),
    "a time beyond all calendars": lambda d: forge(d, head={"created": 1e300}),
    "a time before all calendars": lambda d: forge(d, head={"created": -1e12}),
    "a head of many MB": lambda d: save(load(d) | {"head": as_bytes(b"[" + b"{}," * 10_000_000 + b"1]")}),
    "a speed that is text": lambda d: forge(d, head={"steps_per_second": "fast"}),
    "evaluations that are none": lambda d: forge(d, head={"evaluations": [[1, "test", 2.0, 3]]}),
    "evaluations that are a number": lambda d: forge(d, head={"evaluations": 7}),
    "losses of doubles": lambda d: forge(d, losses=np.zeros(3)),
    "losses in two dimensions": lambda d: forge(d, losses=np.zeros((3, 3), F32)),
    "no losses": lambda d: forge(d, losses=None),
    "a model without modules": lambda d: forge(d, watched={"modules": []}),
    "a model that is its own parent": lambda d: forge(d, watched={"modules": [module(parent="(model)")]}),
    "modules in a ring": lambda d: forge(
        d, watched={"modules": [module(), module(path="a", parent="b"), module(path="b", parent="a")]}
    ),
    "a module twice": lambda d: forge(d, watched={"modules": [module(), module()]}),
    "a module with a shape of texts": lambda d: forge(d, watched={"modules": [module(out_shapes=[["x"]])]}),
    "a module that is a number": lambda d: forge(d, watched={"modules": [3]}),
    "a frame with a path for a name": lambda d: save(load(d) | {"frame/../../../etc/passwd": np.zeros(3, np.uint8)}),
    "a frame of no step": lambda d: save(load(d) | {"frame/": np.zeros(3, np.uint8)}),
    "a frame of a step in other digits": lambda d: save(load(d) | {"frame/²": np.zeros(3, np.uint8)}),
    "a frame twice": lambda d: forge(d, frame__01=load(d)["frame/1"]),
    "a part that nobody asked for": lambda d: save(load(d) | {"weights": np.zeros(3, F32)}),
    "a frame of floats": lambda d: forge(d, frame__1=np.zeros(30, F32)),
    "a frame that is none": lambda d: forge(d, frame__1=as_bytes(b"nothing at all")),
    "a frame of another step": lambda d: forged_frame(d, head={"step": 2}),
    "a frame with a loss of text": lambda d: forged_frame(d, head={"loss": "low"}),
    "a frame without rows": lambda d: forged_frame(
        d, head={"tensors": []}, stats=np.zeros((0, 12), F32), counts=np.zeros((0, 64), np.int32)
    ),
    "a frame with a head of many MB": lambda d: forged_frame(d, head={"tensors": [{}] * 2_000_000}),
    "a frame with other rows": lambda d: forged_frame(d, head={"tensors": []}),
    "a frame with a row of another role": lambda d: forged_frame(d, head={"tensors": [["a", "eval", "a", []]]}),
    "a frame with a row that is a number": lambda d: forged_frame(d, head={"tensors": [1]}),
    "a frame with sizes below zero": lambda d: forged_frame(d, head={"tensors": [["a", "output", "a", [-1]]]}),
    "a frame with statistics of doubles": lambda d: forged_frame(d, stats=np.zeros((26, 12))),
    "a frame with too few counts": lambda d: forged_frame(d, counts=np.zeros((26, 8), np.int32)),
    "a frame without counts": lambda d: forged_frame(d, counts=None),
    "a frame with one part more": lambda d: forged_frame(d, other=np.zeros(3, F32)),
    "a frame with a map of doubles": lambda d: forged_frame(d, map__x=np.zeros((3, 3))),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_gets_one_sentence(what, data):
    hostile = HOSTILE[what](data)
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(RecordingError) as caught:
        recording.read(hostile)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 5
    assert peak < 20 * len(hostile) + 10_000_000
    said = str(caught.value)
    assert said.startswith("This file is no recording of a watched run, or a damaged one: ")
    assert len(said) < 300
    assert "\n" not in said


@given(data_source=st.data())
def test_bytes_changed_anywhere_are_read_or_refused(data, data_source):
    changed = bytearray(data)
    for _ in range(data_source.draw(st.integers(1, 6))):
        place = data_source.draw(st.integers(0, len(changed) - 1) | st.integers(0, 4000))
        changed[place] = data_source.draw(st.integers(0, 255))
    with contextlib.suppress(RecordingError):
        recording.read(bytes(changed))


def test_the_verbs_write_and_open_one(home, tmp_path, capfd):
    store, model = Store(home), mlp()
    with watch(model, name="mine", store=store) as run:
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 3, run.log)
    file = str(tmp_path / "mine.run")
    assert main(["recording", run.id, "--to", file]) == 0
    assert "python -m core open" in capfd.readouterr().out
    assert main(["open", file]) == 0
    opened = capfd.readouterr().out.strip()
    assert store.run(opened).name == "mine"
    (tmp_path / "bad.run").write_bytes(b"bad")
    for arguments in (
        ["open", str(tmp_path / "bad.run")],
        ["open", str(tmp_path / "none.run")],
        ["open", str(tmp_path)],
    ):
        assert main(arguments) == 2
        said = capfd.readouterr().err
        assert said.startswith("Error: ")
        assert said.count("\n") == 1
    assert main(["recording", "no-such", "--to", file]) == 2
    assert "There is no run 'no-such'" in capfd.readouterr().err


def test_a_file_without_end_is_not_read_to_its_end(home, capfd, monkeypatch):
    monkeypatch.setattr(recording, "LARGEST", 2_000_000)
    assert main(["open", "/dev/zero"]) == 2
    assert "it has more than 2 MB" in capfd.readouterr().err
