import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { assertOptions, IntegrityError, InvalidInputError, type OptionNames } from '../../errors/index.js';
import { describe } from '../../orm/index.js';
import { FileInTheMaking } from '../transfer/download.js';
import { Limit } from '../transfer/limit.js';
import type { SimpleStreamsExportOptions, SimpleStreamsFile, SimpleStreamsImage } from './image.js';
import type { Place } from './place.js';

type Exported = string | { metadata: string; rootfs: string };

const exportNames: OptionNames<SimpleStreamsExportOptions> = {
  signal: true,
  timeout: true,
  onProgress: true,
};

/** Downloads the files of an image one after the other; they get their names when all are there and right. */
export async function exportFiles(
  { web }: Place,
  { files, fingerprint }: SimpleStreamsImage,
  directory: string,
  options: SimpleStreamsExportOptions,
): Promise<Exported> {
  assertOptions(options, exportNames, 'exportTo()');
  const { signal: caller, timeout, onProgress } = options;
  if (typeof directory !== 'string' || directory === '') {
    throw new InvalidInputError(`exportTo() takes the path of a directory, not ${describe(directory)}`);
  }
  const limit = new Limit(`exportTo(): ${directory}`, caller, timeout);
  const { signal } = limit;
  const begun: FileInTheMaking[] = [];
  try {
    for (const name of namesOf(files)) begun.push(await FileInTheMaking.begin(join(directory, name)));
    const whole = createHash('sha256');
    for (const [index, file] of begun.entries()) {
      const { url, size, sha256, role } = files[index]!;
      const body: Readable = await web.file(new URL(url), { signal });
      body.on('data', (chunk: Buffer) => whole.update(chunk));
      await file.write({ body, length: size || undefined, sha256 }, { signal, onProgress, stage: role });
    }
    const came = whole.digest('hex');
    if (came !== fingerprint) {
      throw new IntegrityError(
        `The files have the fingerprint ${came}, and not ${fingerprint} as the server says`,
        fingerprint,
        came,
      );
    }
    for (const file of begun) await file.commit();
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
    await Promise.all(begun.map((file) => file.discard()));
  }
  const paths = begun.map(({ path }) => path);
  return paths.length === 1 ? paths[0]! : { metadata: paths[0]!, rootfs: paths[1]! };
}

/** The names that the files have on the server; a path of it never leads out of the directory. */
function namesOf(files: readonly SimpleStreamsFile[]): string[] {
  const names = files.map(({ url, role }) => {
    const last = new URL(url).pathname.split('/').at(-1) ?? '';
    const name = decoded(last).replace(/[/\\\0]/g, '_');
    return /^\.*$/.test(name) ? role : name;
  });
  return new Set(names).size === names.length
    ? names
    : names.map((name, index) => `${files[index]!.role}-${name}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
