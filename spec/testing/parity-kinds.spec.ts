import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { describePair } from './parity.js';
import { rows } from './rows/index.js';
import { walk } from './walk.js';

describePair((servers) => {
  const { real } = servers;
  let image: string;
  beforeAll(async () => {
    const data = await buildTinyImage({ salt: real.uniqueName('salt') });
    await real.run('POST', '/1.0/images', data);
    image = servers.fake.addImage({ data });
  });

  it.each(rows.filter(({ only = real.product }) => only === real.product))('about $kind', async (row) => {
    const name = row.isShort ? real.uniqueNetwork() : real.uniqueName('k');
    const { compared, odd } = await walk(
      row,
      { product: real.product, name, image },
      real.socketPath,
      servers.fake.socketPath,
    );
    const alike = compared - odd.length;
    process.stdout.write(`${real.name}, ${row.kind}: ${compared} requests compared, ${alike} alike\n`);
    expect(odd.join('\n')).toBe('');
  });
});
