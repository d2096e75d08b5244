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
    first: { hangs: 0, text: undefined },
    then: { hangs: 1, text: noEvents },
  },
  incus: {
    first: { hangs: 1, text: noEvents },
    then: { hangs: 0, text: "Server isn't ready yet" },
  },
};

/** Passes a request on to the member that it is for; what any member knows, the one answers that was asked. */
export async function forwarded(call: Call, handler: Handler): Promise<Response> {
  const { state, target } = call;
  const owner = ownerOf(state, target, call.request.method);
  if (!owner || owner === state.here) return handler(call);
  await reached(state, owner, requestLine(call));
  return unlessLost(call, owner, async () => here.run(owner, async () => handler(call)));
}

/** Resolves when a member can be asked; as long as it is frozen, nobody can tell. @throws Refusal for one that is dead */
export async function reached(state: State, owner: MemberRecord, asked: RequestLine): Promise<void> {
  const { cluster, clock, product } = state;
  if (!cluster || owner.liveness === 'up') return;
  if (owner.liveness === 'frozen') {
    await changed(state, owner);
    return reached(state, owner, asked);
  }
  const texts = quirks[product.name];
  const { hangs, text } = owner.lookups++ === 0 ? texts.first : texts.then;
  if (hangs > 0) {
    const pause = new Promise<void>((resolve) => void clock.after(cluster.times.hang, resolve));
    await Promise.race([pause, changed(state, owner)]);
    if (owner.liveness !== 'killed') return reached(state, owner, asked);
  }
  throw new Refusal(500, text ?? notConnected(owner, asked));
}

/** The same of what one member asks another for itself, which tries at once. @throws Refusal for one that is dead */
export async function forwardable(call: Call, member: MemberRecord): Promise<void> {
  const { path, query } = call.target;
  const named = new URLSearchParams({ project: 'default', ...Object.fromEntries(query) });
  const asked = { method: call.request.method, raw: `${path}?${String(named)}` };
  if (member.liveness === 'frozen') await reached(call.state, member, asked);
  if (member.liveness === 'killed') throw new Refusal(500, notConnected(member, asked));
}

/** What a member asks another. */
interface RequestLine {
  method: string;
  raw: string;
}

const requestLine = ({ request: { method }, target: { raw } }: Call): RequestLine => ({ method, raw });

function notConnected(member: MemberRecord, asked: RequestLine): string {
  const { host } = new URL(member.url);
  return `${failing(member, asked)}Unable to connect to: ${host} ([dial tcp ${host}: connect: connection refused])`;
}

/** How Go begins to say that a request failed. */
const failing = ({ url }: MemberRecord, { method, raw }: RequestLine): string =>
  `${method.slice(0, 1)}${method.slice(1).toLowerCase()} "${url}${raw}": `;

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
async function unlessLost(call: Call, owner: MemberRecord, work: () => Promise<Response>): Promise<Response> {
  const answered = new AbortController();
  const died = async (): Promise<never> => {
    do await changed(call.state, owner, answered.signal);
    while (owner.liveness !== 'killed');
    throw new Refusal(500, `${failing(owner, requestLine(call))}EOF`);
  };
  try {
    return await Promise.race([work(), died()]);
  } finally {
    answered.abort();
  }
}
