-- Who gave to a channel, and where in its log for the first time: from the oldest record on, for channels with a stage.
CREATE TABLE donor (
  channel INTEGER NOT NULL REFERENCES channel,
  key     TEXT NOT NULL,
  first   INTEGER NOT NULL,             -- an offset
  PRIMARY KEY (channel, key)
) STRICT, WITHOUT ROWID;

INSERT INTO projection SELECT DISTINCT 'donor', channel, 0 FROM stage WHERE true ON CONFLICT DO NOTHING;
