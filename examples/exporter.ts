// Figures of all instances for Prometheus: one list for each scrape, however many instances there are.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);

async function figures(): Promise<string> {
  const lines = ['# TYPE instance_memory_bytes gauge', '# TYPE instance_up gauge'];
  for (const instance of await client.instances.all({ recursion: 2 })) {
    const labels = `{name="${instance.name}",project="${instance.project}"}`;
    lines.push(`instance_up${labels} ${instance.status === 'Stopped' ? 0 : 1}`);
    lines.push(`instance_memory_bytes${labels} ${instance.fetchedState?.memory.usage ?? 0}`);
  }
  return `${lines.join('\n')}\n`;
}

const server = createServer((_request, response) => {
  figures().then(
    (text) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(text),
    (error: unknown) => response.writeHead(503).end(String(error)),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)); // a port of yours, e.g. 9105
const { port } = server.address() as AddressInfo;

// What Prometheus does every 15 s.
const web = await client.containers.create({ name: unique('web'), source: borrowed.image, start: true });
try {
  const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  console.log(
    text
      .split('\n')
      .filter((line) => line.includes(web.name))
      .join('\n'),
  );
} finally {
  await web.delete({ force: true });
  server.close();
}
