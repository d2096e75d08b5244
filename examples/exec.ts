// Run commands in a container.
import { ExecError } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('exec');

try {
  const web = await client.containers.create({ name, source: borrowed.image, start: true });

  // A list of words, and never a shell: nothing in them has a meaning of its own.
  const { stdout } = await web.exec(['uname', '-s']);
  console.log('kernel:', stdout);

  // Input, environment, folder and user.
  const counted = await web.exec(['wc', '-c'], {
    input: 'hello',
    cwd: '/tmp',
    environment: { LC_ALL: 'C' },
    user: 1,
  });
  console.log('counted:', counted.stdout.trim());

  // A line of shell, if that is what you want.
  console.log('shell:', (await web.exec('echo one two | cut -d" " -f2', { shell: true })).stdout);

  // Another exit code than 0 rejects, unless told otherwise.
  const failure = await web.exec(['ls', '/nowhere']).catch((error: unknown) => error);
  if (failure instanceof ExecError) console.log('failed with', failure.exitCode);
  const { exitCode } = await web.exec(['no-such-command'], { reject: false });
  console.log('not found is', exitCode);

  // As it comes, line by line; and with a time after which it is killed.
  for await (const line of web.exec(['printf', 'a\\nb\\n'])) console.log('line:', line);
  await web.exec(['sleep', '60'], { timeout: 200 }).catch((error: unknown) => {
    console.log((error as Error).name);
  });

  // A handle: streams with back-pressure, signals.
  const cat = web.exec(['cat'], { buffer: false, reject: false });
  cat.stdout.pipe(process.stdout);
  cat.stdin.write('to and fro\n');
  cat.stdout.once('data', () => cat.kill('SIGTERM'));
  console.log('ended by', (await cat).signal);
} finally {
  await client.containers.ref(name).delete({ force: true });
}
