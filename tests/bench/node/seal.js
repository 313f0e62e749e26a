// Names and words as daemon/seal.h describes them.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');

const MASTER_ID = 8, NONCE = 12, TAG = 16, KEY_ID = 16, WRAPPED = MASTER_ID + NONCE + 32 + TAG, HEADER = 20, TOKEN = 8;

function decrypt(key, withIt, nonce, sealed) {
  const cipher = crypto.createDecipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(withIt);
  cipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([cipher.update(sealed.subarray(0, sealed.length - TAG)), cipher.final()]);
}

class Seal {
  constructor(path) {
    this.masters = new Map();
    for (const [, kind, digits] of fs.readFileSync(path, 'utf8').matchAll(/^(index|master) (\w+)$/gm)) {
      const key = Buffer.from(digits, 'hex');
      if (kind === 'index') this.index = key;
      else this.masters.set(crypto.createHash('sha256').update('traject master key id\0').update(key).digest('hex').slice(0, 2 * MASTER_ID), key);
    }
  }

  digest(body) {
    return crypto.createHmac('sha256', this.index).update('body').update(body).digest();
  }

  unwrap(keyId, wrapped) {
    const master = this.masters.get(wrapped.toString('hex', 0, MASTER_ID));
    return decrypt(master, keyId, wrapped.subarray(MASTER_ID, MASTER_ID + NONCE), wrapped.subarray(MASTER_ID + NONCE));
  }

  // The keys that come with an answer, one after another, each after its id.
  handedOut(bytes) {
    const keys = new Map();
    for (let at = 0; at < bytes.length; at += KEY_ID + WRAPPED) {
      const keyId = bytes.subarray(at, at + KEY_ID), wrapped = bytes.subarray(at + KEY_ID, at + KEY_ID + WRAPPED);
      keys.set(keyId.toString('latin1'), wrapped.some((byte) => byte) ? this.unwrap(keyId, wrapped) : null);
    }
    return keys;
  }

  open(sealed, keys) {
    const end = HEADER + TOKEN * sealed[HEADER - 1], key = keys.get(sealed.toString('latin1', 1, 1 + KEY_ID));
    if (key === null) return '(erased)';
    return decrypt(key, sealed.subarray(0, end), sealed.subarray(end, end + NONCE), sealed.subarray(end + NONCE)).toString('utf8');
  }

  seal(keyId, key, text) {
    const header = Buffer.alloc(HEADER), nonce = crypto.randomBytes(NONCE);
    header[0] = 1;
    keyId.copy(header, 1);
    header.writeUInt16BE([...text].length, 1 + KEY_ID);
    const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(header);
    return Buffer.concat([header, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }
}

module.exports = { Seal };
