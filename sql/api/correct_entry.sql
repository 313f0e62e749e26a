-- Another entry takes the place of one that was entered wrong, which stays readable.
create function api.correct_entry(
    event_id bigint, reason traject.sealed, occurred_at timestamptz default null, words traject.sealed default null,
    entry_reason traject.sealed default null, stage traject.stage default null, channel traject.channel default null,
    counterpart traject.counterpart default null, reached boolean default null, worker text default null,
    trajectory_kind traject.trajectory_kind default null, outcome traject.outcome default null,
    what traject.sealed_label default null, begins_at timestamptz default null, due_at timestamptz default null,
    hours text default null, percentage integer default null, by_whom traject.sealed_label default null,
    contract traject.contract_kind default null, scheme traject.scheme default null,
    ending traject.ending default null, initiator traject.initiator default null,
    direction traject.direction default null, form traject.first_contact_form default null,
    party traject.agreement_party default null, relation traject.sealed default null, may_be_told traject.sealed default null,
    grouped_as traject.sealed_label default null, expected_version bigint default null, audience traject.audience default null)
returns setof api.recorded language plpgsql as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('CorrectEntry');
    state traject.trajectory_state;
    old traject.event := internal.entry_to_correct(event_id);
    entry traject.event := old;
begin
    state := internal.trajectory_to_correct(old, expected_version);
    entry.correction_reason := internal.text('reason', reason, 1000, demanded => true);
    entry.occurred_at := internal.moment('occurred_at', coalesce(occurred_at, old.occurred_at));
    entry.words := coalesce(internal.text('words', words, 4000), old.words);
    entry.reason := coalesce(internal.text('entry_reason', entry_reason, 1000), old.reason);
    entry.stage := coalesce(stage, old.stage);
    entry.channel := coalesce(channel, old.channel);
    entry.counterpart := coalesce(counterpart, old.counterpart);
    entry.reached := coalesce(reached, old.reached);
    if worker is not null and old.kind <> 'contact' then
        perform internal.refuse('TJ003', 'worker',
            'who did it belongs to a contact; to change the coach, withdraw this entry and assign another');
    end if;
    entry.worker_id := coalesce(internal.worker_id('worker', worker), old.worker_id);
    entry.trajectory_kind := coalesce(trajectory_kind, old.trajectory_kind);
    entry.outcome := coalesce(outcome, old.outcome);
    entry.what := coalesce(internal.text('what', what, 500), old.what);
    entry.begins_at := coalesce(begins_at, old.begins_at);
    entry.due_at := coalesce(due_at, old.due_at);
    entry.hours := coalesce(internal.hours(hours), old.hours);
    entry.percentage := coalesce(percentage, old.percentage);
    entry.by_whom := coalesce(internal.text('by_whom', by_whom, 100), old.by_whom);
    entry.contract := coalesce(contract, old.contract);
    entry.scheme := coalesce(scheme, old.scheme);
    entry.ending := coalesce(ending, old.ending);
    entry.initiator := coalesce(initiator, old.initiator);
    entry.direction := coalesce(direction, old.direction);
    entry.form := coalesce(form, old.form);
    entry.party := coalesce(party, old.party);
    entry.relation := coalesce(internal.text('relation', relation, 100), old.relation);
    entry.may_be_told := coalesce(internal.text('may_be_told', may_be_told, 500), old.may_be_told);
    entry.grouped_as := coalesce(internal.text('grouped_as', grouped_as, 100), old.grouped_as);
    entry.audience := coalesce(audience, old.audience);
    if to_jsonb(entry) - 'correction_reason' = to_jsonb(old) - 'correction_reason' then
        perform internal.refuse('TJ003', 'event_id', 'nothing of entry %s would change; give what was wrong',
            json_build_array(event_id));
    end if;
    perform internal.check_corrected(old, entry);
    entry.supersedes := old.event_id;
    entry.entry_id := coalesce(old.entry_id, old.event_id);
    -- In an imported log the number is that of the entry as it came.
    entry.external_id := null;
    return query select * from internal.record(state, entry, item => false);
end
$$;
