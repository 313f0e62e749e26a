"""The client at a terminal, as somebody types to it."""
import os
import pty
import re
import select
import signal
import subprocess
import time

import harness

# What a terminal obeys and does not show.
CONTROL = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x07')


class Terminal:
    """A run of the client at a pseudo terminal of its own; `seen` is all that it showed."""

    def __init__(self, service, *arguments, profile, **environment):
        self.near, far = pty.openpty()
        self.process = subprocess.Popen([harness.TRAJECT, *map(str, arguments)], stdin=far, stdout=far, stderr=far, cwd=service.folder,
                                        env=service.environment(profile, TERM='xterm', **environment), start_new_session=True)
        os.close(far)
        self.raw, self.read_to = '', 0

    @property
    def seen(self):
        return CONTROL.sub('', self.raw)

    def _read(self, until):
        """Reads more; returns whether there was any before that moment."""
        if not select.select([self.near], [], [], max(0, until - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self.near, 65536)
        except OSError:  # the other end is closed
            data = b''
        self.raw += data.decode(errors='replace')
        return bool(data)

    def wait_for(self, pattern):
        """Waits until that is shown, after what was waited for before."""
        until = time.monotonic() + harness.WAIT_SECONDS
        while not (found := re.search(pattern, self.seen[self.read_to:])):
            if not self._read(until):
                raise AssertionError(f'no {pattern!r} in what is shown:\n{self.seen[self.read_to:]!r}\nafter\n{self.seen}')
        self.read_to += found.end()
        return found

    def type(self, text):
        os.write(self.near, text.encode())

    def answer(self, question, text):
        self.wait_for(question)
        self.type(text + '\r')

    def end(self):
        """Waits for the end; returns the exit code."""
        until = time.monotonic() + harness.WAIT_SECONDS
        while self._read(until):
            pass
        try:
            code = self.process.wait(harness.WAIT_SECONDS)
        finally:
            self.close()
        if harness.SANITIZER_REPORT.search(self.seen):
            raise AssertionError(self.seen)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if self.near is not None:
            os.close(self.near)
            self.near = None
