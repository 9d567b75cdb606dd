"""The tables of the run store."""

APPLICATION_ID = 0x6D6B6D72  # "mkmr" in the file's header: tells our files from other programs' databases
VERSION = 2  # PRAGMA user_version: raise it with every change to SCHEMA, and add the way there to MIGRATIONS
LOSS_BLOCK = 4096  # losses a row

SIZES = """
-- what runs take up, without a look at every page of what they recorded
CREATE INDEX losses_by_size ON losses (run, length(data));
CREATE INDEX frames_by_size ON frames (run, length(data));
CREATE INDEX checkpoints_by_size ON checkpoints (run, length(data));
"""

SCHEMA = f"""
CREATE TABLE datasets (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL);

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    preset TEXT,
    created REAL NOT NULL,             -- seconds since 1970
    config TEXT NOT NULL,              -- RunConfig.to_json()
    dataset TEXT NOT NULL,             -- datasets.sha256
    parameters INTEGER NOT NULL,
    steps INTEGER NOT NULL,            -- how many it will take
    state TEXT NOT NULL,
    queued REAL NOT NULL,              -- when it began to wait
    wish TEXT NOT NULL DEFAULT 'run',
    until INTEGER,                     -- pause at this step
    step INTEGER NOT NULL DEFAULT 0,   -- steps taken
    steps_per_second REAL,
    message TEXT NOT NULL DEFAULT '',
    train_loss REAL,                   -- over all examples, in evaluation mode, at the end
    val_loss REAL,
    kind TEXT NOT NULL DEFAULT 'trained',  -- here, from a RunConfig, or 'watched': somebody else's training loop
    starred INTEGER NOT NULL DEFAULT 0,
    parent TEXT,                       -- the run it was forked from,
    parent_step INTEGER,               -- and the checkpoint there
    hunt TEXT                          -- the round of the bug hunt it belongs to
);
CREATE INDEX runs_by_state ON runs (state, queued);

-- losses[s - 1] is the loss of step s: float32, {LOSS_BLOCK} a row, the last row shorter
CREATE TABLE losses (run TEXT, block INTEGER, data BLOB NOT NULL, PRIMARY KEY (run, block));

CREATE TABLE frames (run TEXT, step INTEGER, data BLOB NOT NULL, PRIMARY KEY (run, step));
CREATE TABLE live (run TEXT PRIMARY KEY, step INTEGER NOT NULL, data BLOB NOT NULL);

CREATE TABLE samples (run TEXT, step INTEGER, words TEXT NOT NULL, PRIMARY KEY (run, step));

CREATE TABLE evaluations (
    run TEXT, step INTEGER, split TEXT, loss REAL, examples INTEGER NOT NULL, PRIMARY KEY (run, step, split)
);

-- the state after `step` updates; all but one a run (the rolling one) are kept
CREATE TABLE checkpoints (run TEXT, step INTEGER, kept INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (run, step));

-- of a run that diverged: its last steps whole, as one safetensors file
CREATE TABLE black_boxes (run TEXT PRIMARY KEY, data BLOB NOT NULL);

{SIZES}
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""

MIGRATIONS = {  # from this version to the next
    1: f"""
ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'trained';
ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN parent TEXT;
ALTER TABLE runs ADD COLUMN parent_step INTEGER;
ALTER TABLE runs ADD COLUMN hunt TEXT;
CREATE TABLE black_boxes (run TEXT PRIMARY KEY, data BLOB NOT NULL);
{SIZES}
PRAGMA user_version = 2;
""",
}
