-- Who gave to a channel, and where in its log for the first time: from the oldest record on, for channels with a stage.
CREATE TABLE donor (
  channel bigint NOT NULL REFERENCES channel,
  key     text NOT NULL,
  first   bigint NOT NULL,              -- an offset
  PRIMARY KEY (channel, key)
);

INSERT INTO projection SELECT DISTINCT 'donor', channel, 0 FROM stage ON CONFLICT DO NOTHING;

-- Moves the position in a channel and notes its donors, unless another node has moved it meanwhile. `donors`: [{key, first}].
CREATE FUNCTION note_donors(of_channel bigint, at_position bigint, to_position bigint, donors json)
RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '4s' SET enable_seqscan = off AS $$
BEGIN
  UPDATE projection SET position = to_position
    WHERE name = 'donor' AND channel = of_channel AND position = at_position;
  IF NOT found THEN
    RETURN false;
  END IF;
  INSERT INTO donor SELECT of_channel, d.key, d.first FROM json_to_recordset(donors) AS d (key text, first bigint)
    ON CONFLICT DO NOTHING;
  RETURN true;
END
$$;
