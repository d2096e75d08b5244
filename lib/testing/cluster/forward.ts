import type { Call } from '../http/call.js';
import type { Handler } from '../http/router.js';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import { here } from './here.js';
import { ownerOf } from './owner.js';
import type { MemberRecord } from './records.js';

const noEvents = 'Missing event connection with target cluster member';

/** What is said of a member that is dead, to the first who is for it and to all others, and after how many hangs. */
const quirks = {
  lxd: {
    first: {
      hangs: 0,
      text: (host: string) => refused(host),
    },
    then: { hangs: 1, text: () => noEvents },
  },
  incus: {
    first: { hangs: 1, text: () => noEvents },
    then: { hangs: 0, text: () => "Server isn't ready yet" },
  },
};

/** Passes a request on to the member that it is for; what any member knows, the one answers that was asked. */
export async function forwarded(call: Call, handler: Handler): Promise<Response> {
  const { state, target } = call;
  const owner = ownerOf(state, target, call.request.method);
  if (!owner || owner === state.here) return handler(call);
  await reached(state, owner);
  return unlessLost(call, owner, async () => here.run(owner, async () => handler(call)));
}

/** Resolves when a member can be asked; as long as it is frozen, nobody can tell. @throws Refusal for one that is dead */
export async function reached(state: State, owner: MemberRecord): Promise<void> {
  const { cluster, clock, product } = state;
  if (!cluster || owner.liveness === 'up') return;
  if (owner.liveness === 'frozen') {
    await changed(state, owner);
    return reached(state, owner);
  }
  const texts = quirks[product.name];
  const { hangs, text } = owner.lookups++ === 0 ? texts.first : texts.then;
  if (hangs > 0) {
    const pause = new Promise<void>((resolve) => void clock.after(cluster.times.hang, resolve));
    await Promise.race([pause, changed(state, owner)]);
    if (owner.liveness !== 'killed') return reached(state, owner);
  }
  throw new Refusal(500, text(new URL(owner.url).host));
}

/** The same of what one member asks another for itself, which tries at once. @throws Refusal for one that is dead */
export async function forwardable({ state, target, request }: Call, member: MemberRecord): Promise<void> {
  if (member.liveness === 'frozen') await reached(state, member);
  if (member.liveness !== 'killed') return;
  const { host } = new URL(member.url);
  const query = new URLSearchParams({ project: 'default', ...Object.fromEntries(target.query) });
  const doing = methodOf(request);
  throw new Refusal(500, `${doing} "${member.url}${target.path}?${String(query)}": ${refused(host)}`);
}

const refused = (host: string): string =>
  `Unable to connect to: ${host} ([dial tcp ${host}: connect: connection refused])`;

/** As Go prints it. */
const methodOf = ({ method }: Request): string => method.slice(0, 1) + method.slice(1).toLowerCase();

/** Resolves when the process of a member has changed, unless it is called off. */
function changed({ cluster }: State, member: MemberRecord, signal?: AbortSignal): Promise<void> {
  const before = member.liveness;
  return new Promise((resolve) => {
    const callOff = cluster?.onChange(() => {
      if (member.liveness === before) return;
      callOff?.();
      resolve();
    });
    signal?.addEventListener('abort', () => callOff?.(), { once: true });
  });
}

/** What was passed on, unless the member dies before it has answered. */
async function unlessLost(
  { state, request, target }: Call,
  owner: MemberRecord,
  work: () => Promise<Response>,
): Promise<Response> {
  const answered = new AbortController();
  const died = async (): Promise<never> => {
    do await changed(state, owner, answered.signal);
    while (owner.liveness !== 'killed');
    throw new Refusal(500, `${methodOf(request)} "${owner.url}${target.raw}": EOF`);
  };
  try {
    return await Promise.race([work(), died()]);
  } finally {
    answered.abort();
  }
}
