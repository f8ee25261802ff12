-- Versions of topics that are no log: who hears of another one reads anew what the topic is about.
CREATE TABLE topic (
  name    TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What creators have stored so that a platform's events flow into a channel. Times are milliseconds since 1970.
CREATE TABLE connection (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  channel        INTEGER NOT NULL REFERENCES channel,
  platform       TEXT NOT NULL,
  account        TEXT NOT NULL,         -- '' until the platform said it
  name           TEXT NOT NULL,
  wanted         INTEGER NOT NULL,
  version        INTEGER NOT NULL,      -- of the topic, when a person changed it last
  secret         TEXT NOT NULL,         -- sealed
  secret_version INTEGER NOT NULL,
  state          TEXT NOT NULL,         -- JSON, '' until it ran
  created_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX connection_account ON connection (channel, platform, account) WHERE account <> '';

-- Texts that may hold an event and cannot be read. The same text is there once.
CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  connection  INTEGER NOT NULL REFERENCES connection,
  hash        TEXT NOT NULL,            -- SHA-256 of raw
  raw         TEXT NOT NULL,
  reason      TEXT NOT NULL,
  arrival     TEXT NOT NULL,            -- live, late, import
  received_at INTEGER NOT NULL,
  UNIQUE (connection, hash)
) STRICT;

-- What platforms said that is no event; the newest of each connection.
CREATE TABLE source_note (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  connection  INTEGER NOT NULL REFERENCES connection,
  what        TEXT NOT NULL,
  raw         TEXT NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX source_note_connection ON source_note (connection, id);

-- When requests of an application were sent, or will be: JSON array of the last ones.
CREATE TABLE budget (
  name  TEXT PRIMARY KEY,
  slots TEXT NOT NULL
) STRICT, WITHOUT ROWID;
