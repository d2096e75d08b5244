import type { Readable } from 'node:stream';
import { assertOptions, InvalidInputError, UnsupportedError, type OptionNames } from '../../errors/index.js';
import { callNames, run } from '../../operations/index.js';
import { describe, isMap, type CallOptions, type Json } from '../../orm/index.js';
import { asObject, unexpected } from '../../rest/answers.js';
import type { Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { editVersioned } from '../kind/edit.js';
import { assertExtension } from '../kind/server-facts.js';

/** A UEFI variable as LXD keeps it: `data` in hexadecimal digits, `attr` the bits of its attributes. */
export type UefiVariable = Schemas.InstanceUEFIVariable;

/** UEFI variables by name and GUID, e.g. `BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c`. */
export type UefiVariables = Record<string, UefiVariable>;

/** How the memory of a virtual machine is dumped. */
export interface DebugMemoryOptions extends CallOptions {
  /** `elf` by default; QEMU has others, e.g. `kdump-zlib`. */
  format?: string | undefined;
}

const memoryNames: OptionNames<DebugMemoryOptions> = { ...callNames, format: true };

/** A virtual machine, as far as it is known to be one. */
export interface Machine {
  session: Session;
  path: string;
  /** For messages. */
  title: string;
  /** Undefined where it has not been fetched: then the server says. */
  type: string | undefined;
}

/** @throws UnsupportedError for a container, without a request */
export function assertMachine({ title, type }: Pick<Machine, 'title' | 'type'>, what: string): void {
  if (type === undefined || type === 'virtual-machine') return;
  throw new UnsupportedError(`${title} is a ${type}; only virtual machines have ${what}`);
}

/** A dump of its memory as it comes (GET /1.0/instances/{name}/debug/memory). */
export async function debugMemory(machine: Machine, options: DebugMemoryOptions): Promise<Readable> {
  assertOptions(options, memoryNames, 'debugMemory()');
  const { format, ...call } = options;
  if (format !== undefined && (typeof format !== 'string' || format === ''))
    throw new InvalidInputError(`debugMemory(): format must be a non-empty string, not ${describe(format)}`);
  const { session, path } = machine;
  assertMachine(machine, 'dumps of their memory');
  await assertExtension(session, 'instance_debug_memory', 'dumps of memory', call);
  const query = format === undefined ? {} : { format };
  return (await session.stream({ method: 'GET', path: `${path}/debug/memory`, query, ...call })).body;
}

/** Its UEFI variables (GET /1.0/instances/{name}/uefi-vars). */
export async function readUefiVars(machine: Machine, options: CallOptions): Promise<UefiVariables> {
  assertOptions(options, callNames, 'uefiVars()');
  return (await read(machine, options)).data;
}

/** Edits them in place, and writes all of them if nobody else has meanwhile (PUT /1.0/instances/{name}/uefi-vars). */
export async function editUefiVars(
  machine: Machine,
  change: (variables: UefiVariables) => void | Promise<void>,
  options: CallOptions,
): Promise<UefiVariables> {
  assertOptions(options, callNames, 'editUefiVars()');
  if (typeof change !== 'function') throw new InvalidInputError('editUefiVars() takes a function');
  const { session, path } = machine;
  return editVersioned(
    session,
    `${path}/uefi-vars`,
    {
      read: () => read(machine, options),
      change,
      write: async (variables, ifMatch) => {
        const request = { method: 'PUT', path: `${path}/uefi-vars`, body: { variables }, ifMatch };
        await run(session, request, { ...options, wait: true }, () => undefined);
      },
    },
    options,
  );
}

async function read(
  machine: Machine,
  options: CallOptions,
): Promise<{ data: UefiVariables; version: string | undefined }> {
  assertMachine(machine, 'UEFI variables');
  const { session, path } = machine;
  const instead = 'Incus has them as instance.nvram';
  await assertExtension(session, 'instances_uefi_vars', { what: 'UEFI variables', instead }, options);
  const request = { method: 'GET', path: `${path}/uefi-vars`, ...options };
  const answer = await session.send(request);
  const { variables } = asObject<{ variables?: Json }>(answer, request);
  if (variables !== undefined && variables !== null && !isMap(variables))
    throw unexpected(request, 'an object of variables', variables);
  return { data: (variables ?? {}) as unknown as UefiVariables, version: answer.etag };
}
