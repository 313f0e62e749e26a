"""The daemon refuses what is not for a role before the database is asked: every method as every role, by the table
tests/sql/access.txt. And the interface's own list of methods is that table's."""
import pathlib
import sys
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'sql'))
import access  # noqa: E402
from wire import Connection, pb  # noqa: E402

PROFILES = dict(zip(access.ROLES, ('anna', 'mia', 'max', 'admin', 'visser', 'klant', 'fg')))


class Access(harness.ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service.script('worker add fg --name "F. Gegevens" --role privacy-officer\ntoken add fg --save-as fg\n'
                           'employer access add "Bakkerij De Zon" "M. Visser" --save-as visser\n')
        cls.service.script('client add 7001\nclient access add 7001 --save-as klant\n', profile='anna')
        cls.table = access.expected()

    def batches(self, connection):
        return connection.call('GetStatus', pb.GetStatusRequest()).batches

    def refusal(self, connection, name):
        """What the daemon says of an empty request of that method; None when it is answered."""
        request = getattr(pb, pb.DESCRIPTOR.services_by_name['Traject'].methods_by_name[name].input_type.name)
        connection.send(name, request(), None)
        response = connection.receive()
        return response.status if response.status.code else None

    def test_the_table_names_each_method(self):
        service = pb.DESCRIPTOR.services_by_name['Traject']
        self.assertEqual(sorted(self.table), sorted(method.name for method in service.methods))

    def test_what_is_not_for_a_role_does_not_reach_the_database(self):
        for role, profile in PROFILES.items():
            with Connection(self.service, self.service.token(profile)) as connection:
                self.assertEqual(connection.identity.role, pb.Role.Value('ROLE_' + role.upper()))
                before = self.batches(connection)
                for method, says in self.table.items():
                    if says[role] == '-':
                        with self.subTest(method, role=role):
                            status = self.refusal(connection, method)
                            self.assertIsNotNone(status)
                            self.assertEqual((pb.Code.Name(status.code), status.field), ('PERMISSION_DENIED', 'method'))
                            self.assertEqual(status.message, f'{method} is not for the role {role}; '
                                             'ask somebody with another role')
                self.assertEqual(self.batches(connection), before)

    def test_what_is_for_a_role_is_not_refused_so(self):
        for role, profile in PROFILES.items():
            for method, says in self.table.items():
                # A watch would go on.
                if says[role] == '-' or method == 'Watch':
                    continue
                with self.subTest(method, role=role), Connection(self.service, self.service.token(profile)) as connection:
                    status = self.refusal(connection, method)
                    self.assertNotIn('is not for the role', status.message if status else '')


if __name__ == '__main__':
    unittest.main()
