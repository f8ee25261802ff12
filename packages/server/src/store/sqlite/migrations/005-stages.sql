-- Alert queues. A stage's row is changed by whoever still finds its version; its state is JSON. Times are milliseconds since 1970.
CREATE TABLE stage (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  channel          INTEGER NOT NULL REFERENCES channel,
  name             TEXT NOT NULL,
  version          INTEGER NOT NULL,
  settings_version INTEGER NOT NULL,  -- 0: the usual ones
  keys_version     INTEGER NOT NULL,  -- another one when keys end
  state            TEXT NOT NULL,
  UNIQUE (channel, name)
) STRICT;

CREATE TABLE stage_settings (
  stage    INTEGER NOT NULL REFERENCES stage,
  version  INTEGER NOT NULL,  -- 0: the draft
  body     TEXT NOT NULL,  -- JSON
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  PRIMARY KEY (stage, version)
) STRICT, WITHOUT ROWID;

-- The showings of events. What the queue is read by stands beside the alert's JSON.
CREATE TABLE alert (
  stage     INTEGER NOT NULL REFERENCES stage,
  id        TEXT NOT NULL,
  event     TEXT,  -- NULL: a summary
  state     TEXT NOT NULL,
  rank      REAL NOT NULL,
  queued_at INTEGER NOT NULL,
  decide_by INTEGER,
  body      TEXT NOT NULL,
  PRIMARY KEY (stage, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_queue ON alert (stage, state, rank) WHERE state IN ('held', 'queued', 'leased', 'showing');
CREATE INDEX alert_newest ON alert (stage, queued_at);

-- What became of alerts, step by step.
CREATE TABLE receipt (
  n     INTEGER PRIMARY KEY,
  stage INTEGER NOT NULL REFERENCES stage,
  event TEXT,
  body  TEXT NOT NULL  -- JSON
) STRICT;
CREATE INDEX receipt_event ON receipt (event, n) WHERE event IS NOT NULL;

-- Who did what to a stage.
CREATE TABLE audit (
  n       INTEGER PRIMARY KEY,
  channel INTEGER NOT NULL REFERENCES channel,
  stage   INTEGER NOT NULL REFERENCES stage,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT  -- an alert
) STRICT;
CREATE INDEX audit_channel ON audit (channel, n);

-- What opens a screen, or steers a stage. The key itself is sealed, so that its owner can copy the link again.
CREATE TABLE stage_key (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  stage      INTEGER NOT NULL REFERENCES stage,
  kind       TEXT NOT NULL,  -- display, control, action
  detail     TEXT NOT NULL,  -- the screen's id, '', the action
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  sealed     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,  -- NULL: a current one
  used_at    INTEGER
) STRICT;
CREATE INDEX stage_key_stage ON stage_key (stage);
