-- Something that is beyond the power of who guides.
create function api.raise_bottleneck(
    client_number text, what traject.sealed, grouped_as traject.sealed_label default null, occurred_at timestamptz default null,
    words traject.sealed default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RaiseBottleneck');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'bottleneck_raised', occurred_at, words, audience);
begin
    entry.what := internal.text('what', what, 500, demanded => true);
    entry.grouped_as := internal.text('grouped_as', grouped_as, 100, demanded => false);
    return query select * from internal.record(state, entry);
end
$$;
