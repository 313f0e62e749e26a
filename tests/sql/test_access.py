"""Who reaches whom: every method of the service as every role, of an own client, a colleague's in the team, another team's
and another municipality's, as the table access.txt has it; in the daemon's database role, without the daemon."""
import json
import re
import unittest

import access
from database import Database, digest, literal, token_of

CLIENTS = {  # whose: municipality, number, coach, team, person at the employer
    'own': ('Veldstad', 'ZAAK1', 'anna', 'Noord', 'M. Visser'),
    'colleague': ('Veldstad', 'ZAAK2', 'bert', 'Noord', 'K. de Wit'),
    'other team': ('Veldstad', 'ZAAK3', 'zoe', 'Zuid', 'J. Bos'),
    'other municipality': ('Oevermeer', 'ZAAK4', 'anna', 'Noord', 'M. Visser')}
REACHED = {'own': {'own'}, 'team': {'own', 'colleague'}, 'all': {'own', 'colleague', 'other team'}, 'none': set()}
CALLERS = dict(zip(access.ROLES, ('anna', 'mia', 'max', 'admin', 'visser', 'klant', 'fg')))
# Of no client, and of a client who is somebody else's: as if there were none, or that it is not for this caller.
NOT_REACHED = {'TJ005', 'TJ007'}
# And of glass, that there is none to break, or none is broken.
OF_GLASS = {'BreakGlass': {'TJ009'}, 'EndGlass': {'TJ009'}}


def function_of(method):
    return re.sub('(?<!^)([A-Z])', r'_\1', method).lower()


class Access(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.database = database = Database(strict=True)
        cls.addClassCleanup(database.close)
        script = ''
        for municipality in ('Veldstad', 'Oevermeer'):
            def by(actor, function, **arguments):
                return database.transaction(actor, function, municipality, **arguments)
            script += by('admin', 'add_team', team='Leeg') + by('admin', 'add_employer', employer='Garage')
            script += by('admin', 'add_employer_person', employer=access.EMPLOYER, person=access.SECOND)
            script += by('admin', 'add_worker', worker='fg', full_name='F. Gegevens', role='privacy_officer')
            script += by('admin', 'add_token', worker='fg', token_sha256='\\x' + digest(token_of(municipality, 'fg')))
        database.run(script, 'traject_daemon')
        cls.clients, script = {}, ''
        for whose, (municipality, number, coach, team, person) in CLIENTS.items():
            database.new_client(number, coach, team, municipality=municipality, stage='work_content')
            script += database.transaction(coach, 'make_agreement', municipality, client_number=number, party='coach',
                                           what='belt', due_at='2026-02-01')
            script += database.transaction(coach, 'arrange_workplace_guidance', municipality, client_number=number,
                                           guide='colleague', guidance_form='on_the_floor', employer=access.EMPLOYER,
                                           person=person)
            script += database.transaction(coach, 'raise_bottleneck', municipality, client_number=number, what='bus',
                                           grouped_as='bus')
        script += database.transaction('admin', 'add_employer_access', employer=access.EMPLOYER, person='M. Visser',
                                       token_sha256='\\x' + digest(token_of('Veldstad', 'visser')))
        script += database.transaction('anna', 'add_client_access', client_number='ZAAK1',
                                       token_sha256='\\x' + digest(token_of('Veldstad', 'klant')))
        database.run(script, 'traject_daemon')
        for whose, (municipality, number, coach, team, person) in CLIENTS.items():
            cls.clients[whose] = {
                'number': number, 'coach': coach, 'team': team, 'person': person, 'municipality': municipality,
                'agreement': database.value(f"""select e.event_id from traject.event e
                    join traject.trajectory_state s using (municipality_id, trajectory_id)
                    join traject.client c using (municipality_id, client_id)
                   where c.client_number = '{number}' and e.kind = 'agreement_made'"""),
                'token': database.value("""select t.token_id from session.token t join traject.worker w
                    using (municipality_id, worker_id) where w.name = 'mia' order by 1 limit 1""")}

    def call(self, method, client, more):
        """The text of a call of that method, of that client."""
        arguments = access.WITHOUT_CLIENT.get(method)
        if arguments is None:
            arguments = access.WITH_EVENT.get(method) or {'client_number': '{number}', **access.WITH_CLIENT[method]}
        filled = {name: value.format(**client) if isinstance(value, str) else value
                  for name, value in {**arguments, **more}.items()}
        return self.database.call(function_of(method), **filled)

    def attempt(self, role, method, says, client):
        """The text of a transaction: what has to be there first, then the call; what it answers. Nothing of it stays."""
        script = 'begin; '
        for actor, before, more in [] if says == '-' else access.BEFORE.get(method, []):
            script += (self.database.enter(actor, client['municipality'], before)
                       + f'select from {self.call(before, client, more)};\n')
        enter = self.database.enter(CALLERS[role], 'Veldstad', method)
        # An admin sets the rhythm of all of the municipality, for nobody's case.
        more = {'client_number': None} if (role, method) == ('admin', 'SetRhythm') else {}
        return (script + f'select test.attempt({literal(enter)}, {literal(self.call(method, client, more))});\n'
                'rollback;\n')

    def test_each_method_as_each_role_of_each_client(self):
        table = access.expected()
        self.assertEqual(sorted(table), sorted(access.methods()), 'the table names each method of the service, and no other')
        asked, script = [], """
            create or replace function test.attempt(enter text, call text) returns json language plpgsql as $$
            declare told text; code text; message text;
            begin
                execute enter;
                execute 'select string_agg(r::text, '' '') from ' || call || ' r' into told;
                return json_build_object('told', coalesce(told, ''));
            exception when others then
                get stacked diagnostics code = returned_sqlstate, message = message_text;
                return json_build_object('code', code, 'message', message);
            end $$;"""
        for method, says in table.items():
            for role in access.ROLES:
                for whose, client in self.clients.items():
                    if whose == 'own' or says[role] != '-':
                        asked.append((method, role, whose, says[role]))
                        script += self.attempt(role, method, says[role], client)
        answers = [json.loads(row[0]) for row in self.database.run(script, 'traject_daemon') if row]
        self.assertEqual(len(answers), len(asked))
        for (method, role, whose, says), answer in zip(asked, answers):
            with self.subTest(method, role=role, of=whose, table=says):
                self.check(method, role, whose, says, answer)

    def check(self, method, role, whose, says, answer):
        reached = REACHED['all'] - REACHED['own' if role == 'coach' else 'team'] if says == 'out' else REACHED.get(says, set())
        number = self.clients[whose]['number']
        if says == '-':
            self.assertEqual(answer.get('code'), 'TJ007', answer)
            self.assertIn('is not for the role', answer['message'])
        elif says == 'yes' or method not in access.WITH_CLIENT | access.WITH_EVENT:
            self.assertIn('told', answer)
            if says != 'yes':
                self.assertEqual(number in answer['told'], whose in reached, answer)
            # Of other municipalities there is never anything.
            self.assertNotIn(self.clients['other municipality']['number'], answer['told'])
        elif whose in reached:
            self.assertIn('told', answer)
        elif (method, whose) == ('ImportJourney', 'other municipality'):
            # Whoever imports a log adds clients who are not there; a number that another municipality has is free here.
            self.assertIn('told', answer)
        else:
            self.assertIn(answer.get('code'), NOT_REACHED | OF_GLASS.get(method, set()), answer)


if __name__ == '__main__':
    unittest.main()
