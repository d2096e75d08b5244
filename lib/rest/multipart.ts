import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isLxdError, ProtocolError } from '../errors/index.js';

/** A file of a form (`multipart/form-data`). */
export interface FormPart {
  name: string;
  /** Empty where it has none. */
  filename: string;
  body: Readable;
}

/** Whether a content type is that of a form. */
export function isForm(contentType: string | undefined): boolean {
  return /^multipart\/form-data\b/i.test(contentType ?? '');
}

/**
 * The files of a form, one after the other, as they stream in: each must be read to its end before the next is asked for.
 * Only a form that ends well ends the iteration without an error. @throws ProtocolError for what is no form, or half of one
 */
export async function* readForm(contentType: string, body: Readable): AsyncGenerator<FormPart, void, void> {
  body.on('error', () => undefined); // it may come before the parser reads, which gets it then
  // Few need it: an image of a single file is no form.
  const { Busboy } = await import('@fastify/busboy').then((module) => module.default ?? module);
  const found: FormPart[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let fault: Error | undefined;
  let current: FormPart | undefined;
  try {
    const parser = new Busboy({ headers: { 'content-type': contentType }, isPartAFile: () => true });
    parser.on('file', (name, part, filename) => {
      part.on('error', () => undefined); // of a part that nobody reads any more
      found.push({ name, filename: filename ?? '', body: part });
      wake();
    });
    void pipeline(body, parser).then(
      () => {
        ended = true;
        wake();
      },
      (error: unknown) => {
        fault = formError(error);
        for (const part of [...found, current].filter(isPart)) part.body.destroy(fault);
        wake();
      },
    );
    for (;;) {
      current = found.shift();
      if (current) yield current;
      else if (fault) throw fault;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } catch (error) {
    throw formError(error);
  } finally {
    body.destroy();
  }
}

function isPart(part: FormPart | undefined): part is FormPart {
  return part !== undefined;
}

function formError(error: unknown): Error {
  if (isLxdError(error)) return error;
  return new ProtocolError(`The answer is no form, or it broke off: ${(error as Error).message}`, {
    cause: error,
  });
}

/** A part of a form to send. */
export interface NewPart {
  name: string;
  filename: string;
  /** Bytes, where they are known before. */
  length?: number | undefined;
  body: AsyncIterable<Uint8Array>;
}

/** A form to send; its parts are read one after the other, in this order. */
export function writeForm(parts: readonly NewPart[]): {
  contentType: string;
  length: number | undefined;
  body: AsyncGenerator<Uint8Array, void, void>;
} {
  const boundary = `tslxd-${randomBytes(18).toString('hex')}`;
  const heads = parts.map((part) => Buffer.from(`--${boundary}\r\n${headOf(part)}\r\n\r\n`));
  const end = Buffer.from('\r\n');
  const tail = Buffer.from(`--${boundary}--\r\n`);
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    for (const [index, part] of parts.entries()) {
      yield heads[index]!;
      yield* part.body;
      yield end;
    }
    yield tail;
  }
  const known = parts.every(({ length }) => length !== undefined);
  const length = parts.reduce(
    (sum, part, index) => sum + heads[index]!.length + (part.length ?? 0) + end.length,
    tail.length,
  );
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { contentType, length: known ? length : undefined, body: bytes() };
}

function headOf({ name, filename }: NewPart): string {
  const file = filename.replace(/["\\]/g, '\\$&').replace(/[\r\n\0]/g, '_');
  return `Content-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: application/octet-stream`;
}
