import { InvalidInputError } from '../../errors/index.js';
import { assertOptions, described, milliseconds } from '../../errors/input.js';
import { shown } from '../../errors/given.js';
import { defaultTimes, type ClusterTimes } from './times.js';

/** The members that a fake cluster is to have, and how long things take in it. */
export interface FakeMembersOptions extends Partial<ClusterTimes> {
  /** How many, called `n1`, `n2`, …; 3 by default. */
  count?: number;
  /** Their names, in the place of the count. */
  names?: readonly string[];
}

/** The same, read. */
export interface Members {
  names: readonly string[];
  times: ClusterTimes;
}

const method = 'FakeServer.start: members';

/** What was given as `members`. @throws InvalidInputError for what is none */
export function membersOf(given: number | readonly string[] | FakeMembersOptions): Members {
  if (typeof given === 'number') return { names: counted(given), times: defaultTimes };
  if (isList(given)) return { names: checked(given), times: defaultTimes };
  assertOptions<FakeMembersOptions>(
    given,
    { count: true, names: true, hang: true, offlineAfter: true },
    method,
  );
  const { count, names } = given;
  if (count !== undefined && names !== undefined)
    throw new InvalidInputError(`${method}: give either count or names`);
  return {
    names: names ? checked(names) : counted(count ?? 3),
    times: { hang: time(given, 'hang'), offlineAfter: time(given, 'offlineAfter') },
  };
}

const isList = (given: unknown): given is readonly string[] => Array.isArray(given);

function time(given: Partial<ClusterTimes>, name: keyof ClusterTimes): number {
  if (given[name] === undefined) return defaultTimes[name];
  return milliseconds(given[name], `${method}: ${name}`) ?? given[name];
}

function counted(count: number): string[] {
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidInputError(`${method} must be at least one member, not ${described(count)}`);
  return Array.from({ length: count }, (_, index) => `n${index + 1}`);
}

/** As a server takes them. */
function checked(names: readonly unknown[]): string[] {
  if (names.length === 0) throw new InvalidInputError(`${method} must be at least one name`);
  return names.map((name, index) => {
    if (typeof name !== 'string' || !/^[^\s/@,]+$/.test(name))
      throw new InvalidInputError(
        `${method} must be names without spaces and slashes, not ${described(name)}`,
      );
    if (names.indexOf(name) < index) throw new InvalidInputError(`${method}: ${shown(name)} is there twice`);
    return name;
  });
}
