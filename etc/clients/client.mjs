// Adds a record, takes the next one of a campaign group and reports its result.
//   node client.mjs [LIST [GROUP [PHONE]]]     Node.js 18 or later, nothing to install
// OUTPOST_URL is where the server listens, OUTPOST_TOKEN its bearer token where it asks for one.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const url = process.env.OUTPOST_URL ?? 'http://127.0.0.1:8080';
const token = process.env.OUTPOST_TOKEN;
const tries = 5;
const worthAnotherTry = [429, 500, 502, 503, 504];

// The answer to one request, which is sent again when it is not known whether it arrived. One key for all tries: what the
// server has done already it does not do again, and answers as it did.
async function send(path, body) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  if (token) headers.Authorization = `Bearer ${token}`;
  let failure;
  for (let attempt = 0; attempt < tries; ++attempt) {
    let wait = 200 * 2 ** attempt;
    try {
      const response = await fetch(url + path, {
        method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10000),
      });
      const answer = await response.json();
      if (response.status === 200) return answer;
      failure = `${response.status} ${answer.GSW_ERROR_NUMBER}: ${answer.GSW_ERROR}`;
      if (!worthAnotherTry.includes(response.status)) break;
      wait = Math.max(wait, 1000 * Number(response.headers.get('Retry-After') ?? 0));
    } catch (error) {
      failure = error.cause?.message ?? error.message;
    }
    if (attempt + 1 < tries) await pause(wait);
  }
  throw new Error(`${path}: ${failure}`);
}

async function main(list = 'Spring_2024', group = '201', phone = '+15550100') {
  const added = await send(`/lists/${encodeURIComponent(list)}/AddRecord`, { GSW_PHONE: phone, GSW_TZ_NAME: 'GMT' });
  console.log(`added: chain ${added.GSW_CHAIN_ID}`);

  const preview = await send(`/campaigngroups/${group}/PreviewRecordRequest`, { GSW_AGENT_ID: 'agent7' });
  if (preview.GSW_USER_EVENT === 'PreviewRecordEmpty') return console.log('nothing is due');
  const handle = preview.GSW_RECORD_HANDLE;
  console.log(`preview: handle ${handle}, phone ${preview.GSW_PHONE}`);

  await send(`/records/${handle}/RecordProcessed`, { GSW_CALL_RESULT: 'Answer' });
  console.log(`processed: handle ${handle}`);
}

main(...process.argv.slice(2, 5)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
