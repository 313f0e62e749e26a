-- Who guides at the workplace, how and in which rhythm.
create function api.arrange_workplace_guidance(
    client_number text, guide traject.guide, guidance_form traject.guidance_form,
    every_days integer default null, employer text default null, person text default null,
    occurred_at timestamptz default null, words traject.sealed default null, expected_version bigint default null,
    audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ArrangeWorkplaceGuidance');
    state traject.trajectory_state := internal.open_state(client_number, expected_version, occurred_at);
    entry traject.event := internal.begin_entry(state, 'workplace_guidance_arranged', occurred_at, words, audience);
begin
    entry.guide := guide;
    entry.guidance_form := guidance_form;
    entry.every_days := internal.in_range('every_days', every_days, 1, 365, null);
    entry.employer_id := internal.employer_id('employer', employer);
    entry.person_id := internal.person_id('person', entry.employer_id, person);
    return query select * from internal.record(state, entry);
end
$$;
