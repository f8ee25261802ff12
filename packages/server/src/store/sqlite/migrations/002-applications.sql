-- Programs that act for a channel, what they were allowed, and the codes and tokens by which they show it.
-- Secrets are kept as SHA-256 only; times are milliseconds since 1970.
CREATE TABLE application (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT NOT NULL,
  account       INTEGER NOT NULL REFERENCES account,
  secret_hash   TEXT NOT NULL,
  redirect_uris TEXT NOT NULL,          -- JSON array
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE app_grant (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  application INTEGER NOT NULL REFERENCES application,
  account     INTEGER NOT NULL REFERENCES account,
  channel     INTEGER NOT NULL REFERENCES channel,
  scopes      TEXT NOT NULL,            -- separated by spaces
  created_at  INTEGER NOT NULL,
  revoked_at  INTEGER
) STRICT;
CREATE INDEX app_grant_channel ON app_grant (channel);

CREATE TABLE app_token (
  hash       TEXT PRIMARY KEY,
  app_grant  INTEGER NOT NULL REFERENCES app_grant,
  kind       INTEGER NOT NULL,          -- 0 access, 1 refresh
  expires_at INTEGER NOT NULL,
  sealed     TEXT                       -- of a refresh token that was rotated: its successors, sealed with itself
) STRICT, WITHOUT ROWID;
CREATE INDEX app_token_grant ON app_token (app_grant, kind);
CREATE INDEX app_token_expiry ON app_token (expires_at);

CREATE TABLE app_code (
  hash             TEXT PRIMARY KEY,
  application      INTEGER NOT NULL REFERENCES application,
  account          INTEGER NOT NULL REFERENCES account,
  channel          INTEGER NOT NULL REFERENCES channel,
  scopes           TEXT NOT NULL,
  redirect_uri     TEXT,
  challenge        TEXT,
  challenge_method TEXT,
  expires_at       INTEGER NOT NULL,
  app_grant        INTEGER REFERENCES app_grant  -- what it was redeemed for
) STRICT, WITHOUT ROWID;
CREATE INDEX app_code_expiry ON app_code (expires_at);

-- Links that sign a person in once, and the browsers' sessions.
CREATE TABLE sign_in (
  hash       TEXT PRIMARY KEY,
  account    INTEGER NOT NULL REFERENCES account,
  channel    INTEGER NOT NULL REFERENCES channel,
  session    INTEGER NOT NULL,          -- 0 link, 1 session
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_expiry ON sign_in (expires_at);

-- The donations of each channel in the order of its log, numbered without holes: what pages and counts are made of.
CREATE TABLE donation (
  channel INTEGER NOT NULL REFERENCES channel,
  place   INTEGER NOT NULL,             -- 1, 2, 3 …
  offset  INTEGER NOT NULL,
  PRIMARY KEY (channel, place)
) STRICT, WITHOUT ROWID;

-- One projection makes these and the totals now: both are made anew from the log.
DELETE FROM total;
DELETE FROM projection;
