-- As before, but for `gifts`: a node of the version before, which goes on until it is replaced, names none, and must not take
-- away those that are there. Nobody means to: what was given once stays given.
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
    UPDATE stage SET version = version + 1, gifts = coalesce(entry.gifts::text, gifts)
      WHERE id = entry.stage AND former IS NULL RETURNING id, stage.version INTO stage, version;
    IF found THEN
      PERFORM write_alerts(entry.stage, entry.alerts, entry.receipts);
      RETURN NEXT;
    END IF;
  END LOOP;
END
$$;
