-- Programs that act for a channel, what they were allowed, and the codes and tokens by which they show it.
-- Secrets are kept as SHA-256 only; times are milliseconds since 1970.
CREATE TABLE application (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text NOT NULL,
  account       bigint NOT NULL REFERENCES account,
  secret_hash   text NOT NULL,
  redirect_uris text[] NOT NULL,
  created_at    bigint NOT NULL
);

CREATE TABLE app_grant (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application bigint NOT NULL REFERENCES application,
  account     bigint NOT NULL REFERENCES account,
  channel     bigint NOT NULL REFERENCES channel,
  scopes      text NOT NULL,            -- separated by spaces
  created_at  bigint NOT NULL,
  revoked_at  bigint
);
CREATE INDEX app_grant_channel ON app_grant (channel);

CREATE TABLE app_token (
  hash       text PRIMARY KEY,
  app_grant  bigint NOT NULL REFERENCES app_grant,
  kind       smallint NOT NULL,         -- 0 access, 1 refresh
  expires_at bigint NOT NULL,
  sealed     text                       -- of a refresh token that was rotated: its successors, sealed with itself
);
CREATE INDEX app_token_grant ON app_token (app_grant, kind);
CREATE INDEX app_token_expiry ON app_token (expires_at);

CREATE TABLE app_code (
  hash             text PRIMARY KEY,
  application      bigint NOT NULL REFERENCES application,
  account          bigint NOT NULL REFERENCES account,
  channel          bigint NOT NULL REFERENCES channel,
  scopes           text NOT NULL,
  redirect_uri     text,
  challenge        text,
  challenge_method text,
  expires_at       bigint NOT NULL,
  app_grant        bigint REFERENCES app_grant  -- what it was redeemed for
);
CREATE INDEX app_code_expiry ON app_code (expires_at);

-- Links that sign a person in once, and the browsers' sessions.
CREATE TABLE sign_in (
  hash       text PRIMARY KEY,
  account    bigint NOT NULL REFERENCES account,
  channel    bigint NOT NULL REFERENCES channel,
  session    boolean NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX sign_in_expiry ON sign_in (expires_at);
