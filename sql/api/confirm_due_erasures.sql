-- The second person says yes to what was asked for because the period has passed, and still has. Some at a time, so
-- that no call takes long.
create function api.confirm_due_erasures()
returns setof api.confirm_due_erasures_reply language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ConfirmDueErasures');
    waiting bigint[] := array(
        select e.erasure_id from internal.erasures() e join internal.retention_due() d on d.client_id = e.client_id
         where e.by_retention and e.state = 'waiting' order by e.requested_at, e.erasure_id);
    erasure bigint;
    numbers text[] := '{}';
begin
    foreach erasure in array waiting[1:200] loop
        numbers := numbers || internal.erase(erasure);
    end loop;
    perform session.look(numbers, '{}');
    return query select cardinality(numbers), cardinality(waiting) - cardinality(numbers);
end
$$;
