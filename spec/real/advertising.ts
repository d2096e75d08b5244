import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket in front of a server's, through which it says to have other addresses than it has. */
export async function advertising(
  socketPath: string,
  addresses: (real: string[]) => string[],
): Promise<AsyncDisposable & { socketPath: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-advertising-'));
  const own = join(folder, 'unix.socket');
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const call = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      if (path !== '/1.0') {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        const envelope = JSON.parse(text);
        envelope.metadata.environment.addresses = addresses(envelope.metadata.environment.addresses);
        outgoing.writeHead(answer.statusCode!, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify(envelope));
      });
    });
    call.on('error', () => outgoing.destroy());
    incoming.pipe(call);
  });
  server.on('upgrade', ({ method, url, rawHeaders }, socket, head) => {
    const remote = connect(socketPath);
    const lines = rawHeaders.map((text, index) => (index % 2 ? `: ${text}\r\n` : text));
    remote.write(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    remote.write(head);
    socket.pipe(remote).pipe(socket);
    for (const one of [socket, remote]) one.on('error', () => [socket, remote].map((each) => each.destroy()));
  });
  server.listen(own);
  await once(server, 'listening');
  return {
    socketPath: own,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
