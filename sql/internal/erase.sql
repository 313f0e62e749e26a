-- Erases whom a waiting request is about; tells the number that stands for the person from now on. What was recorded
-- stays, for figures and because the chain of entries covers it, and none of its words are ever read again. As the
-- owner: nobody else destroys a key.
create function internal.erase(erasure bigint) returns text
language plpgsql security definer set search_path = '' as $$
declare
    municipality bigint := session.municipality_id();
    asked traject.erasure;
    client traject.client;
    pseudonym text := 'erased-' || left(replace(gen_random_uuid()::text, '-', ''), 12);
begin
    if session.role() <> 'privacy_officer' then
        perform internal.refuse('TJ007', 'client_number', 'a privacy officer confirms an erasure');
    end if;
    select e.* into asked from traject.erasure e
     where e.municipality_id = municipality and e.erasure_id = erasure for update;
    -- Whoever adds to the record or begins a trajectory is waited for, and finds the client erased when it is their
    -- turn.
    select c.* into client from traject.client c
     where c.municipality_id = municipality and c.client_id = asked.client_id for update;
    perform from traject.trajectory_state s
     where s.municipality_id = municipality and s.client_id = client.client_id for update;
    update traject.erasure e set confirmed_at = clock_timestamp(), confirmed_by = session.worker_id()
     where e.municipality_id = municipality and e.erasure_id = erasure;
    update traject.person_key k set wrapped = null, erased_at = clock_timestamp()
     where k.municipality_id = municipality and k.key_id = client.key_id;
    update traject.client c set full_name = null, client_number = pseudonym
     where c.municipality_id = municipality and c.client_id = client.client_id;
    update session.token t set revoked_at = coalesce(t.revoked_at, clock_timestamp()), label = null
      from traject.worker w
     where w.municipality_id = municipality and w.client_id = client.client_id
       and t.municipality_id = w.municipality_id and t.worker_id = w.worker_id;
    update traject.worker w
       set revoked_at = coalesce(w.revoked_at, clock_timestamp()), name = 'client-' || pseudonym,
           full_name = 'client ' || pseudonym
     where w.municipality_id = municipality and w.client_id = client.client_id;
    delete from session.request r
     where r.municipality_id = municipality and r.reply ? 'client_number'
       and r.reply ->> 'client_number' = client.client_number;
    -- What a comparison found names clients in its lines. All of them go: who asks again has it compared again.
    delete from session.request r where r.municipality_id = municipality and r.reply ? 'different';
    return pseudonym;
end
$$;
