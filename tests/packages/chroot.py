"""A clean Debian 12 with PostgreSQL, in namespaces of its own: what runs in it ends with it, and so do its mounts."""
import atexit
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

CACHED_SECONDS = 7 * 24 * 3600  # what the archive's lists name is there at least so long
SUITE = 'bookworm'


class Unreachable(Exception):
    """Debian's archive is."""


def mirror():
    """Where this machine's apt gets Debian from."""
    done = subprocess.run(['apt-get', 'indextargets', '--format', '$(REPO_URI)', f'Codename: {SUITE}', 'Created-By: Packages',
                           'Component: main'], capture_output=True, text=True)
    return next((line for line in done.stdout.splitlines() if '/debian' in line), 'http://deb.debian.org/debian')


def environment():
    """debootstrap knows a proxy by this alone."""
    done = subprocess.run(['apt-config', 'shell', 'proxy', 'Acquire::http::Proxy'], capture_output=True, text=True)
    proxy = done.stdout.partition("'")[2].rpartition("'")[0]
    return {**os.environ, **({'http_proxy': proxy} if proxy else {})}


def make_base(cached):
    """A tar of a minimal system in which the cluster `main` is made and nothing was started."""
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        root = pathlib.Path(folder) / 'root'
        done = subprocess.run(['debootstrap', '--variant=minbase', '--include=postgresql-15', SUITE, root, mirror()],
                              capture_output=True, text=True, env=environment())
        if done.returncode:
            raise Unreachable(done.stdout[-500:] + done.stderr[-500:])
        subprocess.run(['chroot', root, 'apt-get', 'update', '-qq'], check=True, env=environment())
        new = cached.with_suffix('.new')
        subprocess.run(['tar', '-C', root, '--one-file-system', '-cf', new, '.'], check=True)
        new.rename(cached)


class Chroot:
    def __init__(self, cached, host):
        """`host` is what the machine is called, besides localhost."""
        if not cached.exists() or time.time() - cached.stat().st_mtime > CACHED_SECONDS:
            make_base(cached)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='traject-chroot-'))
        self.root.chmod(0o755)
        subprocess.run(['tar', '-C', self.root, '-xf', cached], check=True)
        (self.root / 'etc/hosts').write_text(f'127.0.0.1 {host} localhost\n')
        shutil.copy('/etc/resolv.conf', self.root / 'etc/resolv.conf')
        # There is no init to start anything.
        policy = self.root / 'usr/sbin/policy-rc.d'
        policy.write_text('#!/bin/sh\nexit 101\n')
        policy.chmod(0o755)
        self.holder = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', 'sh', '-ec',
             'mount --make-rprivate / && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/run" && mount -t tmpfs tmpfs "$0/dev/shm"'
             '; mkdir -m 1777 "$0/run/lock"; install -d -o 0 -g 0 -m 755 "$0/run/postgresql"; ip link set lo up; hostname "$1"'
             '; echo; exec sleep infinity', self.root, host], stdout=subprocess.PIPE)
        atexit.register(self.end)
        if not self.holder.stdout.readline():
            raise AssertionError('the namespaces of the chroot could not be made')
        self.first = pathlib.Path(f'/proc/{self.holder.pid}/task/{self.holder.pid}/children').read_text().split()[0]
        self.run('chown', 'postgres:', '/run/postgresql')

    def command(self, *arguments, network=False):
        """What runs in it; with `network` it sees this machine's."""
        return ['nsenter', '-t', self.first, '-m', '-p', '-u', '-i', *([] if network else ['-n']), 'chroot', self.root, 'env', '-i',
                'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LC_ALL=C.UTF-8',
                'DEBIAN_FRONTEND=noninteractive', *([f'http_proxy={environment()["http_proxy"]}']
                                                    if network and 'http_proxy' in environment() else []), *map(str, arguments)]

    def run(self, *arguments, code=0, network=False):
        """Runs it in there to its end, and returns it with `stdout` and `stderr`."""
        done = subprocess.run(self.command(*arguments, network=network), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300)
        if done.returncode != code:
            raise AssertionError(f'{arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}')
        return done

    def end(self):
        """Once. The first process's end is that of all in its namespace, and of the mounts."""
        if not self.root.exists():
            return
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        subprocess.run(['tail', '--pid', self.first, '-s', '0.1', '-f', '/dev/null'], timeout=60)
        shutil.rmtree(self.root)
