-- When OBS streams, and what was given since: beside the state, because the intake alone writes it.
ALTER TABLE stage ADD COLUMN gifts text;  -- JSON; NULL: nothing yet

-- What a removed stage was called: its receipts stay, its name is free.
ALTER TABLE stage ADD COLUMN former text;

UPDATE stage SET state = jsonb_set(state::jsonb, '{onAir}', '{"since": null, "until": null}')::text;
UPDATE stage_settings SET body = jsonb_set(body::jsonb, '{late,holdUntilLive}', 'false')::text;

-- Takes in what records became, unless another node has moved the position meanwhile. Answers the stages' new versions;
-- without any taken, one row with the stage 0. `taken`: [{stage, alerts, receipts, gifts}].
CREATE OR REPLACE FUNCTION take_in(of_channel bigint, at_position bigint, to_position bigint, taken json)
RETURNS TABLE (stage bigint, version bigint) LANGUAGE plpgsql SET lock_timeout = '4s' SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  entry record;
BEGIN
  UPDATE projection SET position = to_position
    WHERE name = 'stage' AND channel = of_channel AND position = at_position;
  IF NOT found THEN
    RETURN;
  END IF;
  stage := 0;
  version := 0;
  RETURN NEXT;
  FOR entry IN SELECT * FROM json_to_recordset(taken) AS t (stage bigint, alerts json, receipts json, gifts json) ORDER BY stage LOOP
    UPDATE stage SET version = version + 1, gifts = entry.gifts::text
      WHERE id = entry.stage AND former IS NULL RETURNING id, stage.version INTO stage, version;
    IF found THEN
      PERFORM write_alerts(entry.stage, entry.alerts, entry.receipts);
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;
