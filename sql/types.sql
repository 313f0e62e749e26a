-- The messages of the interface that functions answer with, and the rows that a request repeats: names and types
-- as in proto/traject.proto, which the daemon checks.
create type api.add_team_reply as (
    team text);
create type api.team_summary as (
    team text, workers integer, clients integer, revoked_at timestamptz);
create type api.add_worker_reply as (
    worker text);
create type api.worker_summary as (
    worker text, full_name text, role traject.role, teams text[], clients integer, revoked_at timestamptz);
create type api.add_employer_reply as (
    employer text);
create type api.employer_summary as (
    employer text, people integer, guides integer, revoked_at timestamptz);
create type api.add_employer_person_reply as (
    person text);
create type api.employer_person as (
    employer text, person text, function text, guides integer, revoked_at timestamptz, has_access boolean);
create type api.add_token_reply as (
    token_id bigint, expires_at timestamptz);
create type api.token_summary as (
    token_id bigint, worker text, label text, created_at timestamptz, expires_at timestamptz,
    revoked_at timestamptz, needs_certificate boolean);
create type api.add_client_reply as (
    client_number text);
create type api.client_summary as (
    client_number text, full_name traject.sealed_name, stage traject.stage, team text, coach text);
create type api.get_client_reply as (
    client_number text, full_name traject.sealed_name, trajectory_kind traject.trajectory_kind, started_at timestamptz,
    ended_at timestamptz, outcome traject.outcome, stage traject.stage, stage_since timestamptz, team text,
    coach text, coach_since timestamptz, guided_by traject.party, guided_since timestamptz, employer text,
    supervisor text, second_person text, handover_state traject.handover_state, handover_since timestamptz,
    handover_planned_at timestamptz, last_contact_at timestamptz, unanswered_attempts integer,
    last_attempt_at timestamptz, rhythm_days integer, contact_due_at timestamptz, trajectories integer,
    version bigint, handover_needs text, coaches integer, stories_retold integer, next_appointment_at timestamptz,
    absent_since timestamptz, supervisor_left boolean, return_proposed boolean,
    placement traject.item_kind, placement_employer text, placement_due_at timestamptz,
    access_until timestamptz, access_given_by text[]);
create type api.recorded as (
    event_id bigint, version bigint, contact_due_at timestamptz);
create type api.silence as (
    client_number text, trajectory integer, since timestamptz, until timestamptz, rhythm_days integer);
create type api.set_rhythm_reply as (
    trajectories_changed integer);
create type api.rhythm as (
    days integer, client_number text, team text, stage traject.stage, since timestamptz, until timestamptz);
create type api.handover as (
    client_number text, full_name traject.sealed_name, state traject.handover_state, state_since timestamptz,
    age_days integer, team text, coach text, employer text, supervisor text, second_person text,
    talked_through_with_client boolean, guidance_needs_shared boolean, absence_and_dropout_discussed boolean,
    fallback_agreed boolean, planned_at timestamptz);
create type api.handover_due as (
    client_number text, full_name traject.sealed_name, team text, coach text, stage traject.stage, working_since timestamptz,
    working_days integer, last_handover_state traject.handover_state);
create type api.timeline_entry as (
    event_id bigint, trajectory integer, kind traject.event_kind, occurred_at timestamptz,
    recorded_at timestamptz, recorded_by text, worker text, stage traject.stage, from_stage traject.stage,
    channel traject.channel, counterpart traject.counterpart, reached boolean, words traject.sealed, reason traject.sealed,
    trajectory_kind traject.trajectory_kind, outcome traject.outcome, team text, employer text, person text,
    second_person text, rhythm_days integer, activity text, page_token text, item_id bigint, what traject.sealed,
    initiator traject.initiator, direction traject.direction, form traject.first_contact_form,
    contract traject.contract_kind, hours text, percentage integer, by_whom traject.sealed_label, scheme traject.scheme,
    ending traject.ending, guide traject.guide, guidance_form traject.guidance_form, every_days integer,
    theme traject.theme, factor traject.factor, party traject.agreement_party, begins_at timestamptz,
    due_at timestamptz, grouped_as traject.sealed_label, relation traject.sealed, may_be_told traject.sealed,
    checklist text[], network_people traject.sealed[],
    supersedes bigint, correction_reason traject.sealed, superseded_by bigint, withdrawn boolean, corrected_by text,
    withdrawn_kind traject.event_kind, audience traject.audience, words_audience traject.audience, about_id bigint,
    external_id text);
