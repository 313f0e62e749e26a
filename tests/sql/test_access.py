"""Who reaches whom: every method of the service as every role, of an own client, a colleague's in the team, another team's
and another municipality's, as the table access.txt has it; in the daemon's database role, without the daemon."""
import json
import unittest

import access
from database import literal

REACHED = {'own': {'own'}, 'team': {'own', 'colleague'}, 'all': {'own', 'colleague', 'other team'}, 'none': set()}
# Of no client, and of a client who is somebody else's: as if there were none, or that it is not for this caller.
NOT_REACHED = {'TJ005', 'TJ007'}
# And of glass, that there is none to break, or none is broken.
OF_GLASS = {'BreakGlass': {'TJ009'}, 'EndGlass': {'TJ009'}}


class Access(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.cases = access.Cases()
        cls.addClassCleanup(cls.cases.database.close)

    def attempt(self, role, method, says, client):
        """The text of a transaction: what has to be there first, then the call; what it answers. Nothing of it stays."""
        script = 'begin; ' + self.cases.steps([] if says == '-' else access.BEFORE.get(method, []), client)
        enter = self.cases.database.enter(access.CALLERS[role], 'Veldstad', method)
        call = self.cases.call(method, client, access.OF_ROLE.get((role, method), {}))
        return script + f'select test.attempt({literal(enter)}, {literal(call)});\nrollback;\n'

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
                for whose, client in self.cases.clients.items():
                    if whose == 'own' or says[role] != '-':
                        asked.append((method, role, whose, says[role]))
                        script += self.attempt(role, method, says[role], client)
        answers = [json.loads(row[0]) for row in self.cases.database.run(script, 'traject_daemon') if row]
        self.assertEqual(len(answers), len(asked))
        for (method, role, whose, says), answer in zip(asked, answers):
            with self.subTest(method, role=role, of=whose, table=says):
                self.check(method, role, whose, says, answer)

    def check(self, method, role, whose, says, answer):
        reached = REACHED['all'] - REACHED['own' if role == 'coach' else 'team'] if says == 'out' else REACHED.get(says, set())
        number = self.cases.clients[whose]['number']
        if says == '-':
            self.assertEqual(answer.get('code'), 'TJ007', answer)
            self.assertIn('is not for the role', answer['message'])
        elif says == 'yes' or method not in access.WITH_CLIENT | access.WITH_EVENT:
            self.assertIn('told', answer)
            if says != 'yes':
                self.assertEqual(number in answer['told'], whose in reached, answer)
            # Of other municipalities there is never anything.
            self.assertNotIn(self.cases.clients['other municipality']['number'], answer['told'])
        elif whose in reached:
            self.assertIn('told', answer)
        elif method in ('ImportJourney', 'ImportLogCase') and whose == 'other municipality':
            # Whoever imports a log adds clients who are not there; a number that another municipality has is free here.
            self.assertIn('told', answer)
        else:
            self.assertIn(answer.get('code'), NOT_REACHED | OF_GLASS.get(method, set()), answer)


if __name__ == '__main__':
    unittest.main()
