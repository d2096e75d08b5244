/** One entry of a tar file; a file when it has `content`, a symlink when it has `target`, else a folder. */
export interface TarEntry {
  path: string;
  mode?: number;
  content?: Buffer | string;
  target?: string;
}

const BLOCK = 512;

/** A ustar archive: everything belongs to root and dates from 1970, so that equal entries give equal bytes. */
export function tar(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    return [header(entry, content.length), content, Buffer.alloc(-content.length & (BLOCK - 1))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const isFile = entry.content !== undefined;
  const isLink = entry.target !== undefined;
  const block = Buffer.alloc(BLOCK);
  const text = (offset: number, length: number, value: string): void => {
    if (Buffer.byteLength(value) > length) throw new RangeError(`Too long for a ustar header: ${value}`);
    block.write(value, offset);
  };
  const octal = (offset: number, length: number, value: number): void =>
    text(offset, length, value.toString(8).padStart(length - 1, '0'));

  text(0, 100, entry.path);
  octal(100, 8, entry.mode ?? (isFile ? 0o644 : 0o755));
  octal(108, 8, 0); // owner
  octal(116, 8, 0); // group
  octal(124, 12, size);
  octal(136, 12, 0); // date
  text(148, 8, '        '); // the checksum counts its own field as spaces
  text(156, 1, isFile ? '0' : isLink ? '2' : '5');
  text(157, 100, entry.target ?? '');
  text(257, 8, 'ustar\x0000');

  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