create type api.watch_entry as (
    event_id bigint, trajectory integer, kind traject.event_kind, occurred_at timestamptz,
    recorded_at timestamptz, recorded_by text, worker text, stage traject.stage, from_stage traject.stage,
    channel traject.channel, counterpart traject.counterpart, reached boolean, words traject.sealed, reason traject.sealed,
    trajectory_kind traject.trajectory_kind, outcome traject.outcome, team text, employer text, person text,
    second_person text, rhythm_days integer, activity text, item_id bigint, what traject.sealed,
    initiator traject.initiator, direction traject.direction, form traject.first_contact_form,
    contract traject.contract_kind, hours text, percentage integer, by_whom traject.sealed_label, scheme traject.scheme,
    ending traject.ending, guide traject.guide, guidance_form traject.guidance_form, every_days integer,
    theme traject.theme, factor traject.factor, party traject.agreement_party, begins_at timestamptz,
    due_at timestamptz, grouped_as traject.sealed_label, relation traject.sealed, may_be_told traject.sealed,
    checklist text[], network_people traject.sealed[],
    supersedes bigint, correction_reason traject.sealed, superseded_by bigint, withdrawn boolean, corrected_by text,
    withdrawn_kind traject.event_kind, audience traject.audience, words_audience traject.audience, about_id bigint,
    external_id text, position text, more boolean, client_number text,
    full_name traject.sealed_name, rhythm_passed_at timestamptz, last_contact_at timestamptz, coach text);
create type api.without_contact as (
    client_number text, full_name traject.sealed_name, team text, coach text, stage traject.stage, guided_by traject.party,
    employer text, last_contact_at timestamptz, unanswered_attempts integer, last_attempt_at timestamptz,
    rhythm_days integer, due_at timestamptz, overdue_days integer, page_token text, next_appointment_at timestamptz);
create type api.board_card as (
    stage traject.stage, client_number text, full_name traject.sealed_name, team text, coach text, stage_since timestamptz,
    guided_by traject.party, guided_since timestamptz, employer text, handover_state traject.handover_state,
    contact_due_at timestamptz, kind traject.trajectory_kind);
create type api.item as (
    item_id bigint, client_number text, full_name traject.sealed_name, coach text, kind traject.item_kind, state traject.item_state,
    opened_at timestamptz, state_since timestamptz, state_days integer, changed_at timestamptz, what traject.sealed,
    begins_at timestamptz, due_at timestamptz, overdue_days integer, words traject.sealed, employer text, person text,
    channel traject.channel, counterpart traject.counterpart, contract traject.contract_kind, hours text,
    percentage integer, by_whom traject.sealed_label, scheme traject.scheme, ending traject.ending, guide traject.guide,
    guidance_form traject.guidance_form, every_days integer, theme traject.theme, factor traject.factor,
    party traject.agreement_party, grouped_as traject.sealed_label, relation traject.sealed, may_be_told traject.sealed, needs text[], page_token text);
create type api.revoke_employer_person_reply as (
    clients integer);
create type api.supervisor_left as (
    client_number text, full_name traject.sealed_name, team text, coach text, employer text, person text, left_at timestamptz,
    role traject.person_role, remaining text);
create type api.without_career as (
    client_number text, full_name traject.sealed_name, team text, coach text, stage traject.stage, working_since timestamptz,
    last_at timestamptz, days integer);
create type api.motivation_attention as (
    client_number text, full_name traject.sealed_name, coach text, factor traject.factor, last_at timestamptz, words traject.sealed, days integer);
create type api.bottleneck_group as (
    grouped_as traject.sealed_label, clients integer, oldest_at timestamptz, by_whom traject.sealed_label[], client_numbers text[]);
create type api.coming_up as (
    kind traject.coming_up_kind, client_number text, full_name traject.sealed_name, coach text, at timestamptz, days integer,
    what traject.sealed, item_id bigint, party traject.agreement_party, by_whom traject.sealed_label, about text);
create type api.rebuild_state_reply as (
    checked integer, different text[], next_page_token text);
create type api.verified_trajectory as (
    trajectory integer, entries integer, head text, misfit traject.misfit, event_id bigint);
create type api.setting as (
    name traject.setting_name, value integer, is_set boolean);
create type api.stage_figure as (
    team text, at timestamptz, stage traject.stage, clients integer, withheld boolean);
create type api.stage_time as (
    team text, stage traject.stage, clients integer, spells integer, running integer, median_days integer,
    p90_days integer, withheld boolean);
create type api.path_figure as (
    team text, path text, clients integer, trajectories integer, moves_back integer, moves_skipping integer,
    withheld boolean);
create type api.handover_figure as (
    team text, clients integer, flagged integer, accepted integer, declined integer, withdrawn integer,
    completed integer, returned integer, median_days integer, p90_days integer, gaps_in_guidance integer,
    withheld boolean);
