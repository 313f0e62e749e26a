-- Every kind of entry may come from an event log, and then has its id there.
update traject.event_rule set may = may || '{external_id}';
