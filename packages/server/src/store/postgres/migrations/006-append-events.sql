-- `append` for new events alone, all of a call at once: no replays, none that is shown again, none from an export. The entries'
-- columns come as arrays. Everything else is as `append` says, and the two may run at the same time.
--
-- What is looked up by an index for each entry stands in a LATERAL with a LIMIT, or an EXISTS with an OFFSET: a plan that was
-- made while the tables were short cannot make a join of it then, which would read all of a long one.
CREATE FUNCTION append_events(
  channels bigint[], origins text[], external_ids text[], bodies text[], raws text[], arrivals smallint[], starts text[],
  nows bigint[]
) RETURNS TABLE (place integer, status text, "offset" bigint, n bigint, received_at bigint)
LANGUAGE plpgsql SET lock_timeout = '4s' SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  PERFORM 1 FROM head WHERE head.channel = ANY (channels) ORDER BY head.channel FOR NO KEY UPDATE;

  WITH entry AS (
    SELECT DISTINCT ON (channel, origin, external_id) entry.*, last."offset" AS last, last.received_at
      FROM unnest(channels, origins, external_ids, bodies, raws, arrivals, starts, nows) WITH ORDINALITY
          AS entry (channel, origin, external_id, body, raw, arrival, start, now, place),
        LATERAL (SELECT * FROM head WHERE head.channel = entry.channel LIMIT 1) AS last
      WHERE NOT EXISTS (
        SELECT FROM log_record AS known
          WHERE known.channel = entry.channel AND replay_of = 0
            AND known.origin = entry.origin AND known.external_id = entry.external_id
          OFFSET 0)
      ORDER BY channel, origin, external_id, place
  ), stored AS (
    INSERT INTO log_record (channel, "offset", replay_of, origin, external_id, start, arrival, received_at, body, raw)
      SELECT channel, last + row_number() OVER log, 0, origin, external_id, start, arrival,
          greatest(received_at, max(now) OVER log), body, raw
        FROM entry WINDOW log AS (PARTITION BY channel ORDER BY place)
      RETURNING channel, "offset", received_at
  )
  -- Each of them is there already: this is an UPDATE that finds its rows by the index in every plan.
  INSERT INTO head SELECT channel, max("offset"), max(received_at) FROM stored GROUP BY channel
    ON CONFLICT (channel) DO UPDATE SET "offset" = excluded."offset", received_at = excluded.received_at;

  RETURN QUERY
    SELECT entry.place::integer - 1,
        CASE WHEN known.n IS NULL THEN 'unknown-channel' WHEN known.start = entry.start THEN 'appended' ELSE 'duplicate' END,
        known."offset", known.n, known.received_at
      FROM unnest(channels, origins, external_ids, starts) WITH ORDINALITY
          AS entry (channel, origin, external_id, start, place)
        LEFT JOIN LATERAL (
          SELECT * FROM log_record AS known
            WHERE known.channel = entry.channel AND replay_of = 0
              AND known.origin = entry.origin AND known.external_id = entry.external_id
            LIMIT 1) AS known ON true;
END
$$;
