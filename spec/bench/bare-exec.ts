import http from 'node:http';
import net from 'node:net';
import { WebSocket } from 'ws';

interface Answer {
  operation: string;
  metadata: { id: string; metadata: { fds: Record<string, string>; return?: number } };
}

/** What exec() is compared with: the same requests and sockets by hand, without a check, a bound or a care for errors. */
export function bareExec(socketPath: string, instance: string) {
  const agent = new http.Agent({ keepAlive: true });
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = http.request({ socketPath, method, path, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Answer));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const connect = async (id: string, secret = ''): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const url = `ws://x/1.0/operations/${id}/websocket?secret=${secret}`;
      const socket = new WebSocket(url, {
        createConnection: () => net.connect(socketPath),
        perMessageDeflate: false,
        autoPong: false, // as exec(): an answered ping can cost the last output
      });
      socket.once('open', () => resolve(socket)).once('error', reject);
    });

  /** Runs a command; `write` gets what sends to its input. */
  const run = async (
    command: string[],
    hear: (data: Buffer) => void = () => undefined,
    write?: (send: (data: Buffer) => Promise<void>) => Promise<void>,
  ): Promise<number> => {
    const { metadata } = await call('POST', `/1.0/instances/${instance}/exec`, {
      command,
      'wait-for-websocket': true,
      interactive: false,
      environment: {},
    });
    const { fds } = metadata.metadata;
    const ended = call('GET', `/1.0/operations/${metadata.id}/wait`);
    const open = async (name: string) => connect(metadata.id, fds[name]);
    const control = open('control');
    // The last after the control, as exec() does: LXD 5.0 may crash when the control comes after the command's end.
    const last = control.then(async () => open('2'));
    const [stdin, stdout, stderr] = await Promise.all([open('0'), open('1'), last]);
    stdout.on('message', (data: Buffer, isBinary) => isBinary && hear(data));
    const whole = [stdout, stderr].map(
      async (socket) =>
        new Promise<void>((resolve) => {
          socket.on('message', (_data, isBinary) => !isBinary && resolve()).once('close', resolve);
        }),
    );
    await write?.(async (data) => new Promise((resolve) => stdin.send(data, () => resolve())));
    stdin.send('');
    const [{ metadata: end }] = await Promise.all([ended, ...whole]);
    for (const socket of [stdin, stdout, stderr, await control]) socket.terminate();
    return end.metadata.return ?? -1;
  };
  return { run, close: () => agent.destroy() };
}
