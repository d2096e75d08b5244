// What Bun and Deno can do with an LXD or Incus over its unix socket. Plain JavaScript, against the built package.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Client, isLxdError } from 'tslxd';

const runtime = globalThis.Bun ? 'Bun' : globalThis.Deno ? 'Deno' : 'Node.js';
let steps = 0;
async function step(title, work) {
  await work();
  console.log(`${runtime} ${++steps}. ${title}`);
}

let client, web;
await step('connect', async () => {
  client = await Client.connect({ socketPath: process.argv[2] });
  assert.equal(client.server.product, 'lxd');
});
await step('list', async () => {
  assert.equal((await client.instances.all({ recursion: 2 })).length, 4);
});
await step('get, and what is not there', async () => {
  web = await client.instances.get('web');
  assert.equal(web.status, 'Running');
  await assert.rejects(client.instances.get('none'), { code: 'ERR_LXD_NOT_FOUND' });
});
await step('change and save', async () => {
  web.config['user.a'] = 'one';
  web.devices.data = { type: 'disk', source: '/srv', path: '/data' };
  await web.save();
  const other = await client.instances.get('web');
  assert.equal(other.config['user.a'], 'one');
  other.config['user.b'] = 'two';
  web.config['user.c'] = 'three';
  await Promise.all([other.save(), web.save()]);
  await web.fetch();
  assert.deepEqual([web.config['user.b'], web.config['user.c']], ['two', 'three']);
});
await step('a command, its output and its exit code', async () => {
  const { stdout, exitCode } = await web.exec(['sh', '-c', 'echo hello; exit 3'], { reject: false });
  assert.deepEqual([stdout, exitCode], ['hello', 3]);
});
await step('a command that is given input', async () => {
  assert.equal((await web.exec(['wc', '-c'], { input: 'x'.repeat(100_000) })).stdout.trim(), '100000');
});
await step('lines', async () => {
  const lines = [];
  for await (const line of web.exec(['printf', 'one\\ntwo\\n'])) lines.push(line);
  assert.deepEqual(lines, ['one', 'two']);
});
await step('a terminal', async () => {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const shown = text(stdout);
  stdin.end('echo in a terminal\nexit 4\n');
  const options = { interactive: true, reject: false, columns: 100, rows: 30 };
  const { exitCode } = await web.exec(['sh'], options).attach({ stdin, stdout });
  stdout.end();
  assert.match(await shown, /in a terminal/);
  assert.equal(exitCode, 4);
});
await step('kill', async () => {
  const sleeping = web.exec(['sh', '-c', 'echo ready; sleep 60'], { buffer: false, reject: false });
  for await (const chunk of sleeping.stdout) {
    assert.equal(String(chunk), 'ready\n');
    break;
  }
  sleeping.kill('SIGTERM');
  assert.notEqual((await sleeping).exitCode, 0);
});
await step('abort', async () => {
  const error = await web
    .exec(['sleep', '60'], { signal: AbortSignal.timeout(100) })
    .catch((thrown) => thrown);
  assert.ok(isLxdError(error), String(error));
  assert.equal(error.code, 'ABORT_ERR');
  await assert.rejects(web.exec(['sleep', '60'], { timeout: 100 }), { code: 'ERR_LXD_TIMEOUT' });
});
await step('files', async () => {
  await web.files.writeFile('/tmp/greeting', 'Grüße\n', { mode: 0o600 });
  assert.equal(await web.files.readFile('/tmp/greeting', 'utf8'), 'Grüße\n');
  assert.equal((await web.files.stat('/tmp/greeting')).mode & 0o777, 0o600);
  assert.deepEqual(await web.files.readdir('/srv/site'), ['index.html']);
  await assert.rejects(web.files.readFile('/tmp/none'), { code: 'ERR_LXD_NOT_FOUND' });
});
await step('a tree', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-story-'));
  await web.files.pull('/srv/site', join(folder, 'site'));
  assert.equal(await readFile(join(folder, 'site/index.html'), 'utf8'), '<h1>Hello</h1>\n');
  await web.files.push(join(folder, 'site'), '/srv/again');
  assert.equal(await text(web.files.createReadStream('/srv/again/index.html')), '<h1>Hello</h1>\n');
  await rm(folder, { recursive: true });
});
await step('events', async () => {
  const stream = client.events.listen({ actions: ['instance-snapshot-created'] });
  await web.snapshots.create('before');
  for await (const { metadata } of stream) {
    assert.equal(metadata.action, 'instance-snapshot-created');
    break;
  }
});
await step('watch, stop and start', async () => {
  const watch = client.instances.watch();
  let stopping;
  for await (const change of watch) {
    if (change.type === 'synced') stopping = web.stop();
    if (change.type === 'changed' && change.model.status === 'Stopped') break;
  }
  await stopping;
  const operation = await web.start({ wait: false });
  await Promise.all([operation.wait(), web.waitFor('running')]);
});
await step('restore, delete and close', async () => {
  await web.restore('before');
  await web.delete({ force: true });
  assert.equal(await client.instances.exists('web'), false);
  await client.close();
  await assert.rejects(client.instances.names(), { code: 'ERR_LXD_CLOSED' });
});
