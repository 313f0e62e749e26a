-- Refuses entries of a log that lack what each of them needs, by the name that the log gives them.
create function internal.check_log(entries api.log_entry[]) returns void language plpgsql immutable as $$
declare
    entry api.log_entry;
    place integer := 0;
    starts integer := 0;
begin
    if cardinality(entries) > 2000 then
        perform internal.refuse('TJ003', 'entries', 'the case has %s entries; import at most 2000',
            json_build_array(cardinality(entries)));
    end if;
    foreach entry in array coalesce(entries, '{}') loop
        place := place + 1;
        if coalesce(btrim(entry.external_id), '') = '' then
            perform internal.refuse('TJ003', 'entries', 'the entry in place %s has no external_id; give the id that it '
                'has in the log',
            json_build_array(place));
        elsif entry.occurred_at is null or entry.kind is null then
            perform internal.refuse('TJ003', 'entries', 'entry %s has no %s; give it',
            json_build_array(entry.external_id,
                case when entry.kind is null then 'kind' else 'occurred_at' end));
        elsif not internal.in_log(entry.kind) then
            perform internal.refuse('TJ003', 'entries', 'entry %s is %s, which no event log brings in; leave it out',
            json_build_array(entry.external_id, internal.word(entry.kind)));
        elsif entry.kind in ('trajectory_started', 'coach_assigned') and (entry.coach is null or entry.team is null) then
            perform internal.refuse('TJ003', 'entries', 'entry %s does not say who is the coach, in which team',
            json_build_array(entry.external_id));
        end if;
        starts := starts + (entry.kind = 'trajectory_started')::integer;
    end loop;
    if starts <> 1 then
        perform internal.refuse('TJ003', 'entries', 'the case starts %s times; a case has one trajectory_started',
            json_build_array(starts));
    end if;
end
$$;

-- The entry as it stands in the timeline. What its kind needs in words, which the log has not, is `words`, and of names
-- and labels `by_whom`.
create function internal.log_event(entry api.log_entry, words traject.sealed, by_whom traject.sealed_label) returns traject.event
language plpgsql stable as $$
declare
    made traject.event;
    done text[] := string_to_array(entry.checklist, ' ');
    needs text[] := (select r.needs from traject.event_rule r where r.kind = entry.kind);
begin
    made.kind := entry.kind;
    made.external_id := entry.external_id;
    made.occurred_at := entry.occurred_at;
    made.worker_id := internal.worker_id('entries', entry.worker, revoked_too => true);
    if entry.kind in ('trajectory_started', 'coach_assigned') then
        made.worker_id := internal.worker_id('entries', entry.coach, revoked_too => true);
        made.team_id := internal.team_id('entries', entry.team, revoked_too => true);
    end if;
    if entry.kind in ('trajectory_started', 'stage_moved') then
        made.stage := entry.stage;
    end if;
    made.activity := entry.activity;
    made.channel := entry.channel;
    made.counterpart := entry.counterpart;
    made.reached := entry.reached;
    made.trajectory_kind := entry.trajectory_kind;
    made.outcome := entry.outcome;
    made.employer_id := internal.employer_id('entries', entry.employer, revoked_too => true);
    made.person_id := internal.person_id('entries', made.employer_id, entry.person);
    made.second_person_id := internal.person_id('entries', made.employer_id, entry.second_person);
    made.initiator := entry.initiator;
    made.direction := entry.direction;
    made.form := entry.form;
    made.contract := entry.contract;
    made.hours := internal.hours(entry.hours);
    made.percentage := entry.percentage;
    made.scheme := entry.scheme;
    made.ending := entry.ending;
    made.guide := entry.guide;
    made.guidance_form := entry.guidance_form;
    made.every_days := entry.every_days;
    made.theme := entry.theme;
    made.factor := entry.factor;
    made.party := entry.party;
    made.begins_at := entry.begins_at;
    made.due_at := entry.due_at;
    made.audience := entry.audience;
    if not done <@ '{talked_through_with_client,guidance_needs_shared,absence_and_dropout_discussed,fallback_agreed,
                     record_read,introduced_to_client,agreements_passed_on,story_retold}' then
        perform internal.refuse('TJ003', 'entries', 'entry %s has the checklist "%s", with words that stand in no '
            'checklist',
            json_build_array(entry.external_id, left(entry.checklist, 100)));
    end if;
    made.talked_through_with_client := nullif('talked_through_with_client' = any (done), false);
    made.guidance_needs_shared := nullif('guidance_needs_shared' = any (done), false);
    made.absence_and_dropout_discussed := nullif('absence_and_dropout_discussed' = any (done), false);
    made.fallback_agreed := nullif('fallback_agreed' = any (done), false);
    made.record_read := nullif('record_read' = any (done), false);
    made.introduced_to_client := nullif('introduced_to_client' = any (done), false);
    made.agreements_passed_on := nullif('agreements_passed_on' = any (done), false);
    made.story_retold := nullif('story_retold' = any (done), false);
    made.reason := case when 'reason' = any (needs)
                          or entry.kind in ('handover_declined', 'handover_withdrawn', 'handover_returned') then words end;
    made.words := case when 'words' = any (needs) then words end;
    made.what := case when 'what' = any (needs) then words end;
    made.by_whom := case when 'by_whom' = any (needs) then by_whom end;
    made.grouped_as := case when 'grouped_as' = any (needs) then by_whom end;
    return made;
end
$$;

-- Those entries of the log that are not `there`, in the order given, as entries of that trajectory.
create function internal.log_events(state traject.trajectory_state, entries api.log_entry[], there text[],
                                    words traject.sealed, by_whom traject.sealed_label)
returns traject.event[] language plpgsql as $$
declare
    made traject.event[] := '{}';
    entry api.log_entry;
    added traject.event;
    stage traject.stage;
    items text[] := '{}';
    item_ids bigint[] := '{}';
begin
    foreach entry in array entries loop
        if entry.external_id <> all (there) then
            added := internal.fill_entry(state, internal.log_event(entry, words, by_whom));
            if entry.kind = 'stage_moved'
               and traject.stage_number(entry.stage) is distinct from traject.stage_number(stage) + 1 then
                added.reason := words;
            end if;
            if entry.item is not null then
                if entry.item <> all (items) then
                    items := items || entry.item;
                    item_ids := item_ids || coalesce(
                        (select e.item_id from traject.event e
                          where e.municipality_id = state.municipality_id and e.trajectory_id = state.trajectory_id
                            and e.external_id = entry.item), added.event_id);
                end if;
                added.item_id := item_ids[array_position(items, entry.item)];
            end if;
            made := made || added;
        end if;
        stage := case when entry.kind in ('trajectory_started', 'stage_moved') then entry.stage else stage end;
    end loop;
    return made;
end
$$;
