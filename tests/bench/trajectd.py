"""trajectd as it serves, on a filled database."""
import os
import pathlib
import re
import resource
import signal
import subprocess

import harness

# More connections from one address than people have, the load generator's, which waits for each answer and takes no refusal.
OPTIONS = {'client_connections': 12000, 'connections_per_address': 12000, 'requests_waiting_ms': 60000}


def raise_file_limit():
    """Each connection takes a file, here and in what measures."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def build():
    """The programs as they are installed, and those that measure them; returns their folder. The harness takes them, too."""
    folder = harness.REPOSITORY / 'build-bench'
    subprocess.run(['cmake', '-S', harness.REPOSITORY, '-B', folder, '-DBENCH=ON'], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['cmake', '--build', folder, '--parallel', str(os.cpu_count())], check=True, stdout=subprocess.DEVNULL)
    harness.TRAJECTD = str(folder / 'daemon/trajectd')
    return folder


class Trajectd:
    def __init__(self, folder, filled, programs):
        self.folder = pathlib.Path(folder)
        self.program = programs / 'daemon/trajectd'
        harness.make_authority(self.folder)
        harness.make_certificate(self.folder, self.folder)
        harness.openssl('genpkey', '-algorithm', 'ed25519', '-out', self.folder / 'signing.key')
        harness.openssl('pkey', '-in', self.folder / 'signing.key', '-pubout', '-out', self.folder / 'signing.pub')
        self.ca = self.folder / 'ca.pem'
        self.config = self.folder / 'trajectd.conf'
        self.options = {'listen': '127.0.0.1:0', 'database': filled.cluster.conninfo('traject', 'traject_daemon'),
                        'audit_database': filled.cluster.conninfo('traject', 'traject_auditor'), 'heads': 'heads',
                        'signing_key': 'signing.key', 'signing_public_key': 'signing.pub',
                        'tls_certificate': 'server.pem', 'tls_key': 'server.key', 'master_key': filled.folder / 'keys', **OPTIONS}
        self.daemon = None

    def start(self):
        lines = [f'{name} = {value}' if isinstance(value, int) else f'{name} = "{value}"' for name, value in self.options.items()]
        self.config.write_text('\n'.join(lines) + '\n')
        self.daemon = harness.Program([self.program, '--config', self.config])
        self.address = '127.0.0.1:' + self.daemon.wait_for(r'event=ready .*port=(\d+)')[1]
        self.daemon.wait_for('event=database_ready')
        self.pid = self.daemon.process.pid

    def stop(self):
        if self.daemon and self.daemon.running():
            self.daemon.end(signal.SIGTERM)

    def verify(self):
        """Signs the chains and proves that they are whole; returns what it says."""
        for command in 'sign', 'verify':
            done = subprocess.run([self.program, command, '--config', self.config], capture_output=True, text=True)
            if done.returncode:
                raise AssertionError(f'trajectd {command} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr}')
        return done.stdout.strip()
