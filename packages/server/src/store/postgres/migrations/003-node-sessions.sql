-- The nodes that run. A session lives while its last beat is young, by the database's own clock.
CREATE TABLE node_session (
  fence     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token     text NOT NULL,
  name      text NOT NULL,              -- for people
  beaten_at bigint NOT NULL             -- milliseconds since 1970
) WITH (fillfactor = 50);

-- What a session holds, and what its holders kept for those after them.
CREATE TABLE holding (
  name  text PRIMARY KEY,               -- source:12, job:retention, screen:5
  fence bigint NOT NULL,                -- 0: nobody
  token text NOT NULL,
  state text NOT NULL
);

CREATE FUNCTION database_time() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- A beat from the future is of a clock that was set back since: it counts no longer than any other.
CREATE FUNCTION lives(beaten_at bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT abs(database_time() - beaten_at) < 5000
$$;

-- Takes what no living session holds, for a session that lives. The locks are taken in one order, the holding's first, then
-- the sessions' by fence: a beat that is under way is waited for, and nobody waits in a circle.
CREATE FUNCTION hold(wanted text, by_fence bigint, by_token text) RETURNS TABLE (status text, state text)
LANGUAGE plpgsql SET lock_timeout = '4s' AS $$
#variable_conflict use_column
DECLARE
  known holding%ROWTYPE;
BEGIN
  INSERT INTO holding VALUES (wanted, 0, '', '') ON CONFLICT DO NOTHING;
  SELECT * INTO known FROM holding WHERE name = wanted FOR UPDATE;
  PERFORM 1 FROM node_session WHERE fence IN (by_fence, known.fence) ORDER BY fence FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM node_session WHERE fence = by_fence AND token = by_token AND lives(beaten_at)) THEN
    RETURN QUERY SELECT 'expired', '';
  ELSIF (known.fence, known.token) <> (by_fence, by_token)
    AND EXISTS (SELECT FROM node_session WHERE fence = known.fence AND token = known.token AND lives(beaten_at)) THEN
    RETURN QUERY SELECT 'taken', '';
  ELSE
    UPDATE holding SET fence = by_fence, token = by_token WHERE name = wanted;
    RETURN QUERY SELECT 'held', known.state;
  END IF;
END
$$;
