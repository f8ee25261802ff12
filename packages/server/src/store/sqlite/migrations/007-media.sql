-- Pictures, videos and sounds that creators have uploaded. A file is there once it has arrived whole.
CREATE TABLE media (
  n            INTEGER PRIMARY KEY AUTOINCREMENT,
  channel      INTEGER NOT NULL REFERENCES channel,
  id           TEXT NOT NULL,  -- of its bytes
  name         TEXT NOT NULL,
  format       TEXT NOT NULL,
  bytes        INTEGER NOT NULL,
  width        INTEGER,
  height       INTEGER,
  milliseconds INTEGER,
  added_by     TEXT NOT NULL,
  began_at     INTEGER NOT NULL,
  added_at     INTEGER  -- NULL: it is on its way
) STRICT;
CREATE UNIQUE INDEX media_of_channel ON media (channel, id) WHERE added_at IS NOT NULL;
CREATE INDEX media_id ON media (id);

CREATE TABLE media_part (
  media INTEGER NOT NULL REFERENCES media ON DELETE CASCADE,
  place INTEGER NOT NULL,  -- from 0
  bytes BLOB NOT NULL,
  PRIMARY KEY (media, place)
) STRICT;
