"""Runs of the bug hunt as a worker leaves them, and everything that the app sends."""

from contextlib import contextmanager

import numpy as np
import pytest
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from core.lenses.hunt.rounds import round_of
from core.runs.info import TWIN, Evaluation
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training import moments, probe
from core.training.sampling import sample
from core.training.trainer import Diverged, Trainer

STEPS = 120
TOKENS = {  # one of each kind
    None: "aq39-qc",
    "batchnorm-dims": "any9-qr",
    "stale-statistics": "aq29-q4",
    "training-mode": "amx9-q3",
    "gradients-add-up": "anx9-qg",
    "sign-flipped": "apy9-q6",
    "huge-logits": "at49-qv",
    "no-gain": "amz9-qk",
    "targets-shifted": "cm59-q8",
    "contexts-reversed": "au39-q2",
    "frozen-layer": "ap49-q7",
    "embedding-dropped": "cqz9-qf",
    "dead-relus": "anz9-qz",
    "loss-summed": "bn49-qk",
}


def finish(store: Store, run_id: str) -> None:
    """Trains a queued run to its end, or until it diverges, and records it."""
    config = store.config(run_id)
    trainer, recorder = Trainer(config, store.dataset(config.dataset)), Recorder(store.database, run_id)
    recorder.checkpoint(trainer.checkpoint(), True)
    state, message = "finished", ""

    def look(at: Trainer) -> None:
        recorder.frame(probe.look(at.model, at.step, at.loss, at.lr(at.step)), keep=True)

    for moment in moments.recorded(config.steps):
        taken = np.empty(moment - trainer.step, np.float32)
        first = trainer.step + 1
        try:
            trainer.advance(len(taken), taken, look)
        except Diverged as error:
            recorder.losses(first, taken[: error.step - first + 1])
            state, message = "diverged", error.message
            break
        recorder.losses(first, taken)
        recorder.checkpoint(trainer.checkpoint(), True)
        if moment >= 100:
            recorder.evaluation(Evaluation(moment, "val", trainer.evaluate("val", 500), 500))
            recorder.samples(moment, sample(trainer.model, trainer.dataset))
    recorder.status(state=state, message=message, step=trainer.step)
    recorder.flush()


def twin_of(home, token: str) -> str:
    """Id of a round's healthy twin, queued, as another session leaves it that has closed the round."""
    store = Store(home)
    return store.create(round_of(token).config(healthy=True), store.dataset(""), prefix=TWIN, hunt=token)


@contextmanager
def everything_sent():
    """A list of what is sent to a browser meanwhile: each message's bytes."""
    sent, enqueue = [], ForwardMsgQueue.enqueue

    def recording(self, message) -> None:
        sent.append(message.SerializeToString())
        enqueue(self, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForwardMsgQueue, "enqueue", recording)
        yield sent
