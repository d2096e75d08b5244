// `npm run demo`: what tslxd is for, from an empty server and back, told step by step.
//
// Runs on the LXD or Incus server of this machine, else on the fake server that comes with tslxd, and says which. All
// that it makes has a name of its own and is deleted at the end, also when a step fails or on Ctrl-C.
// LXD_SOCKET or INCUS_SOCKET names a server; TSLXD_DEMO=fake (or fake-incus) asks for the fake.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { NotFoundError, type Client, type Instance } from 'tslxd';
import { open } from './support/connect.js';
import { someImage, type BorrowedImage } from './support/image.js';
import { unique } from './support/names.js';
import { Story } from './support/story.js';

const story = new Story();
const name = unique('demo');

try {
  const { client, about } = await open({ log: story.log });
  process.stdout.write(`${about}\n\n`);
  try {
    await tell(client);
    story.end('All done, and nothing is left behind.');
  } finally {
    await client.close();
  }
} catch (error) {
  story.fail(error);
}

async function tell(client: Client): Promise<void> {
  let borrowed: BorrowedImage | undefined;
  try {
    borrowed = await story.step('Find or make a tiny image', async (say) => {
      const found = await someImage(client);
      say(`${found.image.fingerprint.slice(0, 12)}, ${size(found.image.size)}: ${found.about}`);
      return found;
    });
    await liveOf(client, borrowed);
  } finally {
    await story.cleanUp('Delete all that was made', (say) => cleanUp(client, borrowed, say));
  }
}

async function liveOf(client: Client, { image }: BorrowedImage): Promise<void> {
  const web = await story.step(`Create the container ${name}`, async (say) => {
    const config = { 'user.colour': 'blue', 'user.draft': 'yes' };
    const made = await client.containers.create({ name, source: image, config });
    say(made);
    return made;
  });

  await story.step('Start it', async (say) => {
    await web.start();
    const { processes, memory } = await web.state();
    say(web);
    say(`${processes} processes, ${size(memory.usage)} of memory`);
  });

  await story.step('Change its config in place', (say) => {
    web.config['user.colour'] = 'green';
    web.config['user.owner'] = 'ada';
    delete web.config['user.draft'];
    say(web);
    for (const { path, from, to } of web.changes())
      say(`${path.join(' › ')}: ${inspect(from)} → ${inspect(to)}`);
  });

  await story.step('Save it: what changed and nothing else', async (say) => {
    await web.save();
    say(web);
  });

  await story.step('Ask the server what it has now', async (say) => {
    const fresh = await client.containers.get(name);
    assert.deepEqual(ours(fresh), { 'user.colour': 'green', 'user.owner': 'ada' });
    say(ours(fresh));
  });

  await story.step('Take a snapshot', async (say) => {
    say(await web.snapshots.create('before-upgrade'));
  });

  await story.step('Spoil the config and save it', async (say) => {
    web.config['user.colour'] = 'broken';
    await web.save();
    say(ours(web));
  });

  await story.step('Restore the snapshot', async (say) => {
    await web.restore('before-upgrade');
    assert.deepEqual(ours(web), { 'user.colour': 'green', 'user.owner': 'ada' });
    say(ours(web));
  });

  await story.step('Stop it', async (say) => {
    await web.waitFor((_, { processes }) => processes > 1, { timeout: 20_000 }); // the restore has restarted it
    await web.stop({ timeout: 30_000 });
    assert.equal(web.status, 'Stopped');
    say(web);
  });

  await story.step('Publish it as an image', async (say) => {
    const published = await web.publish({ aliases: [name] });
    say(`${published.fingerprint.slice(0, 12)}, ${size(published.size)}, named ${name}`);
  });
}

/** Deletes what may be there of ours, however far we came, and says all that could not be deleted. */
async function cleanUp(
  client: Client,
  borrowed: BorrowedImage | undefined,
  say: (what: string) => void,
): Promise<void> {
  const failures: string[] = [];
  const remove = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      say(what);
    } catch (error) {
      if (!(error instanceof NotFoundError)) failures.push(`${what}: ${String(error)}`);
    }
  };
  await remove('the container with its snapshot', () => client.containers.ref(name).delete({ force: true }));
  await remove('the published image', async () => (await client.images.getByAlias(name)).delete());
  if (borrowed?.made) await remove('the tiny image', () => borrowed.image.delete());
  if (failures.length > 0) throw new Error(`Left on the server:\n  ${failures.join('\n  ')}`);
}

/** The keys of its config that are ours. */
function ours({ config }: Instance): Record<string, string> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith('user.')));
}

function size(bytes: number): string {
  return bytes < 1e4 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(2)} MB`;
}
