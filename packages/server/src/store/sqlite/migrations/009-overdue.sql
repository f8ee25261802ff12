-- Which stages have something that nobody decided in time.
CREATE INDEX alert_overdue ON alert (decide_by, stage) WHERE state = 'held' AND decide_by IS NOT NULL;
