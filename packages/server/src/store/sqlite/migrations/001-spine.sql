CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE account (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL UNIQUE COLLATE NOCASE,
  administrator INTEGER NOT NULL
) STRICT;

CREATE TABLE channel (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  slug          TEXT NOT NULL UNIQUE,
  title         TEXT NOT NULL,
  account       INTEGER NOT NULL REFERENCES account,
  kick_username TEXT NOT NULL,
  url           TEXT NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX channel_account ON channel (account);

CREATE TABLE member (
  channel INTEGER NOT NULL REFERENCES channel,
  account INTEGER NOT NULL REFERENCES account,
  role    TEXT NOT NULL,
  PRIMARY KEY (channel, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_account ON member (account);

-- Keys and tokens are kept as SHA-256 only.
CREATE TABLE api_key (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  account    INTEGER NOT NULL REFERENCES account,
  scopes     TEXT NOT NULL,             -- separated by spaces
  channels   TEXT,                      -- JSON array of ids; NULL: all of the account's
  hash       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE TABLE stream_token (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  channel    INTEGER NOT NULL REFERENCES channel,
  hash       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER                    -- NULL: the current one
) STRICT;
CREATE INDEX stream_token_channel ON stream_token (channel);

-- The log of topic "access".
CREATE TABLE access_change (
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL
) STRICT;

-- The log. Times are milliseconds since 1970. A replay's row has the origin "replay:<event id>" and the
-- person's idempotency key as its external_id, so that one unique index serves both.
CREATE TABLE record (
  n           INTEGER PRIMARY KEY,
  channel     INTEGER NOT NULL REFERENCES channel,
  offset      INTEGER NOT NULL,
  kind        INTEGER NOT NULL,         -- 0 event, 1 replay
  origin      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  id          TEXT NOT NULL,
  arrival     INTEGER NOT NULL,         -- 0 live, 1 late, 2 import
  received_at INTEGER NOT NULL,
  replay_of   TEXT,
  body        TEXT NOT NULL,
  raw         TEXT,
  UNIQUE (channel, offset),
  UNIQUE (channel, origin, external_id)
) STRICT;

CREATE TABLE projection (
  name     TEXT NOT NULL,
  channel  INTEGER NOT NULL REFERENCES channel,
  position INTEGER NOT NULL,
  PRIMARY KEY (name, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE total (
  channel  INTEGER NOT NULL REFERENCES channel,
  currency TEXT NOT NULL,
  exponent INTEGER NOT NULL,
  minor    INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  PRIMARY KEY (channel, currency, exponent)
) STRICT, WITHOUT ROWID;
