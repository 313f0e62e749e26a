// What a team would write otherwise: an HTTP service before the same functions of the database, with a pool of connections and
// named prepared statements; each request is a transaction in which the actor is set first. It opens and seals names and
// words, and answers a repeated request key as the first time. It does not batch, speaks HTTP without TLS, and nobody can
// watch. A process for each CPU.
//
//     node service.js CONFIG    (JSON: database, keys, statements, port, processes, connections)
'use strict';
const cluster = require('node:cluster');
const crypto = require('node:crypto');
const fs = require('node:fs');

const config = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const METHODS = [
  ['GET', '/clients/:client_number/journey', 'GetTimeline'],
  ['GET', '/clients/:client_number', 'GetClient'],
  ['GET', '/quiet', 'ListWithoutContact'],
  ['GET', '/coming-up', 'ListComingUp'],
  ['GET', '/board', 'GetBoard'],
  ['POST', '/clients/:client_number/contacts', 'RecordContact'],
  ['POST', '/clients/:client_number/moves', 'MoveStage'],
];
const SEALED = new Set(['words', 'reason']);
const BYTEA = 17, BYTEA_ARRAY = 1001;

function openRows(seal, { rows, fields }) {
  const sealed = fields.filter((field) => field.dataTypeID === BYTEA && field.name !== 'keys').map((field) => field.name);
  const lists = fields.filter((field) => field.dataTypeID === BYTEA_ARRAY).map((field) => field.name);
  const last = fields.some((field) => field.name === 'keys') ? rows.pop() : undefined;
  const keys = seal.handedOut(last?.keys ?? Buffer.alloc(0));
  for (const row of rows) {
    delete row.keys;
    for (const name of sealed) if (row[name] !== null) row[name] = seal.open(row[name], keys);
    for (const name of lists) if (row[name] !== null) row[name] = row[name].map((one) => seal.open(one, keys));
  }
  return rows;
}

// A statement with its parameters, which are named in it; null where none is given.
function filled(statement, given, more = []) {
  statement.names ??= [...statement.text.matchAll(/"?(\w+)"? => \$(\d+)/g)].sort((a, b) => a[2] - b[2]).map((found) => found[1]);
  return { ...statement, values: [...statement.names.map((name) => given[name] ?? null), ...more] };
}

class Method {
  constructor(name, sql, seal) {
    Object.assign(this, { name, seal, fullName: `/traject.v1.Traject/${name}` });
    this.call = { name: `call_${name}`, text: sql[`call_${name}`] };
    this.replay = { name: `replay_${name}`, text: sql[`replay_${name}`] };
    this.enter = { name: 'enter', text: sql.enter };
    this.subjectKey = { name: 'subject_key', text: sql.subject_key };
    this.logLooks = { name: 'log_looks', text: sql.log_looks };
    this.writes = this.replay.text !== undefined;
  }

  async sealWords(client, token, given) {
    const { rows: [found] } = await client.query(filled(this.subjectKey, { token_sha256: token, client_number: given.client_number }));
    const key = this.seal.unwrap(found.uuid_send, found.wrapped);
    for (const name of SEALED) if (given[name] !== undefined) given[name] = this.seal.seal(found.uuid_send, key, given[name]);
  }

  async run(pool, token, key, given) {
    const digest = this.seal.digest(JSON.stringify(given));
    const caller = { token_sha256: crypto.createHash('sha256').update(token).digest(), method: this.fullName, body_sha256: digest, waited_ms: 0 };
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(filled(this.enter, { ...caller, request_key: key }));
      if (this.writes) await this.sealWords(client, caller.token_sha256, given);
      const result = await client.query(filled(this.call, given, this.writes ? [key, this.fullName, digest] : []));
      await client.query(this.logLooks);
      await client.query('COMMIT');
      return openRows(this.seal, result);
    } catch (error) {
      await client.query('ROLLBACK');
      if (error.code !== 'TJ901') throw error;
      await client.query('BEGIN');
      await client.query(filled(this.enter, caller));
      const result = await client.query({ ...this.replay, values: [key] });
      await client.query('COMMIT');
      return openRows(this.seal, result);
    } finally {
      client.release();
    }
  }
}

function serve() {
  const { Pool } = require('pg');
  const { Seal } = require('./seal.js');
  const seal = new Seal(config.keys);
  const statements = JSON.parse(fs.readFileSync(config.statements, 'utf8'));
  const pool = new Pool({ ...config.database, max: config.connections, application_name: 'benchmark service' });
  const app = require('fastify')();
  for (const [verb, url, name] of METHODS) {
    const method = new Method(name, statements, seal);
    app.route({
      method: verb, url,
      handler: async (request) => {
        const token = Buffer.from((request.headers.authorization ?? '').slice('Bearer '.length), 'hex');
        return method.run(pool, token, request.headers['request-key'] ?? null, { ...request.query, ...request.body, ...request.params });
      },
    });
  }
  app.setErrorHandler((error, request, reply) => {
    if (!String(error.code).startsWith('TJ')) console.error(error);
    reply.code(String(error.code).startsWith('TJ') ? 400 : 500).send({ message: error.message });
  });
  app.listen({ port: config.port, host: '127.0.0.1' }).then(() => console.error('event=ready'));
}

if (cluster.isPrimary) for (let i = 0; i < config.processes; i++) cluster.fork();
else serve();
