"""What the store says of a run."""

from dataclasses import dataclass

ACTIVE = ("running", "paused")  # a worker holds it
ENDED = ("finished", "stopped", "diverged", "failed")
WISHES = ("run", "pause", "stop")
KINDS = ("trained", "watched")
TWIN = "twin"  # what the id of a healthy twin begins with


@dataclass(frozen=True)
class RunInfo:
    """One line of the list of runs: `store.run("wavenet-k3x9q2").state == "running"`."""

    id: str
    name: str  # what people call it; several runs may share one
    preset: str | None
    state: str  # "queued", or one of ACTIVE or ENDED
    wish: str  # one of WISHES: what was last asked of it
    until: int | None  # the step at which it was asked to pause
    step: int  # steps taken
    steps: int  # steps it will take
    parameters: int
    steps_per_second: float | None  # over the last second or so of training
    created: float  # seconds since 1970
    message: str  # why it diverged, failed or was interrupted; else ""
    train_loss: float | None  # over all examples, in evaluation mode, once finished
    val_loss: float | None
    dataset: str  # sha256 of its words
    words: str  # what they are called: the name of their file
    lr: float | None  # the first learning rate; None where the run's settings cannot be read
    seed: int | None
    kind: str  # one of KINDS: from a RunConfig in this project, or somebody else's loop, watched
    starred: bool
    parent: str | None  # the run it was forked from, which may be deleted by now
    parent_step: int | None  # its checkpoint that the fork began with
    hunt: str | None  # the round of the bug hunt it belongs to
    defect: str | None  # the bug it was openly planted with; of a round of the hunt it is not said
    queue_place: int | None  # 1 is next
    live: bool  # a worker process holds it

    @property
    def lost(self) -> bool:
        """Its worker is gone and the store does not say so yet: within a second `reconcile` will."""
        return self.state in ACTIVE and not self.live

    @property
    def is_twin(self) -> bool:
        """Is it the healthy twin of a round of the bug hunt? Held beside the round's run, it says what the bug is."""
        return self.hunt is not None and self.id.startswith(f"{TWIN}-")

    @property
    def resumable(self) -> bool:
        return self.kind == "trained" and self.state in ("stopped", "failed")


@dataclass(frozen=True)
class Evaluation:
    """A loss in evaluation mode after `step` updates, over the first `examples` examples of a split."""

    step: int
    split: str  # "train" (of a run that trains on all words, all of them) or "val"
    loss: float
    examples: int
