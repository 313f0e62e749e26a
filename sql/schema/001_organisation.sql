-- The words of the work, and who is there: municipality, teams, workers, employers and their people.
create schema traject;
create schema session;
grant usage on schema traject, session to traject_daemon;

create type traject.stage as enum
    ('first_contact', 'starting_work', 'work_content', 'workplace_guidance', 'career_development', 'preconditions');
create type traject.trajectory_kind as enum
    ('reintegration_own_job', 'reintegration_other_job', 'reintegration_other_employer', 'work_experience',
     'reduced_wage_value', 'full_productivity', 'activation');
create type traject.outcome as enum
    ('employed', 'volunteer_work', 'education', 'other_support', 'moved_away', 'client_stopped', 'other');
create type traject.channel as enum
    ('phone', 'email', 'letter', 'message', 'video', 'office', 'workplace', 'home', 'online');
create type traject.counterpart as enum ('client', 'employer', 'network', 'partner');
create type traject.party as enum ('coach', 'employer');
create type traject.handover_state as enum
    ('flagged', 'prepared', 'accepted', 'completed', 'returned', 'declined', 'withdrawn');
create type traject.role as enum ('coach', 'member', 'manager', 'admin');
create type traject.event_kind as enum
    ('trajectory_started', 'stage_moved', 'contact', 'coach_assigned', 'handover_flagged', 'handover_prepared',
     'handover_accepted', 'handover_declined', 'handover_withdrawn', 'handover_completed', 'handover_returned',
     'rhythm_set', 'trajectory_ended', 'activity');

-- The place of a stage in the row of six, for telling forward from back and skipping.
create function traject.stage_number(stage traject.stage) returns integer
language sql immutable parallel safe as $$
    select case stage
        when 'first_contact' then 1
        when 'starting_work' then 2
        when 'work_content' then 3
        when 'workplace_guidance' then 4
        when 'career_development' then 5
        when 'preconditions' then 6
    end
$$;

create table traject.municipality (
    municipality_id bigint generated always as identity primary key,
    name text not null,
    next_client_number bigint not null default 1001,
    constraint municipality_name_unique unique (name),
    constraint municipality_name_length check (length(name) between 1 and 100)
);

create table traject.team (
    municipality_id bigint not null references traject.municipality,
    team_id bigint generated always as identity,
    name text not null,
    revoked_at timestamptz,
    primary key (municipality_id, team_id),
    constraint team_name_unique unique (municipality_id, name),
    constraint team_name_length check (length(name) between 1 and 100 and name = btrim(name))
);
comment on constraint team_name_unique on traject.team is
    'there is a team of that name already; a name is not given twice';
comment on constraint team_name_length on traject.team is
    'team is 1 to 100 characters, without spaces around it';

create table traject.worker (
    municipality_id bigint not null references traject.municipality,
    worker_id bigint generated always as identity,
    name text not null,
    full_name text not null,
    role traject.role not null,
    revoked_at timestamptz,
    primary key (municipality_id, worker_id),
    constraint worker_name_unique unique (municipality_id, name),
    constraint worker_name_form check (name ~ '^[A-Za-z0-9._-]{1,64}$'),
    constraint worker_full_name_length check (length(full_name) between 1 and 100)
);
comment on constraint worker_name_unique on traject.worker is
    'there is a worker of that name already; a name is not given twice';
comment on constraint worker_name_form on traject.worker is
    'worker is 1 to 64 letters, digits, dots, dashes and underscores';
comment on constraint worker_full_name_length on traject.worker is 'full_name is 1 to 100 characters';

create table traject.team_member (
    municipality_id bigint not null,
    team_id bigint not null,
    worker_id bigint not null,
    revoked_at timestamptz,
    primary key (municipality_id, team_id, worker_id),
    foreign key (municipality_id, team_id) references traject.team,
    foreign key (municipality_id, worker_id) references traject.worker
);
create index team_member_worker on traject.team_member (municipality_id, worker_id);

create table traject.employer (
    municipality_id bigint not null references traject.municipality,
    employer_id bigint generated always as identity,
    name text not null,
    revoked_at timestamptz,
    primary key (municipality_id, employer_id),
    constraint employer_name_unique unique (municipality_id, name),
    constraint employer_name_length check (length(name) between 1 and 100 and name = btrim(name))
);
comment on constraint employer_name_unique on traject.employer is
    'there is an employer of that name already; a name is not given twice';
comment on constraint employer_name_length on traject.employer is
    'employer is 1 to 100 characters, without spaces around it';

create table traject.employer_person (
    municipality_id bigint not null,
    employer_id bigint not null,
    person_id bigint generated always as identity,
    name text not null,
    function text,
    revoked_at timestamptz,
    primary key (municipality_id, employer_id, person_id),
    foreign key (municipality_id, employer_id) references traject.employer,
    constraint employer_person_name_unique unique (municipality_id, employer_id, name),
    constraint employer_person_name_length check (length(name) between 1 and 100 and name = btrim(name)),
    constraint employer_person_function_length check (length(function) between 1 and 100)
);
comment on constraint employer_person_name_unique on traject.employer_person is
    'the employer has somebody of that name already; a name is not given twice';
comment on constraint employer_person_name_length on traject.employer_person is
    'person is 1 to 100 characters, without spaces around it';
comment on constraint employer_person_function_length on traject.employer_person is
    'function is 1 to 100 characters';
