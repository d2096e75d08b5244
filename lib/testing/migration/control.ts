import type { SnapshotMark } from '../kinds/instances/state/refresh.js';
import type { Channel } from './channel.js';

/** What two fakes say to each other over the control socket, which is no language of the real servers. */
export type Said =
  | { offer: { snapshots: SnapshotMark[]; running: boolean } }
  | { answer: { snapshots: string[] } }
  | { success: boolean; message: string };

const stranger = 'tslxd/testing migrates with another tslxd/testing only, never with a real server';

export function say(channel: Channel, said: Said): Promise<void> {
  return channel.send(Buffer.from(JSON.stringify({ tslxdFake: 1, ...said })));
}

/** The next that the other end says; `before` is put before the reason why nothing was heard. */
export async function hear(channel: Channel, before: string): Promise<Said> {
  try {
    const message = await channel.receive();
    if ('text' in message) throw new Error('Only binary messages allowed');
    return parsed(message.bytes);
  } catch (error) {
    throw new Error(before + (error as Error).message, { cause: error });
  }
}

function parsed(bytes: Buffer): Said {
  let said: unknown;
  try {
    said = JSON.parse(bytes.toString());
  } catch {
    throw new Error(stranger);
  }
  if (typeof said !== 'object' || said === null || !('tslxdFake' in said)) throw new Error(stranger);
  return said as Said & { tslxdFake: 1 };
}
