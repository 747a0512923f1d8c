// What a client in TypeScript looks like that is generated from etc/openapi.json: it compiles only if the document says of
// requests and answers what is used here.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] ?? '' });
const key = (name: string) => ({ 'Idempotency-Key': `typescript-${name}` });

async function add(phone: string): Promise<number> {
  const { data, error } = await client.POST('/lists/{id}/AddRecord', {
    params: { path: { id: 'Spring_2024' }, header: key('add') },
    body: { GSW_PHONE: phone, GSW_TZ_NAME: 'GMT', GSW_PHONE_TYPE: 'Mobile', STATE: 'CA' },
  });
  if (error) throw new Error(`${error.GSW_ERROR_NUMBER} ${error.GSW_ERROR}`);
  return data.GSW_CHAIN_ID;
}

async function take(group: number): Promise<components['schemas']['PreviewRecord']> {
  const { data, error } = await client.POST('/campaigngroups/{id}/PreviewRecordRequest', {
    params: { path: { id: group }, header: key('take') },
    body: { GSW_AGENT_ID: 'agent7' },
  });
  if (error) throw new Error(error.GSW_ERROR);
  if (data.GSW_USER_EVENT === 'PreviewRecordEmpty') throw new Error('nothing is due');
  return data;
}

async function report(handle: number, result: components['schemas']['CallResultName']): Promise<void> {
  const { error, response } = await client.POST('/records/{id}/RecordProcessed', {
    params: { path: { id: handle }, header: key('report') },
    body: { GSW_CALL_RESULT: result },
  });
  if (error) throw new Error(`${response.status} ${error.GSW_ERROR}`);
}

const chain = await add('+15550100');
const record = await take(201);
if (record.GSW_CHAIN_ID !== chain) throw new Error('another record was taken');
await report(record.GSW_RECORD_HANDLE, 'Answer');
const status = await client.GET('/campaigngroups/{id}/CampaignStatusRequest', { params: { path: { id: 201 } } });
console.log(record.GSW_PHONE, status.data?.GSW_USER_EVENT);

// @ts-expect-error a mandatory attribute is missing
await client.POST('/lists/{id}/AddRecord', { params: { path: { id: 'a' } }, body: { GSW_PHONE: '+1' } }).catch(() => {});
// @ts-expect-error there is no such result
const nothing: components['schemas']['CallResultName'] = 'Nothing';
void nothing;
