-- The agreed rhythm of contact, and the state of each trajectory as it is now.
create table traject.rhythm (
    municipality_id bigint not null references traject.municipality,
    rhythm_id bigint generated always as identity,
    team_id bigint,
    stage traject.stage,
    client_id bigint,
    days integer not null,
    period tstzrange not null,
    primary key (municipality_id, rhythm_id),
    foreign key (municipality_id, team_id) references traject.team,
    foreign key (municipality_id, client_id) references traject.client,
    constraint rhythm_days_range check (days between 1 and 365),
    constraint rhythm_scope check (client_id is null or num_nonnulls(team_id, stage) = 0),
    constraint rhythm_one_at_a_time exclude using gist
        (municipality_id with =, coalesce(team_id, 0) with =, coalesce(traject.stage_number(stage), 0) with =,
         coalesce(client_id, 0) with =, period with &&)
);
comment on constraint rhythm_days_range on traject.rhythm is 'days is 1 to 365';
comment on constraint rhythm_scope on traject.rhythm is
    'a rhythm for a client holds in every team and stage; leave team and stage out';
create index rhythm_client on traject.rhythm (municipality_id, client_id) where client_id is not null;

-- One narrow row for each trajectory, kept by every write: what the lists read.
create table traject.trajectory_state (
    municipality_id bigint not null,
    trajectory_id bigint not null,
    client_id bigint not null,
    open boolean not null default true,
    version bigint not null default 0,
    started_at timestamptz not null,
    stage traject.stage not null,
    stage_since timestamptz not null,
    working_since timestamptz,
    team_id bigint not null,
    coach_id bigint not null,
    coach_since timestamptz not null,
    guided_by traject.party not null,
    guided_since timestamptz not null,
    employer_id bigint,
    last_contact_at timestamptz,
    last_attempt_at timestamptz,
    unanswered_attempts integer not null default 0,
    rhythm_days integer not null,
    due_at timestamptz not null,
    primary key (municipality_id, trajectory_id),
    foreign key (municipality_id, trajectory_id) references traject.trajectory,
    foreign key (municipality_id, client_id) references traject.client,
    foreign key (municipality_id, team_id, coach_id) references traject.team_member,
    foreign key (municipality_id, employer_id) references traject.employer,
    constraint trajectory_state_due check
        (due_at = coalesce(last_contact_at + make_interval(hours => 24 * rhythm_days), started_at)),
    constraint trajectory_state_guided check ((guided_by = 'employer') = (employer_id is not null)),
    constraint trajectory_state_attempts check ((unanswered_attempts = 0) = (last_attempt_at is null))
);
-- Clients who never had contact stand first, then who is longest past due: in the order of the list.
-- They serve row security too, which asks for what is past as well.
create index trajectory_state_due_team on traject.trajectory_state
    (municipality_id, team_id, open, (last_contact_at is not null), due_at, trajectory_id);
create index trajectory_state_due_coach on traject.trajectory_state
    (municipality_id, coach_id, open, (last_contact_at is not null), due_at, trajectory_id);
create index trajectory_state_client on traject.trajectory_state (municipality_id, client_id);
create unique index trajectory_state_one_open on traject.trajectory_state (municipality_id, client_id) where open;
create index trajectory_state_employer on traject.trajectory_state (municipality_id, employer_id)
    where open and employer_id is not null;

-- What is in use is not revoked. As its owner: an admin sees no case content.
create function traject.check_revocation() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    row jsonb := to_jsonb(new);
    users bigint;
begin
    select count(*) into users
      from traject.trajectory_state s
      left join traject.handover h on h.municipality_id = s.municipality_id and h.trajectory_id = s.trajectory_id
           and h.state in ('flagged', 'prepared', 'accepted', 'completed')
     where s.municipality_id = new.municipality_id and s.open
       and case tg_table_name
           when 'team' then s.team_id = (row ->> 'team_id')::bigint
           when 'worker' then s.coach_id = (row ->> 'worker_id')::bigint
           when 'team_member' then s.team_id = (row ->> 'team_id')::bigint and s.coach_id = (row ->> 'worker_id')::bigint
           when 'employer' then h.employer_id = (row ->> 'employer_id')::bigint
       end;
    if users > 0 then
        raise exception '% open % still there; move what is open to another first',
            users, case users when 1 then 'trajectory is' else 'trajectories are' end using errcode = 'TJ009', column = tg_argv[0];
    end if;
    return new;
end
$$;
create trigger team_in_use before update of revoked_at on traject.team
    for each row when (new.revoked_at is not null) execute function traject.check_revocation('team');
create trigger worker_in_use before update of revoked_at on traject.worker
    for each row when (new.revoked_at is not null) execute function traject.check_revocation('worker');
create trigger team_member_in_use before update of revoked_at on traject.team_member
    for each row when (new.revoked_at is not null) execute function traject.check_revocation('worker');
create trigger employer_in_use before update of revoked_at on traject.employer
    for each row when (new.revoked_at is not null) execute function traject.check_revocation('employer');
