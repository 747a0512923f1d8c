// The peer that a web developer would write: AddRecord as a route of fastify, stored by better-sqlite3, and answered when it
// is on the disk.
//   node fastify.mjs PORT FILE turn|request
// turn: what came in one turn of the loop is one transaction. request: each is one of its own.
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const [port, file, commit] = process.argv.slice(2);

const store = new (require('better-sqlite3'))(file);
store.pragma('journal_mode = WAL');
store.pragma('synchronous = FULL');
store.exec(`CREATE TABLE record (id INTEGER PRIMARY KEY, list TEXT NOT NULL, phone TEXT NOT NULL, time_zone TEXT NOT NULL,
                                 status INTEGER NOT NULL, fields TEXT NOT NULL);
            CREATE INDEX record_phone ON record (list, phone);`);
const insert = store.prepare('INSERT INTO record (list, phone, time_zone, status, fields) VALUES (?, ?, ?, 1, ?)');

function add({ list, body }) {
  const { GSW_PHONE, GSW_TZ_NAME, ...fields } = body;
  const { lastInsertRowid } = insert.run(list, GSW_PHONE, GSW_TZ_NAME, JSON.stringify(fields));
  return { GSW_USER_EVENT: 'AddRecordAcknowledge', GSW_CALLING_LIST: list, GSW_PHONE, GSW_TZ_NAME, GSW_RECORD_STATUS: 1,
           GSW_CHAIN_ID: lastInsertRowid, ...fields };
}

const addAll = store.transaction((works) => works.map(add));
let waiting = [];

function commitTurn() {
  const works = waiting;
  waiting = [];
  try {
    const answers = addAll(works);
    works.forEach((work, index) => work.resolve(answers[index]));
  } catch (error) {
    works.forEach((work) => work.reject(error));
  }
}

function addInTurn(list, body) {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(commitTurn);
    waiting.push({ list, body, resolve, reject });
  });
}

const server = require('fastify')({ logger: false });
server.get('/', async () => ({ ready: true }));
server.post('/lists/:list', async (request, reply) => {
  const { GSW_PHONE: phone, GSW_TZ_NAME: zone } = request.body;
  if (request.query.req !== 'AddRecord' || typeof phone !== 'string' || typeof zone !== 'string') {
    return reply.code(400).send({ GSW_USER_EVENT: 'Error' });
  }
  const { list } = request.params;
  return commit === 'turn' ? addInTurn(list, request.body) : addAll([{ list, body: request.body }])[0];
});
await server.listen({ host: '127.0.0.1', port: Number(port) });
