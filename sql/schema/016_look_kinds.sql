-- The kinds of what breaking the glass leaves. Apart from what uses them: PostgreSQL wants them committed first.
alter type traject.event_kind add value 'glass_broken';
alter type traject.coming_up_kind add value 'glass_broken';
alter type traject.setting_name add value 'glass_hours';
