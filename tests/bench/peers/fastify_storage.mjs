// The peer that a web developer would write: storage with a time to live, as two routes of fastify over Redis.
//   node fastify_storage.mjs PORT REDIS_SOCKET
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';

const require = createRequire(`${process.cwd()}/`);
const [port, path] = process.argv.slice(2);
const redis = new (require('ioredis'))({ path, enableAutoPipelining: true });

const server = require('fastify')({ logger: false });
server.get('/', async () => ({ ready: (await redis.ping()) === 'PONG' }));
server.post('/genesys/1/storage/:ttl', async (request, reply) => {
  const ttl = Number(request.params.ttl);
  if (!Number.isInteger(ttl) || ttl < 1 || typeof request.body !== 'object') {
    return reply.code(400).send({ exception: 'BadRequest' });
  }
  const id = randomUUID();
  await redis.multi().hset(id, request.body).expire(id, ttl).exec();
  return { id };
});
server.get('/genesys/1/storage/:id', async (request, reply) => {
  const area = await redis.hgetall(request.params.id);
  return Object.keys(area).length > 0 ? area : reply.code(404).send({ exception: 'NotFound' });
});
await server.listen({ host: '127.0.0.1', port: Number(port) });
