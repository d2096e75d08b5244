import type { Instance } from 'tslxd';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { booted, useClient } from '../real/client.js';
import { describePair } from './parity.js';
import { shellCases } from './shell-cases.js';

/** Runs the first argument in a folder of its own, and says with which code it ended and what is in the folder then. */
const wrapper = `rm -rf /w && mkdir /w && cd /w && sh -c "$1"; code=$?; cd /; echo "--- $code"
find /w -type f | sort | while read -r file; do echo "== $file"; cat "$file"; done`;

/** Without the pages of help with which busybox ends, of which the fake says one line. */
function plain(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !/: missing (operand|pattern|script)$/.test(line));
  const start = lines.findIndex((line) => line.startsWith('BusyBox v'));
  return (start < 0 ? lines : lines.slice(0, start)).join('\n').trim();
}

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let both: Instance[];

  beforeAll(async () => {
    const name = real.uniqueName('shell');
    const image = await client.images.create(await buildTinyImage({ properties: { variant: name } }));
    const copy = await servers.fake.client().images.create(await buildTinyImage());
    const of = [image, copy].map(({ fingerprint }) => ({ name, source: { fingerprint }, start: true }));
    both = await Promise.all([
      client.instances.create(of[0]!),
      servers.fake.client().instances.create(of[1]!),
    ]);
    await booted(both[0]!);
  });
  const run = async (instance: Instance, script: string) => {
    const command = ['sh', '-c', wrapper, '-', script];
    const { stdout, stderr } = await instance.exec(command, { input: 'in1\nin2\n', reject: false });
    return { script, stdout, stderr: plain(stderr) };
  };

  describe.each(Object.entries(shellCases))('to scripts, of %s', (_, scripts) => {
    it.each(scripts)('%s', async (script) => {
      const [ofReal, ofFake] = await Promise.all(both.map((one) => run(one, script)));
      expect(ofFake).toEqual(ofReal);
    });
  });
});
