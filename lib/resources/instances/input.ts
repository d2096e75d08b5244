import { InvalidInputError, type OptionNames } from '../../errors/index.js';
import type { InstanceConfig, InstanceType } from '../../rest/endpoints/index.js';
import { assertKnown } from '../kind/wire.js';
import type { CheckedSource, InstanceSourceInput } from './source.js';

/** A new instance. */
export interface InstanceInput {
  /** Letters, digits and dashes; the server makes one up without it. */
  name?: string | undefined;
  /** An image's alias, an image, or a source such as `{ type: 'none' }`, `{ type: 'copy', source: 'web' }`. */
  source: InstanceSourceInput;
  /** The image's, where it is one of SimpleStreams, and the original's of a copy; else `container` by default. */
  type?: InstanceType | undefined;
  description?: string | undefined;
  config?: InstanceConfig | undefined;
  devices?: Record<string, Record<string, string>> | undefined;
  /** `['default']`, the image's or the original's by default; `[]` for none. */
  profiles?: string[] | undefined;
  /** Whether it is deleted when it stops. */
  ephemeral?: boolean | undefined;
  architecture?: string | undefined;
  /** A size by name, e.g. `aws:t2.micro`. */
  instanceType?: string | undefined;
  /** Start it as soon as it is there. */
  start?: boolean | undefined;
}

const names: OptionNames<InstanceInput> = {
  name: true,
  source: true,
  type: true,
  description: true,
  config: true,
  devices: true,
  profiles: true,
  ephemeral: true,
  architecture: true,
  instanceType: true,
  start: true,
};

/** Refuses what is no part of a new instance. @throws InvalidInputError */
export function assertInput(input: object): void {
  assertKnown(input, Object.keys(names), 'instance');
}

/** What is given beside a source of that kind and would have no effect. */
const meaningless: Partial<Record<CheckedSource['kind'], readonly (keyof InstanceInput)[]>> = {
  copy: ['architecture', 'instanceType'],
  backup: ['architecture', 'instanceType', 'type', 'description', 'profiles', 'ephemeral'],
};

/** Refuses what the server would ignore in silence. */
export function assertMeant({ kind }: CheckedSource, input: Omit<InstanceInput, 'source'>): void {
  const given = (meaningless[kind] ?? []).filter((key) => input[key as 'type'] !== undefined);
  if (given.length === 0) return;
  const what =
    kind === 'copy' ? 'A copy has that of its original' : 'What is made of a backup has that of the backup';
  throw new InvalidInputError(`instance.${given.join(' and instance.')} cannot be chosen: ${what}`);
}
