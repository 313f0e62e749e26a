"""The sealed form of words, made and opened by other code than the daemon's: as daemon/seal.h describes it, with
OpenSSL's AES-256-GCM."""
import ctypes
import ctypes.util
import functools
import hashlib
import re
import secrets

CRYPTO = ctypes.CDLL(ctypes.util.find_library('crypto'))
for name in ('EVP_CIPHER_CTX_new', 'EVP_aes_256_gcm'):
    getattr(CRYPTO, name).restype = ctypes.c_void_p
GET_TAG, SET_TAG = 0x10, 0x11


def gcm(key, nonce, with_it, text, tag=None):
    """Sealed text and its tag; with a tag the text that was sealed."""
    context = ctypes.c_void_p(CRYPTO.EVP_CIPHER_CTX_new())
    begin, update, end = (getattr(CRYPTO, f'EVP_{"Decrypt" if tag else "Encrypt"}{step}') for step in ('Init_ex', 'Update', 'Final_ex'))
    out, length = ctypes.create_string_buffer(len(text) + 16), ctypes.c_int()
    begin(context, ctypes.c_void_p(CRYPTO.EVP_aes_256_gcm()), None, key, nonce)
    update(context, None, ctypes.byref(length), with_it, len(with_it))
    update(context, out, ctypes.byref(length), text, len(text))
    if tag:
        CRYPTO.EVP_CIPHER_CTX_ctrl(context, SET_TAG, 16, tag)
    done = end(context, ctypes.create_string_buffer(16), ctypes.byref(length))
    made = ctypes.create_string_buffer(16)
    if not tag:
        CRYPTO.EVP_CIPHER_CTX_ctrl(context, GET_TAG, 16, made)
    CRYPTO.EVP_CIPHER_CTX_free(context)
    if done != 1:
        raise AssertionError('it does not open')
    return out.raw[:len(text)] if tag else out.raw[:len(text)] + made.raw


class Sealing:
    """With the keys of a service."""

    def __init__(self, service):
        self.service = service
        self.secret = functools.cache(self.secret)

    def masters(self):
        found = [bytes.fromhex(key) for key in re.findall(r'^master (\w+)$', (self.service.folder / 'keys').read_text(), re.MULTILINE)]
        return {hashlib.sha256(b'traject master key id\0' + key).digest()[:8]: key for key in found}

    def new_key(self):
        """The key of somebody new, as the daemon hands it to the database in hexadecimal digits: its id, wrapped, whose."""
        (master_id, master), *_ = self.masters().items()
        key_id, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        return (key_id + master_id + nonce + gcm(master, nonce, key_id, secrets.token_bytes(32)) + b'\1').hex()

    def secret(self, where):
        """The key id and the key of the person that the condition finds."""
        (key_id, wrapped), = self.service.sql(
            f"select encode(uuid_send(k.key_id), 'hex'), encode(k.wrapped, 'hex') from traject.person_key k where {where}")
        key_id, wrapped = bytes.fromhex(key_id), bytes.fromhex(wrapped)
        return key_id, gcm(self.masters()[wrapped[:8]], wrapped[8:20], key_id, wrapped[20:52], wrapped[52:])

    def seal(self, client_number, text):
        """Words about that client, as SQL writes them."""
        key_id, secret = self.secret(f"k.key_id in (select key_id from traject.client where client_number = '{client_number}')")
        header, nonce = b'\x01' + key_id + len(text).to_bytes(2, 'big') + b'\0', secrets.token_bytes(12)
        return f"'\\x{(header + nonce + gcm(secret, nonce, header, text.encode())).hex()}'::bytea"

    def open(self, value):
        """The text of what psql shows."""
        sealed = bytes.fromhex(value.removeprefix('\\x'))
        end = 20 + 8 * sealed[19]
        _, secret = self.secret(f"k.key_id = '{sealed[1:17].hex()}'")
        return gcm(secret, sealed[end:end + 12], sealed[:end], sealed[end + 12:-16], sealed[-16:]).decode()