create type api.contact_figure as (
    team text, at timestamptz, coach text, clients integer, within integer, percent integer, withheld boolean);
create type api.silence_figure as (
    team text, at timestamptz, days_min integer, days_max integer, clients integer, withheld boolean);
create type api.coach_figure as (
    team text, coaches integer, clients integer, stories_retold integer, withheld boolean);
create type api.agreement_figure as (
    team text, party traject.agreement_party, clients integer, made integer, kept integer, not_kept integer,
    changed integer, overdue integer, percent_kept integer, withheld boolean);
create type api.figure_client as (
    client_number text, full_name traject.sealed_name, team text, coach text, since timestamptz, days integer, marks text[], key text,
    what traject.sealed[]);
create type api.import_entry as (
    external_id text, occurred_at timestamptz, worker text, activity text, stage traject.stage,
    channel traject.channel, counterpart traject.counterpart, reached boolean, words traject.sealed);
create type api.log_case as (
    client_number text, trajectory integer, full_name traject.sealed_name, page_token text);
create type api.log_entry as (
    external_id text, kind traject.event_kind, occurred_at timestamptz, worker text, activity text, stage traject.stage,
    coach text, team text, guided_by traject.party, channel traject.channel, counterpart traject.counterpart,
    reached boolean,
    trajectory_kind traject.trajectory_kind, outcome traject.outcome, employer text, person text, second_person text,
    item text, initiator traject.initiator, direction traject.direction, form traject.first_contact_form,
    contract traject.contract_kind, hours text, percentage integer, scheme traject.scheme, ending traject.ending,
    guide traject.guide, guidance_form traject.guidance_form, every_days integer, theme traject.theme,
    factor traject.factor, party traject.agreement_party, begins_at timestamptz, due_at timestamptz, checklist text,
    audience traject.audience, page_token text);
create type api.import_journey_reply as (
    entries_added integer, entries_already_there integer, trajectory_added boolean);
create type api.own_client as (
    client_number text, full_name traject.sealed_name, coach text, role traject.person_role, guided_by traject.party,
    guided_since timestamptz, handover_state traject.handover_state, handover_since timestamptz, planned_at timestamptz,
    supervisor text, second_person text, talked_through_with_client boolean, guidance_needs_shared boolean,
    absence_and_dropout_discussed boolean, fallback_agreed boolean, absent_since timestamptz);
create type api.get_own_journey_reply as (
    client_number text, trajectory_kind traject.trajectory_kind, started_at timestamptz, ended_at timestamptz,
    outcome traject.outcome, stage traject.stage, stage_since timestamptz, coach text, coach_since timestamptz,
    guided_by traject.party, guided_since timestamptz, employer text, supervisor text, second_person text,
    last_contact_at timestamptz, contact_due_at timestamptz);
create type api.break_glass_reply as (
    until timestamptz);
create type api.glass as (
    client_number text, worker text, full_name text, role traject.role, reason traject.sealed, broken_at timestamptz,
    until timestamptz, open boolean, methods text[], page_token text);
create type api.access as (
    start_time timestamptz, end_time timestamptz, worker text, full_name text, role traject.role, method text,
    what text, processing_activity_id text, status_code integer, through_glass boolean, operation_id text, trace_id text,
    page_token text);
create type api.processing_activity as (
    method text, what text, uri text, is_set boolean);
create type api.period as (
    trajectory integer, since timestamptz, until timestamptz, trajectory_kind traject.trajectory_kind,
    outcome traject.outcome, stage traject.stage, team text, coach text, guided_by traject.party, employer text,
    person text, second_person text);
create type api.request_erasure_reply as (
    lapses_at timestamptz);
create type api.confirm_erasure_reply as (
    client_number text);
create type api.erasure as (
    client_number text, state traject.erasure_state, requested_at timestamptz, requested_by text, reason traject.sealed,
    by_retention boolean, trajectory_ended_at timestamptz, lapses_at timestamptz, ended_at timestamptz, ended_by text,
    page_token text);
create type api.retention as (
    retained traject.retained, value integer, unit text, is_set boolean);
create type api.retention_due as (
    client_number text, kind traject.trajectory_kind, ended_at timestamptz, due_at timestamptz, team text,
    requested_at timestamptz, page_token text);
create type api.request_due_erasures_reply as (
    requested integer, remaining integer);
create type api.confirm_due_erasures_reply as (
    erased integer, remaining integer);

-- The entries of a trajectory in their order, and those of them that each thing follows from: so that none goes through
-- all.
create type internal.timeline as (
    entries traject.event[], began traject.event, ended traject.event, path traject.event[], coaching traject.event[],
    guidance traject.event[], items traject.event[], contacts traject.event[]);
