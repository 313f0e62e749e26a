"""A client of trajectd in its barest form: protobuf messages over a TLS socket, from proto/traject.proto alone."""
import importlib
import socket
import ssl
import subprocess
import sys
import uuid

import harness


def _generate():
    folder = harness.temporary_folder() / 'messages'
    folder.mkdir()
    subprocess.run(['protoc', f'--python_out={folder}', f'--proto_path={harness.REPOSITORY / "proto"}', 'traject.proto'],
                   check=True)
    sys.path.insert(0, str(folder))
    return importlib.import_module('traject_pb2')


pb = _generate()


class Refused(Exception):
    def __init__(self, status):
        super().__init__(f'{pb.Code.Name(status.code)}: {status.message} [{status.field}]')
        self.code, self.message, self.field = pb.Code.Name(status.code), status.message, status.field


def delimited(message):
    """The message with its length before it, as a varint."""
    data = message if isinstance(message, bytes) else message.SerializeToString()
    prefix, length = bytearray(), len(data)
    while length > 0x7f:
        prefix.append(length & 0x7f | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + data


def method_of(name):
    """The full name of a method and the class of its reply."""
    for service in pb.DESCRIPTOR.services_by_name.values():
        method = service.methods_by_name.get(name)
        if method:
            return f'/{service.full_name}/{name}', getattr(pb, method.output_type.name)
    return name, None


def new_key():
    return str(uuid.uuid4())


class Connection:
    """One connection; with a token it is authenticated."""

    def __init__(self, service, token=None, receive_buffer=None, source=None, certificate=None, resume=None,
                 address=None, patience=harness.WAIT_SECONDS, connect_patience=harness.WAIT_SECONDS):
        """From the address `source`, with a client certificate NAME.pem and its NAME.key, or with the ticket and
        certificate of another connection. To localhost or that address; each answer is waited for so many seconds, and
        that the machine takes the connection."""
        if resume:
            self.context = resume.context
        else:
            self.context = ssl.create_default_context(cafile=service.folder / 'ca.pem')
            self.context.set_alpn_protocols(['traject/1'])
        if certificate:
            self.context.load_cert_chain(service.folder / f'{certificate}.pem', service.folder / f'{certificate}.key')
        raw = socket.socket()
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(connect_patience)
        self.socket = raw
        self.token = token
        self.input = b''
        self.last_id = 0
        try:
            if source:
                raw.bind((source, 0))
            raw.connect((address or '127.0.0.1', service.port))
            raw.settimeout(patience)
            self.socket = self.context.wrap_socket(raw, server_hostname=address or 'localhost',
                                                   session=resume.socket.session if resume else None)
            if token:
                self.identity = self.call('Authenticate', pb.AuthenticateRequest(token=token))
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, method, message, key='', deadline_ms=0, **envelope):
        """The bytes of a request; a key of None is a new one."""
        self.last_id += 1
        body = message if isinstance(message, bytes) else message.SerializeToString()
        return delimited(pb.Request(id=self.last_id, method=method_of(method)[0], body=body, deadline_ms=deadline_ms,
                                    request_key=new_key() if key is None else key, **envelope))

    def send(self, method, message, key='', deadline_ms=0, **envelope):
        self.socket.sendall(self.request(method, message, key, deadline_ms, **envelope))
        return self.last_id

    def receive(self):
        """The next Response; None when the server has closed."""
        while True:
            length, shift = 0, 0
            for i, byte in enumerate(self.input):
                length |= (byte & 0x7f) << shift
                shift += 7
                if byte < 0x80:
                    if len(self.input) > i + length:
                        response = pb.Response.FromString(self.input[i + 1:i + 1 + length])
                        self.input = self.input[i + 1 + length:]
                        return response
                    break
            data = self.socket.recv(65536)
            if not data:
                return None
            self.input += data

    def answer(self, method):
        """The reply to the request that is next, its parts merged; Refused when it is. `staleness_ms` is then how old a
        standby said that it is, None when the primary has answered."""
        body, parts = b'', 0
        while True:
            response = self.receive()
            if response is None:
                raise ConnectionError('the server closed the connection')
            parts += 1
            self.staleness_ms = response.staleness_ms if response.HasField('staleness_ms') else None
            if response.status.code:
                raise Refused(response.status)
            body += response.body
            if not response.more:
                self.parts = parts
                return method_of(method)[1].FromString(body)

    def call(self, method, message, key=None, deadline_ms=0, **envelope):
        self.send(method, message, key, deadline_ms, **envelope)
        return self.answer(method)
