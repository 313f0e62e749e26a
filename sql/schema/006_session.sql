-- Who calls: tokens, what each role may call, and the answers given to request keys.
create table session.token (
    municipality_id bigint not null,
    token_id bigint generated always as identity,
    worker_id bigint not null,
    token_sha256 bytea not null,
    label text,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (municipality_id, token_id),
    foreign key (municipality_id, worker_id) references traject.worker,
    constraint token_sha256_unique unique (token_sha256),
    constraint token_sha256_length check (length(token_sha256) = 32),
    constraint token_label_length check (length(label) between 1 and 100),
    constraint token_expiry check (expires_at <= created_at + interval '2 years 1 day')
);
comment on constraint token_sha256_unique on session.token is 'this token is in use already; make a new one';
comment on constraint token_sha256_length on session.token is 'token_sha256 is 32 bytes, the SHA-256 of the token''s 32';
comment on constraint token_label_length on session.token is 'label is 1 to 100 characters';
comment on constraint token_expiry on session.token is 'expires_at is at most two years ahead';
create index token_worker on session.token (municipality_id, worker_id);

create table session.method_access (
    method text primary key,
    roles traject.role[] not null
);

-- Every write's answer, so that the same request_key gets it again.
create table session.request (
    municipality_id bigint not null default current_setting('traject.municipality_id')::bigint,
    request_key uuid not null,
    worker_id bigint not null default current_setting('traject.worker_id')::bigint,
    method text not null,
    body_sha256 bytea not null,
    reply jsonb not null,
    answered_at timestamptz not null default now(),
    primary key (municipality_id, request_key)
);

-- Who is acting in this transaction, as session.enter set it. Outside of one they raise an error.
create function session.municipality_id() returns bigint language sql stable parallel safe as
    $$ select current_setting('traject.municipality_id')::bigint $$;
create function session.worker_id() returns bigint language sql stable parallel safe as
    $$ select current_setting('traject.worker_id')::bigint $$;
create function session.role() returns traject.role language sql stable parallel safe as
    $$ select current_setting('traject.role')::traject.role $$;
create function session.team_ids() returns bigint[] language sql stable parallel safe as
    $$ select current_setting('traject.team_ids')::bigint[] $$;
