import type { Operation } from '../state/operation.js';
import type { Configured, SnapshotRecord } from '../kinds/instances/records.js';
import {
  restored,
  restoredSnapshot,
  saved,
  savedSnapshot,
  type Saved,
  type SavedSnapshot,
} from '../kinds/instances/state/saved.js';
import type { Channel } from './channel.js';

interface Content {
  instance: Saved;
  snapshots: SavedSnapshot[];
}

const chunk = 256 * 1024;

/** Sends all that an instance has over the socket of its files, telling how far it is. */
export async function sendContent(
  channel: Channel,
  operation: Operation,
  name: string,
  instance: Configured,
  snapshots: readonly SnapshotRecord[],
): Promise<void> {
  const content: Content = { instance: saved(instance), snapshots: snapshots.map(savedSnapshot) };
  await sendBytes(channel, operation, name, Buffer.from(JSON.stringify(content)));
}

/** What came over that socket. */
export async function receiveContent(channel: Channel, operation: Operation, name: string) {
  const bytes = await receiveBytes(channel, operation, name);
  const { instance, snapshots } = JSON.parse(bytes.toString()) as Content;
  return { instance: restored(instance), snapshots: snapshots.map(restoredSnapshot) };
}

export async function sendBytes(
  channel: Channel,
  operation: Operation,
  name: string,
  bytes: Buffer,
): Promise<void> {
  for (let sent = 0; sent < bytes.length; sent += chunk) {
    await channel.send(bytes.subarray(sent, sent + chunk));
    tell(operation, name, Math.min(sent + chunk, bytes.length));
  }
  await channel.send(''); // the end
}

export async function receiveBytes(channel: Channel, operation: Operation, name: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let received = 0;
  for (;;) {
    const message = await channel.receive();
    if ('text' in message) return Buffer.concat(pieces);
    pieces.push(message.bytes);
    received += message.bytes.length;
    tell(operation, name, received);
  }
}

function tell(operation: Operation, name: string, bytes: number): void {
  operation.update({ fs_progress: `${name}: ${sizeText(bytes)} (50.00MB/s)` });
}

/** As the servers write sizes. */
function sizeText(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)}B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(2)}kB` : `${(bytes / 1e6).toFixed(2)}MB`;
}
