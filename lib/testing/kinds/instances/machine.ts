import type { Call } from '../../http/call.js';
import { decode, isObject, parseJson, type Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { Product } from '../../products/product.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { certificatesOf } from '../certificates/store.js';
import { findLoaded } from './find.js';
import { nvramRoutes } from './nvram.js';
import type { InstanceRecord, UefiVarRecord } from './records.js';

/** The certificates that are trusted. Of no instance it says the same, and of no project as of one for all of them. */
function access(call: Call): Response {
  if (call.param('name').includes('/')) throw new Refusal(400, 'Invalid instance name');
  const entries = [...certificatesOf(call.state).values()].flatMap(
    ({ type, restricted, projects, fingerprint: identifier }) => {
      if (type !== 'client' || (restricted && !projects.includes(call.projectName))) return [];
      return [{ identifier, role: restricted ? 'operator' : 'admin', provider: 'tls' }];
    },
  );
  return sync(entries.length > 0 ? entries : null);
}

/** The virtual machine of the request; the text is what is said of a container. */
function machineOf(call: Call, refusal: string): InstanceRecord {
  const { instance } = findLoaded(call);
  if (instance.type !== 'virtual-machine') throw new Refusal(400, refusal);
  return instance;
}

/** No memory is there to be dumped: an ELF file's first bytes, or those of the format asked for, stand for it. */
function memory(call: Call): Response {
  const { status } = machineOf(call, 'Memory dumps are only supported for virtual machines');
  if (status === 'Stopped') throw new Refusal(400, 'Instance must be running to dump memory');
  const format = call.target.query.get('format') ?? '';
  const head = format === '' || format === 'elf' ? '\x7fELF' : format;
  return new Response(head.padEnd(4096, '\0'), { headers: { 'content-type': 'application/octet-stream' } });
}

const uefiOnly = 'UEFI variables manipulation supported for VM type instances only';

function readUefiVars(call: Call): Response {
  const { uefiVars = {} } = machineOf(call, uefiOnly);
  return sync({ variables: uefiVars }, etag([uefiVars]));
}

const variableShape: Shape = {
  type: 'InstanceUEFIVariable',
  fields: { data: 'string', attr: 'uint32', timestamp: 'string', digest: 'string' },
};
const noVariable = { data: '', attr: 0, timestamp: '', digest: '' };

async function putUefiVars(call: Call): Promise<Response> {
  const instance = machineOf(call, uefiOnly);
  if (instance.status !== 'Stopped')
    throw new Refusal(400, 'UEFI variables editing is allowed for stopped VM instances only');
  checkMatch(call.request.headers, [instance.uefiVars ?? {}]);
  const body = parseJson(await call.text());
  const given = isObject(body) && isObject(body.variables) ? body.variables : {};
  const variables = dict<UefiVarRecord>();
  for (const [key, variable] of Object.entries(given))
    variables[key] = { ...noVariable, ...decode<UefiVarRecord>(variable, variableShape, call.product) };
  instance.uefiVars = variables;
  return done();
}

/** What concerns the machine itself, where the product has it. */
export function machineRoutes(path: string, { extensions }: Product): Route[] {
  const all: Partial<Record<string, Route[]>> = {
    instance_access: [{ path: `${path}/{name}/access`, GET: access }],
    instance_debug_memory: [{ path: `${path}/{name}/debug/memory`, GET: memory }],
    instances_uefi_vars: [{ path: `${path}/{name}/uefi-vars`, GET: readUefiVars, PUT: putUefiVars }],
    instance_nvram: nvramRoutes(path),
  };
  return extensions.flatMap((extension) => all[extension] ?? []);
}
