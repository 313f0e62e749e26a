-- What carries an item on or ends it.
create function api.record_step(
    client_number text, kind traject.event_kind, item_id bigint default null, occurred_at timestamptz default null,
    words traject.sealed default null, reason traject.sealed default null, what traject.sealed default null, begins_at timestamptz default null,
    due_at timestamptz default null, hours text default null, contract traject.contract_kind default null,
    ending traject.ending default null, by_whom traject.sealed_label default null, grouped_as traject.sealed_label default null,
    relation traject.sealed default null, may_be_told traject.sealed default null, party traject.agreement_party default null,
    guide traject.guide default null, guidance_form traject.guidance_form default null, every_days integer default null,
    channel traject.channel default null, record_read boolean default null,
    introduced_to_client boolean default null, agreements_passed_on boolean default null,
    story_retold boolean default null, expected_version bigint default null, employer text default null,
    person text default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('RecordStep');
    rule traject.event_rule := (select r from traject.event_rule r where r.kind = record_step.kind);
    item traject.item := internal.item(client_number, kind, item_id);
    state traject.trajectory_state := internal.item_state(item, client_number, expected_version);
    entry traject.event := internal.begin_entry(state, record_step.kind, occurred_at, words, audience);
begin
    -- Somebody may have changed the item while this waited for its trajectory.
    item := internal.item(client_number, kind, item.item_id);
    entry.item_id := item.item_id;
    entry.reason := internal.text('reason', reason, 1000);
    entry.what := internal.text('what', what, 500);
    entry.begins_at := begins_at;
    entry.due_at := due_at;
    entry.hours := internal.hours(hours);
    entry.contract := contract;
    entry.ending := ending;
    entry.by_whom := internal.text('by_whom', by_whom, 100);
    entry.grouped_as := internal.text('grouped_as', grouped_as, 100);
    entry.relation := internal.text('relation', relation, 100);
    entry.may_be_told := internal.text('may_be_told', may_be_told, 500);
    entry.party := party;
    entry.guide := guide;
    entry.guidance_form := guidance_form;
    entry.employer_id := internal.employer_id('employer', employer);
    if person is not null then
        entry.employer_id := coalesce(entry.employer_id, item.employer_id);
        entry.person_id := internal.person_id('person', entry.employer_id, person);
    elsif entry.employer_id <> item.employer_id and item.person_id is not null then
        perform internal.refuse('TJ003', 'person', 'person is missing; name who guides at %s', json_build_array(employer));
    end if;
    entry.every_days := internal.in_range('every_days', every_days, 1, 365, null);
    entry.channel := channel;
    entry.record_read := nullif(record_read, false);
    entry.introduced_to_client := nullif(introduced_to_client, false);
    entry.agreements_passed_on := nullif(agreements_passed_on, false);
    entry.story_retold := nullif(story_retold, false);
    if record_step.kind = 'contract_changed' and contract is null and item.contract = 'permanent' and due_at is not null then
        perform internal.refuse('TJ003', 'due_at', 'a permanent contract has no end; leave it out, or make the contract temporary');
    end if;
    -- What was planned as a contact was one, or an attempt.
    if 'reached' = any (rule.needs) then
        entry.channel := coalesce(channel, item.channel);
        entry.counterpart := item.counterpart;
        entry.reached := record_step.kind = 'appointment_kept';
    end if;
    perform internal.check_changes(entry);
    return query select * from internal.record(state, entry);
end
$$;
