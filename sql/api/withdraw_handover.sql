-- The municipality takes the handover back before guidance moved.
create function api.withdraw_handover(
    client_number text, reason traject.sealed, occurred_at timestamptz default null,
    expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('WithdrawHandover');
begin
    return query
    select * from internal.end_handover(client_number, 'withdraw', 'withdrawn', '{flagged,prepared,accepted}', reason, occurred_at,
                                        expected_version, audience);
end
$$;
