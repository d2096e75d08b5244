import { inspect } from 'node:util';
import { assertOptions, InvalidInputError, NotFoundError, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { describe, isMap, readTime, type CallOptions } from '../../orm/index.js';
import { asObject, unexpected } from '../../rest/answers.js';
import { fillPath, type Schemas } from '../../rest/endpoints/index.js';
import type { ApiRequest } from '../../rest/session.js';
import { assertExtension } from '../kind/server-facts.js';
import { assertMachine, type Machine } from './firmware.js';

/** An attribute of a UEFI variable. */
export type NvramAttribute =
  | 'NON_VOLATILE'
  | 'BOOTSERVICE_ACCESS'
  | 'RUNTIME_ACCESS'
  | 'HARDWARE_ERROR_RECORD'
  | 'AUTHENTICATED_WRITE_ACCESS'
  | 'TIME_BASED_AUTHENTICATED_WRITE_ACCESS'
  | 'APPEND_WRITE'
  | 'ENHANCED_AUTHENTICATED_ACCESS'
  | (string & {});

/** In the order of their bits. */
const attributeNames: readonly NvramAttribute[] = [
  'NON_VOLATILE',
  'BOOTSERVICE_ACCESS',
  'RUNTIME_ACCESS',
  'HARDWARE_ERROR_RECORD',
  'AUTHENTICATED_WRITE_ACCESS',
  'TIME_BASED_AUTHENTICATED_WRITE_ACCESS',
  'APPEND_WRITE',
  'ENHANCED_AUTHENTICATED_ACCESS',
];

/** The server keeps no other. */
const usual: readonly NvramAttribute[] = ['NON_VOLATILE', 'BOOTSERVICE_ACCESS', 'RUNTIME_ACCESS'];

/** A UEFI variable in the NVRAM of a virtual machine. */
export interface NvramVariable {
  /** `guid/name`, e.g. `8be4df61-93ca-11d2-aa0d-00e098032b8c/BootOrder`. */
  key: string;
  guid: string;
  name: string;
  /** Its bytes. */
  binary: Buffer;
  /** As the server decodes it; undefined where it cannot. */
  data: unknown;
  attributes: NvramAttribute[];
  /** Of a variable that is written with a signature; null for the others. */
  timestamp: Date | null;
}

/** A new value: its bytes, or `data` in the form in which the server decodes such a variable. */
export interface NvramInput {
  binary?: Uint8Array | undefined;
  data?: unknown;
  /** `NON_VOLATILE`, `BOOTSERVICE_ACCESS` and `RUNTIME_ACCESS` by default. */
  attributes?: readonly NvramAttribute[] | undefined;
  timestamp?: Date | undefined;
}

/** How a variable is deleted. */
export interface NvramDeleteOptions extends CallOptions {
  /** Success if it is gone already. */
  ifExists?: boolean | undefined;
}

const inputNames: OptionNames<NvramInput> = { binary: true, data: true, attributes: true, timestamp: true };
const deleteNames: OptionNames<NvramDeleteOptions> = { ...callNames, ifExists: true };
const path = '/1.0/instances/{name}/nvram';

/** The UEFI variables of a virtual machine (`/1.0/instances/{name}/nvram`, Incus with the extension `instance_nvram`). */
export class InstanceNvram implements AsyncIterable<NvramVariable> {
  readonly #machine: () => Machine & { name: string };

  /** @internal Use `instance.nvram`. */
  constructor(machine: () => Machine & { name: string }) {
    this.#machine = machine;
  }

  /** The keys of all variables, `guid/name`. */
  async names(options: CallOptions = {}): Promise<string[]> {
    assertOptions(options, callNames, 'nvram.names()');
    return (await this.all(options)).map(({ key }) => key);
  }

  /** All variables, in one request. @throws UnsupportedError for a container, and where the server has none */
  async all(options: CallOptions = {}): Promise<NvramVariable[]> {
    assertOptions(options, callNames, 'nvram.all()');
    const request = await this.#request('GET', '', {}, options);
    request.query = { recursion: 2 };
    const all = asObject(await this.#machine().session.send(request), request);
    return Object.entries(all).flatMap(([guid, variables]) => {
      if (!isMap(variables)) throw unexpected(request, `an object of variables (at ${guid})`, variables);
      return Object.entries(variables).map(([name, variable]) =>
        variableFrom(request, { guid, name }, variable),
      );
    });
  }

  /** One of them. @throws NotFoundError; UnsupportedError */
  async get(key: string, options: CallOptions = {}): Promise<NvramVariable> {
    assertOptions(options, callNames, 'nvram.get()');
    const at = partsOf(key);
    const request = await this.#request('GET', '/{guid}/{var}', at, options);
    return variableFrom(request, at, asObject(await this.#machine().session.send(request), request));
  }

  /** As `get()`, but undefined if there is none; also where there is no such instance. */
  async find(key: string, options: CallOptions = {}): Promise<NvramVariable | undefined> {
    try {
      return await this.get(key, options);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** Whether there is one with this key. */
  async exists(key: string, options: CallOptions = {}): Promise<boolean> {
    return (await this.find(key, options)) !== undefined;
  }

  /**
   * Writes a variable, a new one or over the existing one; the machine must be stopped.
   * @throws BadRequestError while it runs, and for what the server cannot make of `data`; UnsupportedError
   */
  async set(key: string, value: NvramInput, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'nvram.set()');
    const at = partsOf(key);
    const { binary, data, attributes, timestamp } = checked(value);
    const request = await this.#request('PUT', '/{guid}/{var}', at, options);
    if (binary) {
      request.body = Buffer.from(binary);
      request.headers = {
        'content-type': 'application/octet-stream',
        'x-incus-attributes': String(bitsOf(attributes)),
        ...(timestamp && { 'x-incus-timestamp': String(Math.floor(timestamp.getTime() / 1000)) }),
      };
    } else {
      request.body = { data, attributes, ...(timestamp && { timestamp: timestamp.toISOString() }) };
    }
    await this.#machine().session.send(request);
  }

  /** Deletes one; the machine must be stopped. @throws NotFoundError; BadRequestError; UnsupportedError */
  async delete(key: string, options: NvramDeleteOptions = {}): Promise<void> {
    assertOptions(options, deleteNames, 'nvram.delete()');
    const { ifExists = false, ...call } = options;
    const request = await this.#request('DELETE', '/{guid}/{var}', partsOf(key), call);
    try {
      await this.#machine().session.send(request);
    } catch (error) {
      if (!(ifExists && error instanceof NotFoundError && /variable|guid/i.test(error.message))) throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<NvramVariable, void, undefined> {
    yield* await this.all();
  }

  /** What `console.log` and `JSON.stringify` show. */
  toJSON(): string {
    return `InstanceNvram(${JSON.stringify(this.#machine().name)})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }

  async #request(
    method: string,
    below: '' | '/{guid}/{var}',
    at: Partial<At>,
    options: CallOptions,
  ): Promise<ApiRequest> {
    const machine = this.#machine();
    assertMachine(machine, 'an NVRAM');
    const instead = 'LXD has UEFI variables as instance.uefiVars()';
    const lack = { what: 'NVRAM of instances', instead };
    await assertExtension(machine.session, 'instance_nvram', lack, options);
    const values = { name: machine.name, guid: at.guid, var: at.name };
    return { method, path: fillPath(path + below, values), ...options };
  }
}

interface At {
  guid: string;
  name: string;
}

function partsOf(key: unknown): At {
  const [, guid, name] = (typeof key === 'string' ? /^([^/]+)\/(.+)$/s.exec(key) : null) ?? [];
  if (guid !== undefined && name !== undefined) return { guid, name };
  throw new InvalidInputError(
    `nvram: ${describe(key)} is not the key of a variable, which is 'guid/name'; nvram.names() lists them`,
  );
}

function checked(value: NvramInput): NvramInput & { attributes: readonly NvramAttribute[] } {
  assertOptions(value, inputNames, 'nvram.set()');
  if (!isMap(value)) throw new InvalidInputError('nvram.set() needs { binary } or { data }');
  const { binary, data, attributes = usual, timestamp } = value as NvramInput;
  if ((binary === undefined) === (data === undefined))
    throw new InvalidInputError('nvram.set() needs either binary or data');
  if (binary !== undefined && !(binary instanceof Uint8Array))
    throw new InvalidInputError(`nvram.set(): binary must be bytes, not ${describe(binary)}`);
  if (!Array.isArray(attributes) || !attributes.every((one) => typeof one === 'string'))
    throw new InvalidInputError('nvram.set(): attributes must be a list of strings');
  if (timestamp !== undefined && !(timestamp instanceof Date && !Number.isNaN(timestamp.getTime())))
    throw new InvalidInputError(`nvram.set(): timestamp must be a valid Date, not ${describe(timestamp)}`);
  return { binary, data, attributes, timestamp };
}

function bitsOf(attributes: readonly NvramAttribute[]): number {
  return attributes.reduce((bits, attribute) => {
    const bit = attributeNames.indexOf(attribute);
    if (bit < 0) throw new InvalidInputError(`nvram.set(): ${describe(attribute)} is no attribute of bytes`);
    return bits | (1 << bit);
  }, 0);
}

function variableFrom(request: ApiRequest, { guid, name }: At, variable: unknown): NvramVariable {
  const { binary, data, attributes, timestamp } = (
    isMap(variable) ? variable : {}
  ) as Partial<Schemas.InstanceNVRAMVariable>;
  const isSound =
    (binary === null || typeof binary === 'string') &&
    Array.isArray(attributes ?? []) &&
    (attributes ?? []).every((one) => typeof one === 'string');
  if (!isSound) throw unexpected(request, `a variable (${guid}/${name})`, variable);
  return {
    key: `${guid}/${name}`,
    guid,
    name,
    binary: Buffer.from(binary ?? '', 'base64'),
    data,
    attributes: attributes ?? [],
    timestamp: readTime(timestamp ?? null),
  };
}
