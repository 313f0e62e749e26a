-- Who else may call, and what they record. Apart from what uses them: PostgreSQL wants them committed first.
alter type traject.role add value 'employer';
alter type traject.role add value 'client';
alter type traject.role add value 'privacy_officer';
alter type traject.event_kind add value 'client_entry';
alter type traject.event_kind add value 'correction_asked';
alter type traject.event_kind add value 'correction_made';
alter type traject.event_kind add value 'correction_declined';
alter type traject.item_kind add value 'correction';
alter type traject.coming_up_kind add value 'correction';
