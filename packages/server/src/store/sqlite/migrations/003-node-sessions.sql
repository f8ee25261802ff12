-- The nodes that run. A session lives while its last beat is young, by the database's own clock.
CREATE TABLE node_session (
  fence     INTEGER PRIMARY KEY AUTOINCREMENT,
  token     TEXT NOT NULL,
  name      TEXT NOT NULL,              -- for people
  beaten_at INTEGER NOT NULL            -- milliseconds since 1970
) STRICT;

-- What a session holds, and what its holders kept for those after them.
CREATE TABLE holding (
  name  TEXT PRIMARY KEY,               -- source:12, job:retention, screen:5
  fence INTEGER NOT NULL,               -- 0: nobody
  token TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW database_time AS SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now;

-- A beat from the future is of a clock that was set back since: it counts no longer than any other.
CREATE VIEW live_session AS
  SELECT fence, token FROM node_session, database_time WHERE abs(now - beaten_at) < 5000;
