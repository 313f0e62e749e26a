-- Open trajectories by stage, with who guides and the open handover.
create function api.get_board(
    team text default null, coach text default null, stage traject.stage default null)
returns setof api.board_card language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('GetBoard');
    of_team bigint := internal.team_id('team', get_board.team, revoked_too => true);
    of_coach bigint := internal.worker_id('coach', get_board.coach, revoked_too => true);
    cases traject.trajectory_state[];
begin
    perform internal.check_share(of_team, get_board.team, of_coach, get_board.coach);
    cases := internal.caseload(municipality, null, of_team, of_coach);
    return query select * from internal.board(municipality, cases, get_board.stage);
end
$$;
