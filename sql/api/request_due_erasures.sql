-- A manager asks for the erasure of those whose period has passed and for whom nobody did, longest due first; somebody
-- else confirms it. Some at a time, so that no call takes long.
create function api.request_due_erasures()
returns setof api.request_due_erasures_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RequestDueErasures');
    due record;
begin
    with due as materialized (
        select d.client_id, d.client_number, row_number() over (order by d.due_at, d.client_id) <= 1000 as taken
          from internal.retention_due() d where d.requested_at is null
    ), asked as (
        insert into traject.erasure (municipality_id, client_id, by_retention)
        select municipality, d.client_id, true from due d where d.taken
    )
    select array_agg(d.client_number) filter (where d.taken) as taken, count(*) filter (where d.taken)::integer as asked,
           count(*) filter (where not d.taken)::integer as others
      into due from due d;
    perform session.look(due.taken, '{}');
    return query select due.asked, due.others;
end
$$;
