import {
  ConflictError,
  InUseError,
  NotFoundError,
  OperationCancelledError,
  OperationError,
  ServerError,
  UnavailableError,
} from '../../errors/index.js';
import { run, type OperationOptions } from '../../operations/index.js';
import type { JsonMap } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Instance } from '../instances/instance.js';
import { instanceStore } from '../instances/store.js';
import { textsOf } from '../kind/created.js';
import { decoded } from '../kind/path.js';
import { RestStore } from '../kind/rest-store.js';
import { NetworkAcl, networkAcls } from '../networks/acl.js';
import { Profile, profiles } from '../profiles.js';
import { retold, type Progress } from './progress.js';

/** What goes first: what uses others. All else goes last. */
const order = ['instances', 'images', 'profiles', 'storage-pools', 'networks', 'network-acls'];

/** One thing of a project. */
interface Content {
  /** As the server gave it, with its query. */
  url: string;
  /** Its path without the version. */
  parts: string[];
}

/** Whether a deletion may have failed because of what is in the project, or because the server cannot delete that. */
export function mayBeFull(error: unknown): boolean {
  if (error instanceof UnavailableError || error instanceof OperationCancelledError) return false;
  return error instanceof ConflictError || error instanceof ServerError || error instanceof OperationError;
}

/** How messages name what is in a project by its description, without what goes with it or is another's. */
export function titlesIn({ used_by: urls }: Readonly<JsonMap>, project: string): string[] {
  const contents = textsOf(urls).flatMap((url) => contentOf(url, project) ?? []);
  return contents.filter((one) => !isDefault(one)).map(titleOf);
}

/** What is in a project by its description, without the profile that goes with it. */
export function contentsIn({ used_by: urls }: Readonly<JsonMap>): string[] {
  return textsOf(urls).filter((url) => !/^\/1\.0\/profiles\/default(\?|$)/.test(url));
}

/**
 * Deletes what the server says uses a project, which never names what is shared with `default`, up to the first thing
 * that cannot be deleted. To be done again while something is left, as its URLs may be those of others in it.
 */
export async function emptyProject(
  client: Session,
  project: string,
  data: Readonly<JsonMap>,
  progress: Progress,
  waiting: OperationOptions,
): Promise<void> {
  const session = client.derive({ project });
  const contents = textsOf(data.used_by).flatMap((url) => contentOf(url, project) ?? []);
  const groups = [...order, undefined].map((kind) => contents.filter((one) => kindOf(one) === kind));
  let mayUse = contents.some(isDefault);
  for (const [index, group] of groups.entries()) {
    if (group.length === 0) continue;
    // It may use the volumes, networks and ACLs, and goes only with the project.
    if (mayUse && index > order.indexOf('profiles')) {
      await emptyDefault(session, waiting);
      mayUse = false;
    }
    await removeAll(session, project, group, progress, waiting);
  }
}

/** Those that others of the same kind use wait for these; ACLs may name each other. */
async function removeAll(
  session: Session,
  project: string,
  group: readonly Content[],
  progress: Progress,
  waiting: OperationOptions,
): Promise<void> {
  let left = group.filter((one) => !isDefault(one));
  const acls = left.length > 1 ? left.filter(({ parts: [kind] }) => kind === 'network-acls') : [];
  for (const { parts } of acls) await emptyAcl(session, parts[1] ?? '', waiting);
  while (left.length > 0) {
    const used: Content[] = [];
    let reason: unknown;
    for (const one of left) {
      try {
        await remove(session, one, waiting);
        progress.removed(titleOf(one));
      } catch (error) {
        if (error instanceof NotFoundError) continue; // somebody else has deleted it
        const said = explained(error, project, one);
        if (!(error instanceof InUseError)) throw said;
        used.push(one);
        reason ??= said;
      }
    }
    if (used.length === left.length) throw reason;
    left = used;
  }
}

async function remove(session: Session, { url, parts }: Content, waiting: OperationOptions): Promise<void> {
  const [kind, name = ''] = parts;
  if (kind === 'instances') {
    const instance = new Instance(instanceStore(session), name);
    await instance.delete({ ...waiting, wait: true, force: true, ifExists: true });
    return;
  }
  const request = { method: 'DELETE', path: url };
  try {
    await run(session, request, { ...waiting, wait: true }, () => undefined);
  } catch (error) {
    // LXD 5.0 encodes these URLs twice. Of two names that could be meant, both are in the project.
    if (!(error instanceof NotFoundError) || !url.includes('%25')) throw error;
    await run(
      session,
      { ...request, path: url.replaceAll('%25', '%') },
      { ...waiting, wait: true },
      () => undefined,
    );
  }
}

async function emptyDefault(session: Session, { signal }: OperationOptions): Promise<void> {
  const store = new RestStore(profiles, () => ({ session }));
  const profile = await new Profile(store, 'default').fetch({ signal });
  profile.devices = {};
  await profile.save({ signal });
}

async function emptyAcl(session: Session, name: string, { signal }: OperationOptions): Promise<void> {
  const store = new RestStore(networkAcls, () => ({ session }));
  const acl = await new NetworkAcl(store, name).fetch({ signal });
  Object.assign(acl, { ingress: [], egress: [] });
  await acl.save({ signal });
}

/** What a URL names, if that is in this project and no other. */
function contentOf(url: string, project: string): Content | undefined {
  const [path = '', query] = url.split('?', 2);
  if (new URLSearchParams(query).get('project') !== project) return undefined;
  const parts = path.split('/').slice(2).map(decoded);
  return parts.length >= 2 ? { url, parts } : undefined;
}

function kindOf({ parts: [kind = ''] }: Content): string | undefined {
  return order.includes(kind) ? kind : undefined;
}

function isDefault(one: Content): boolean {
  return titleOf(one) === 'profiles/default';
}

/** How a message names it: `instances/web`. */
function titleOf({ parts }: Content): string {
  return parts.join('/');
}

/** The same error, saying what it means for the project. */
function explained(error: unknown, project: string, one: Content): unknown {
  const said = error instanceof Error ? error.message : String(error);
  return retold(
    error,
    `The project '${project}' was not deleted, since ${titleOf(one)} in it cannot be: ${said}`,
  );
}
