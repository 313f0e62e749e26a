-- By when they were logged the oldest are forgotten.
create index kept_looks_logged_at on session.kept_looks (logged_at);
