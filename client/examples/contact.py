#!/usr/bin/env python3
"""Records a contact, and says when the next one is due: a client of trajectd in another language, from traject.proto alone.

    protoc --python_out=. traject.proto          # Debian: protobuf-compiler, python3-protobuf
    ./contact.py PROFILE CLIENT "Belt morgen terug over het rooster."

The protocol: TLS 1.3 with ALPN traject/1; each message with its length before it, as a varint."""
import os
import pathlib
import re
import socket
import ssl
import sys
import uuid

import traject_pb2 as pb


class Refused(Exception):
    """The server said no; its message is for people."""


def profile(name):
    """The options of a profile, as the program traject reads them."""
    home = pathlib.Path(os.environ.get('XDG_CONFIG_HOME') or pathlib.Path.home() / '.config')
    return dict(re.findall(r'^\s*(\w+)\s*=\s*"([^"]*)"', (home / 'traject' / f'{name}.conf').read_text(), re.MULTILINE))


class Connection:
    def __init__(self, options):
        host, _, port = options['server'].rpartition(':')
        context = ssl.create_default_context(cafile=options['ca'])
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(['traject/1'])
        self.socket = context.wrap_socket(socket.create_connection((host, int(port)), timeout=30), server_hostname=host)
        self.file = self.socket.makefile('rb')
        self.last_id = 0
        self.call('Session', 'Authenticate', pb.AuthenticateRequest(token=options['token']), pb.AuthenticateReply)

    def call(self, service, method, request, reply, request_key=''):
        """A write takes a request_key: sent again with the same one, after a loss, it is done once."""
        self.last_id += 1
        self.send(pb.Request(id=self.last_id, method=f'/traject.v1.{service}/{method}', body=request.SerializeToString(),
                             request_key=request_key, deadline_ms=10000))
        body = b''
        while True:
            response = pb.Response.FromString(self.receive())
            if response.status.code:
                raise Refused(response.status.message)
            body += response.body
            if not response.more:
                return reply.FromString(body)

    def send(self, message):
        data = message.SerializeToString()
        length, prefix = len(data), bytearray()
        while length > 0x7f:
            prefix.append(length & 0x7f | 0x80)
            length >>= 7
        self.socket.sendall(bytes(prefix) + bytes([length]) + data)

    def receive(self):
        length = shift = 0
        while True:
            byte = self.file.read(1)
            if not byte:
                raise ConnectionError('the server has closed the connection; ask again')
            length |= (byte[0] & 0x7f) << shift
            shift += 7
            if byte[0] < 0x80:
                return self.file.read(length)


def main():
    if len(sys.argv) != 4:
        sys.exit('Usage: contact.py PROFILE CLIENT WORDS')
    connection = Connection(profile(sys.argv[1]))
    contact = pb.RecordContactRequest(client_number=sys.argv[2], channel=pb.CHANNEL_PHONE, counterpart=pb.COUNTERPART_CLIENT,
                                      reached=True, words=sys.argv[3])
    contact.occurred_at.GetCurrentTime()
    try:
        done = connection.call('Traject', 'RecordContact', contact, pb.Recorded, str(uuid.uuid4()))
    except Refused as why:
        sys.exit(f'contact.py: {why}')
    print(f'Entry {done.event_id}; the next contact is due on {done.contact_due_at.ToDatetime():%Y-%m-%d}.')


if __name__ == '__main__':
    main()
