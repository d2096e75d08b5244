import { mkdir, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { realServers } from '../real/harness.js';
import { realSubject } from './subject.js';
import { walk } from './walk.js';

// `npm run record`: has the real servers of this machine walked through, and keeps the shapes of what they say.
const folder = new URL('./recorded/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const server of realServers()) {
  await server.ensureImage();
  const file = new URL(`${server.product}.json`, folder);
  const answers = await walk(realSubject(server)).finally(() => server.cleanup());
  const text = JSON.stringify({ server: `${server.name} ${server.version}`, answers });
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser: 'json' }));
  console.log(`${server.name} ${server.version}: ${String(Object.keys(answers).length)} answers`);
}
