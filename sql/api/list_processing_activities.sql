-- Where each method that concerns people stands in the municipality's register of processing activities.
create function api.list_processing_activities()
returns setof api.processing_activity language plpgsql stable as $$
#variable_conflict use_column
declare
    municipality bigint := session.admitted('ListProcessingActivities');
begin
    return query
    select split_part(m.method, '/', 3), m.words, internal.processing_activity(m.method),
           exists (select from logbook.municipality_activity a
                    where a.municipality_id = (select session.municipality_id()) and a.method = m.method
                      and a.processing_activity_id is not null)
      from logbook.method_activity m
     where m.processing_activity_id is not null
     order by m.processing_activity_id, 1;
end
$$;
