import type { Call } from '../../http/call.js';
import { recursionOf } from '../../http/collection.js';
import { decode, isObject, parseJson, type Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict, sorted } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { findLoaded, type Found } from './find.js';
import type { InstanceRecord, NvramRecord } from './records.js';

const attributes = [
  'NON_VOLATILE',
  'BOOTSERVICE_ACCESS',
  'RUNTIME_ACCESS',
  'HARDWARE_ERROR_RECORD',
  'AUTHENTICATED_WRITE_ACCESS',
  'TIME_BASED_AUTHENTICATED_WRITE_ACCESS',
  'APPEND_WRITE',
  'ENHANCED_AUTHENTICATED_ACCESS',
];
const usual = 7;
const signed = 'TIME_BASED_AUTHENTICATED_WRITE_ACCESS';

function machineOf(call: Call): Found & { nvram: NonNullable<InstanceRecord['nvram']> } {
  const found = findLoaded(call);
  if (found.instance.type !== 'virtual-machine')
    throw new Refusal(400, 'NVRAM operations are only supported for virtual machines');
  return { ...found, nvram: (found.instance.nvram ??= dict()) };
}

function url(call: Call, { project, instance }: Found, ...below: string[]): string {
  return call.product.url(project.name, ['instances', instance.name, 'nvram', ...below]);
}

function list(call: Call): Response {
  const found = machineOf(call);
  const { nvram } = found;
  const guids = Object.keys(nvram).sort();
  const recursion = recursionOf(call);
  if (recursion < 1) return sync(guids.map((guid) => url(call, found, guid)));
  const urls = (guid: string) =>
    Object.keys(nvram[guid] ?? {})
      .sort()
      .map((name) => url(call, found, guid, name));
  if (recursion < 2) return sync(Object.fromEntries(guids.map((guid) => [guid, urls(guid)])));
  return sync(Object.fromEntries(guids.map((guid) => [guid, sorted(nvram[guid] ?? {})])));
}

function listOfGuid(call: Call): Response {
  const found = machineOf(call);
  const guid = call.param('guid');
  const variables = found.nvram[guid];
  if (!variables) throw new Refusal(404, 'GUID not found');
  if (recursionOf(call) > 0) return sync(sorted(variables));
  const names = Object.keys(variables).sort();
  return sync(names.map((name) => url(call, found, guid, name)));
}

function variableOf(call: Call): NvramRecord {
  const variables = machineOf(call).nvram[call.param('guid')];
  if (!variables) throw new Refusal(404, 'GUID not found');
  const variable = variables[call.param('var')];
  if (!variable) throw new Refusal(404, 'Variable not found');
  return variable;
}

const guarded = ({ binary, attributes, timestamp }: NvramRecord) => [binary, attributes, timestamp ?? null];

function read(call: Call): Response {
  const variable = variableOf(call);
  if (call.request.headers.get('accept') === 'application/octet-stream')
    return new Response(Buffer.from(variable.binary, 'base64'), {
      headers: { 'content-type': 'application/octet-stream' },
    });
  return sync(variable, etag(guarded(variable)));
}

const shape: Shape = {
  type: 'InstanceNVRAMVariablePut',
  fields: { attributes: 'strings', timestamp: 'time' },
};

/** What the body says; what the server makes of `data` the fake does not know, and keeps the JSON of it. */
async function bodyOf(call: Call): Promise<NvramRecord> {
  if (call.request.headers.get('content-type') !== 'application/octet-stream') {
    const body = parseJson(await call.text());
    const known = decode<Pick<NvramRecord, 'attributes' | 'timestamp'>>(body, shape, call.product);
    const data = isObject(body) ? body.data : undefined;
    return {
      attributes: [],
      ...known,
      data,
      binary: Buffer.from(JSON.stringify(data ?? null)).toString('base64'),
    };
  }
  const bits = call.header('attributes') ?? String(usual);
  if (!/^\d+$/.test(bits)) throw new Refusal(400, 'X-Incus-attributes header must be an integer');
  const named = attributes.filter((_, bit) => (Number(bits) >> bit) % 2 === 1);
  const time = call.header('timestamp');
  if (time && !named.includes(signed))
    throw new Refusal(400, `X-Incus-timestamp header can only be set on variables with ${signed}`);
  if (time && !/^-?\d+$/.test(time)) throw new Refusal(400, 'X-Incus-timestamp header must be an integer');
  return {
    binary: (await call.bytes()).toString('base64'),
    attributes: named,
    ...(time && { timestamp: new Date(Number(time) * 1000).toISOString().replace('.000', '') }),
  };
}

function assertStopped({ status }: InstanceRecord, done: string): void {
  if (status !== 'Stopped') throw new Refusal(400, `UEFI variables cannot be ${done} on running VMs`);
}

async function put(call: Call): Promise<Response> {
  const found = machineOf(call);
  assertStopped(found.instance, 'modified');
  const guid = call.param('guid');
  const name = call.param('var');
  const present = found.nvram[guid]?.[name];
  if (present) checkMatch(call.request.headers, guarded(present));
  const variable = await bodyOf(call);
  if (!variable.attributes.includes('NON_VOLATILE'))
    throw new Refusal(400, 'Volatile UEFI variables cannot be stored in the NVRAM');
  (found.nvram[guid] ??= dict())[name] = variable;
  return present ? done() : created(url(call, found, guid, name));
}

function remove(call: Call): Response {
  const { instance, nvram } = machineOf(call);
  assertStopped(instance, 'deleted');
  variableOf(call);
  const guid = call.param('guid');
  const variables = nvram[guid] ?? {};
  delete variables[call.param('var')];
  if (Object.keys(variables).length === 0) delete nvram[guid];
  return done();
}

/** The UEFI variables of Incus 7.3 and newer. */
export function nvramRoutes(path: string): Route[] {
  const nvram = `${path}/{name}/nvram`;
  return [
    { path: nvram, GET: list },
    { path: `${nvram}/{guid}`, GET: listOfGuid },
    { path: `${nvram}/{guid}/{var}`, GET: read, PUT: put, DELETE: remove },
  ];
}
