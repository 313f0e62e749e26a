-- Where the client is, with which coach, and who guides, as periods without gap or overlap.
create table traject.stage_spell (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    period tstzrange not null,
    stage traject.stage not null,
    primary key (municipality_id, trajectory_id, period),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    constraint stage_spell_one_at_a_time exclude using gist
        (municipality_id with =, trajectory_id with =, period with &&),
    constraint stage_spell_not_empty check (not isempty(period))
);

create table traject.coach_assignment (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    period tstzrange not null,
    team_id bigint not null,
    coach_id bigint not null,
    primary key (municipality_id, trajectory_id, period),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    foreign key (municipality_id, team_id, coach_id) references traject.team_member,
    constraint coach_assignment_one_at_a_time exclude using gist
        (municipality_id with =, trajectory_id with =, period with &&),
    constraint coach_assignment_not_empty check (not isempty(period))
);

create table traject.guidance (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    period tstzrange not null,
    party traject.party not null,
    employer_id bigint,
    person_id bigint,
    second_person_id bigint,
    primary key (municipality_id, trajectory_id, period),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    foreign key (municipality_id, employer_id, person_id) references traject.employer_person,
    foreign key (municipality_id, employer_id, second_person_id) references traject.employer_person,
    constraint guidance_one_at_a_time exclude using gist
        (municipality_id with =, trajectory_id with =, period with &&),
    constraint guidance_not_empty check (not isempty(period)),
    constraint guidance_employer check
        ((party = 'employer') = (employer_id is not null) and (employer_id is null) = (person_id is null)
         and (employer_id is null) = (second_person_id is null) and person_id is distinct from second_person_id
         or party = 'coach' and num_nonnulls(employer_id, person_id, second_person_id) = 0)
);

-- At the end of every transaction: the periods of a trajectory fill it from start to end exactly.
-- As its owner, since at a commit the settings are those of whoever came last in the batch.
create function traject.check_covered() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    uncovered text;
begin
    select string_agg(format('trajectory %s is not covered by its periods of %s', t.trajectory_id, part.what), ', ')
      into uncovered
      from traject.trajectory t,
           lateral (values
               ('stage', (select range_agg(s.period) from traject.stage_spell s
                           where s.municipality_id = t.municipality_id and s.trajectory_id = t.trajectory_id)),
               ('coach', (select range_agg(c.period) from traject.coach_assignment c
                           where c.municipality_id = t.municipality_id and c.trajectory_id = t.trajectory_id)),
               ('guidance', (select range_agg(g.period) from traject.guidance g
                           where g.municipality_id = t.municipality_id and g.trajectory_id = t.trajectory_id))
           ) part (what, covered)
     where ((t.municipality_id, t.trajectory_id) = (new.municipality_id, new.trajectory_id)
            or (t.municipality_id, t.trajectory_id) = (old.municipality_id, old.trajectory_id))
       and part.covered is distinct from tstzmultirange(tstzrange(t.started_at, t.ended_at));
    if uncovered is not null then
        raise exception using message = uncovered, errcode = 'check_violation', constraint = 'trajectory_covered';
    end if;
    return null;
end
$$;
create constraint trigger trajectory_covered after insert or update on traject.trajectory
    deferrable initially deferred for each row execute function traject.check_covered();
create constraint trigger stage_spell_covers after insert or update or delete on traject.stage_spell
    deferrable initially deferred for each row execute function traject.check_covered();
create constraint trigger coach_assignment_covers after insert or update or delete on traject.coach_assignment
    deferrable initially deferred for each row execute function traject.check_covered();
create constraint trigger guidance_covers after insert or update or delete on traject.guidance
    deferrable initially deferred for each row execute function traject.check_covered();
