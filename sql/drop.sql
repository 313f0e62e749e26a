-- What goes before the functions are made anew. From the first line on whoever calls waits until all of it is done, since
-- each call reads this table: so nobody finds half of the functions.
truncate session.method_access;
drop schema if exists api, internal cascade;
drop function if exists session.enter, session.actor, session.act, session.admitted, session.authenticate,
    session.ended_tokens, session.pass_rhythms, session.forget_answers, session.forget_kept_looks, session.subject_key, session.with_keys,
    session.is_sealed, session.fit_keys, session.log_looks, session.begin_on_standby, session.standby_looks,
    session.log_standby_looks, session.log_kept_looks, session.applied, session.holder;
drop view if exists session.open_token, session.look;
drop function if exists session.look;
create schema api;
create schema internal;
grant usage on schema api to traject_daemon;
grant usage on schema api, internal to traject_api;
-- Functions call each other in any order.
set local check_function_bodies = off;
