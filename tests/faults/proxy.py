"""TCP proxies between what talks to each other, which pass bytes on as badly as they are told to. They need no rights on
the machine, unlike netem, and can break a connection in the middle of a frame."""
import asyncio
import random
import socket
import struct
import threading

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


def _ask(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result()


class Proxy:
    """Listens on a port of its own, and connects whoever comes to what the coroutine `connect` opens. Its methods may be
    called from any thread."""

    def __init__(self, connect):
        self.connect = connect
        self.delay_seconds = 0
        self.tears = False  # each connection ends in the middle of what comes next
        self.writers = set()
        self.port = _ask(self._listen())

    async def _listen(self):
        self.passes = asyncio.Event()
        self.passes.set()
        self.server = await asyncio.start_server(self._serve, '127.0.0.1', 0)
        return self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        both = {writer}
        try:
            other_reader, other_writer = await self.connect()
            both.add(other_writer)
            self.writers |= both
            await asyncio.gather(self._pass(reader, other_writer), self._pass(other_reader, writer))
        except OSError:
            pass
        finally:
            self.writers -= both
            for one in both:
                one.transport.abort()

    async def _pass(self, reader, writer):
        while data := await reader.read(16384):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            await self.passes.wait()
            if self.tears:
                writer.write(data[:random.randrange(len(data))])
                raise ConnectionAbortedError
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    def stall(self):
        _loop.call_soon_threadsafe(self.passes.clear)

    def resume(self):
        _loop.call_soon_threadsafe(self.passes.set)

    def reset(self):
        """Ends all connections as a machine does that has lost its memory of them."""
        def abort():
            for writer in self.writers:
                writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                writer.transport.abort()
        _loop.call_soon_threadsafe(abort)
