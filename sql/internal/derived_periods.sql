-- Where the client was, with which coach, and who guided, as the entries say, which are given in their order. A move to
-- the same stage or coach is none; whoever enters it is told so, but an entry made later may bring it about. Loops rather
-- than statements, here and in what follows: of a few entries, starting a statement would be most of the work.
create function internal.stage_spells(entries traject.event[]) returns traject.stage_spell[]
language plpgsql stable as $$
declare
    spells traject.stage_spell[] := '{}';
    spell traject.stage_spell;
    before traject.stage;
    entry traject.event;
begin
    foreach entry in array entries loop
        continue when entry.kind not in ('trajectory_started', 'stage_moved', 'trajectory_ended');
        if entry.kind = 'trajectory_ended' or entry.stage is distinct from before then
            if spell.period is not null then
                spell.period := tstzrange(lower(spell.period), entry.occurred_at);
                spells := spells || spell;
            end if;
            spell := null;
            if entry.kind <> 'trajectory_ended' then
                spell := (entry.municipality_id, entry.trajectory_id, tstzrange(entry.occurred_at, null), entry.stage, before,
                          null);
                if before is not null then
                    spell.reason := entry.reason;
                end if;
            end if;
        end if;
        before := entry.stage;
    end loop;
    return case when spell.period is not null then spells || spell else spells end;
end
$$;

create function internal.coach_assignments(entries traject.event[]) returns traject.coach_assignment[]
language plpgsql stable as $$
declare
    assignments traject.coach_assignment[] := '{}';
    assignment traject.coach_assignment;
    entry traject.event;
begin
    foreach entry in array entries loop
        continue when entry.kind not in ('trajectory_started', 'coach_assigned', 'trajectory_ended')
                   or (entry.team_id, entry.worker_id) is not distinct from (assignment.team_id, assignment.coach_id);
        if assignment.period is not null then
            assignment.period := tstzrange(lower(assignment.period), entry.occurred_at);
            assignments := assignments || assignment;
        end if;
        assignment := null;
        if entry.kind <> 'trajectory_ended' then
            assignment := (entry.municipality_id, entry.trajectory_id, tstzrange(entry.occurred_at, null), entry.team_id,
                           entry.worker_id);
        end if;
    end loop;
    return case when assignment.period is not null then assignments || assignment else assignments end;
end
$$;

-- The coach guides from the start, the employer from the completion of a handover until its return. Whoever flags
-- another handover guides: a completed one of before that was not returned is over then.
create function internal.guidance_periods(entries traject.event[]) returns traject.guidance[]
language plpgsql stable as $$
declare
    periods traject.guidance[] := '{}';
    told traject.guidance;
    before traject.guidance;
    guides traject.party;
    supervisor bigint;
    second bigint;
    ended boolean := true;
    entry traject.event;
begin
    foreach entry in array entries loop
        continue when entry.kind not in ('trajectory_started', 'handover_flagged', 'handover_prepared', 'handover_completed',
                                         'handover_returned', 'supervisor_changed', 'trajectory_ended');
        if entry.kind = 'handover_completed' then
            guides := 'employer';
        elsif entry.kind not in ('handover_prepared', 'supervisor_changed') then
            guides := 'coach';
        end if;
        if entry.kind in ('handover_flagged', 'supervisor_changed') then
            supervisor := coalesce(entry.person_id, supervisor);
        end if;
        second := coalesce(entry.second_person_id, second);
        told := (entry.municipality_id, entry.trajectory_id, tstzrange(entry.occurred_at, null), guides, null, null, null);
        if guides = 'employer' then
            told.employer_id := entry.employer_id;
            told.person_id := supervisor;
            told.second_person_id := second;
        end if;
        continue when entry.kind not in ('trajectory_started', 'trajectory_ended')
                  and (told.party, told.employer_id, told.person_id, told.second_person_id) is not distinct from
                      (before.party, before.employer_id, before.person_id, before.second_person_id);
        if not ended then
            before.period := tstzrange(lower(before.period), entry.occurred_at);
            periods := periods || before;
        end if;
        ended := entry.kind = 'trajectory_ended';
        before := told;
    end loop;
    return case when ended then periods else periods || before end;
end
$$;
