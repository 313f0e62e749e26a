-- Where the statement of each call says whose record it showed, changed, or named and was refused. A view, because what
-- is inserted in a statement is inserted whether or not that statement has any row to answer, and for the whole of it
-- or not at all. Its trigger notes it; session.log_looks makes the lines of a whole batch of calls at once, in the same
-- transaction.
create view session.look as
    select null::text[] as client_numbers, null::bigint[] as event_ids, null::boolean as failed where false;
grant insert on session.look to traject_daemon, traject_api;

create function session.look() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform session.acting(),
            internal.note_look(new.client_numbers, new.event_ids, '{}', coalesce(new.failed, false));
    return new;
end
$$;
revoke all on function session.look from public;
create trigger look instead of insert on session.look for each row execute function session.look();
