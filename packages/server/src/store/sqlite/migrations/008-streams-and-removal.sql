-- When OBS streams, and what was given since: beside the state, because the intake alone writes it.
ALTER TABLE stage ADD COLUMN gifts TEXT;  -- JSON; NULL: nothing yet

-- What a removed stage was called: its receipts stay, its name is free.
ALTER TABLE stage ADD COLUMN former TEXT;

UPDATE stage SET state = json_set(state, '$.onAir', json('{"since":null,"until":null}'));
UPDATE stage_settings SET body = json_set(body, '$.late.holdUntilLive', json('false'));
