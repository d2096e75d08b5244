import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { tar, type TarEntry } from './tar.js';

export interface TinyImageOptions {
  /** Lands in the image's properties: another salt, another fingerprint. */
  salt?: string;
  /** More properties of the image. */
  properties?: Record<string, string>;
  /** Where a statically linked busybox is; looked for in the usual places otherwise. */
  busybox?: string;
}

/**
 * A container image of 1 MB around busybox: boots in a fraction of a second, has a shell, asks for an
 * address on eth0 and stops when told to. The same options give the same bytes.
 */
export async function buildTinyImage(options: TinyImageOptions = {}): Promise<Buffer> {
  const busybox = await findBusybox(
    options.busybox ? [options.busybox] : ['/bin/busybox', '/usr/bin/busybox'],
  );
  const { stdout } = await promisify(execFile)(busybox.path, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox' && name !== 'init');

  const folders = [
    '',
    'bin',
    'dev',
    'etc',
    'proc',
    'root',
    'run',
    'sbin',
    'sys',
    'tmp',
    'usr',
    'usr/bin',
    'var',
  ];
  const entries: TarEntry[] = [
    { path: 'metadata.yaml', content: metadata(options) },
    ...folders.map((path): TarEntry => ({ path: `rootfs/${path}`, mode: path === 'tmp' ? 0o1777 : 0o755 })),
    { path: 'rootfs/bin/busybox', mode: 0o755, content: busybox.content },
    ...applets.map((name): TarEntry => ({ path: `rootfs/bin/${name}`, target: 'busybox' })),
    { path: 'rootfs/sbin/init', mode: 0o755, content: INIT },
    { path: 'rootfs/etc/udhcpc', mode: 0o755, content: UDHCPC },
    { path: 'rootfs/etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\n' },
    { path: 'rootfs/etc/group', content: 'root:x:0:\n' },
    { path: 'rootfs/etc/hostname', content: 'tiny\n' },
  ];
  return promisify(gzip)(tar(entries));
}

// Not busybox's own init: that one ignores SIGPWR, which is how the servers ask a container to stop.
const INIT = `#!/bin/sh
trap 'exit 0' PWR TERM INT
export PATH=/bin:/sbin:/usr/bin
ip link set lo up
[ -e /sys/class/net/eth0 ] && udhcpc -b -S -i eth0 -s /etc/udhcpc </dev/null >/dev/null 2>&1 &
while :; do sleep 3600 & wait $!; done
`;

const UDHCPC = `#!/bin/sh
case "$1" in
  bound|renew)
    ip address replace "$ip/$mask" dev "$interface"
    [ -z "$router" ] || ip route replace default via "\${router%% *}" dev "$interface" ;;
  deconfig)
    ip link set "$interface" up ;;
esac
`;

function metadata({ salt, properties }: TinyImageOptions): string {
  const all = {
    description: 'busybox, made by tslxd',
    os: 'busybox',
    ...properties,
    ...(salt ? { salt } : {}),
  };
  const architecture = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch;
  // JSON is YAML, so nothing needs to be quoted by hand.
  return `${JSON.stringify({ architecture, creation_date: 1, properties: all })}\n`;
}

async function findBusybox(paths: string[]): Promise<{ path: string; content: Buffer }> {
  for (const path of paths) {
    const content = await readFile(path).catch(() => undefined);
    if (content && isStatic(content)) return { path, content };
  }
  throw new Error(
    `A tiny image needs a statically linked busybox, and ${paths.join(' or ')} is none: apt-get install busybox-static`,
  );
}

/** Does this 64-bit ELF program run without a loader and libraries, which the image does not have? */
function isStatic(program: Buffer): boolean {
  const INTERPRETER = 3;
  if (program.length < 64 || program.toString('latin1', 0, 5) !== '\x7fELF\x02') return false;
  const start = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  const types = Array.from({ length: program.readUInt16LE(56) }, (_, index) =>
    program.readUInt32LE(start + index * size),
  );
  return !types.includes(INTERPRETER);
}

// `tsx examples/support/tiny-image.ts FILE [SALT]` writes the image to a file.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = 'tiny-image.tar.gz', salt] = process.argv.slice(2);
  await writeFile(file, await buildTinyImage({ salt }));
}
