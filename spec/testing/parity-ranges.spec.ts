import { smallImage } from '../support/small-image.js';
import { useClient } from '../real/client.js';
import { describePair } from './parity.js';
import { call } from './support.js';

const wanted = ['bytes=0-2', 'bytes=-3', 'bytes=5-', 'bytes=0-100000000', 'bytes= 1 - 2 ', 'bytes=0-1,4-5'];
const impossible = ['bytes=999999999-', 'bytes=x', 'bytes=2-1', 'lines=1-2', 'bytes=-'];

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let paths: string[];

  beforeAll(async () => {
    const name = real.uniqueName('ranges');
    const content = smallImage(`the note of ${name}`);
    const [image] = await Promise.all(
      [client, servers.fake.client()].map((one) => one.images.create(content)),
    );
    const source = { fingerprint: image!.fingerprint };
    for (const one of [client, servers.fake.client()]) await one.instances.create({ name, source });
    paths = [`/1.0/images/${image!.fingerprint}/export`, `/1.0/instances/${name}/files?path=/etc/note`];
  });

  const ask = async (socket: string, path: string, headers: Record<string, string>) => {
    const { status, headers: told, text } = await call(socket, 'GET', path, undefined, headers);
    const boundary = /boundary=(\w+)/.exec(told['content-type'] ?? '')?.[1] ?? 'none';
    const plain = (value: string | undefined) => value?.replaceAll(boundary, '…');
    return {
      ...{ path, headers, status, text: plain(text), type: plain(told['content-type']) },
      ...{ range: told['content-range'], accepts: told['accept-ranges'], length: told['content-length'] },
      hasTime: 'last-modified' in told,
    };
  };
  const compared = async (path: string, headers: Record<string, string>) => {
    const ofReal = await ask(real.socketPath, path, headers);
    expect(await ask(servers.fake.socketPath, path, headers)).toEqual(ofReal);
    return ofReal;
  };

  it('to parts of files and images', async () => {
    for (const path of paths) {
      for (const Range of wanted) await compared(path, { Range });
      const far = 'Wed, 21 Oct 2037 07:28:00 GMT';
      await compared(path, { Range: 'bytes=0-2', 'If-Range': far });
      await compared(path, { Range: 'bytes=0-2', 'If-Range': '"x"' });
      await compared(path, { 'If-Modified-Since': far });
    }
  });

  // LXD promises more bytes than it sends then.
  if (real.product === 'incus')
    it('to parts that there are not', async () => {
      for (const path of paths) for (const Range of impossible) await compared(path, { Range });
    });
});
