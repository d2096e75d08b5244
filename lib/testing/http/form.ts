/** A part of a form: a file with a name of its own. */
export interface FilePart {
  name: string;
  filename: string;
  data: Uint8Array[];
}

/** Is this the content type of a form? */
export function isFormType(contentType: string): boolean {
  return contentType.toLowerCase().startsWith('multipart/form-data');
}

const blank = Buffer.from('\r\n\r\n');

/**
 * The parts of a form that came whole, and whether its end did: a reader of the fake's own, so that a mistake in the
 * SDK's does not hide itself.
 */
export async function readParts(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
): Promise<{ parts: FilePart[]; isWhole: boolean; problem?: string }> {
  const [, quoted, plain = ''] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat([Buffer.from('\r\n'), ...chunks]);
  const mark = Buffer.from(`\r\n--${quoted ?? plain}`);
  const parts: FilePart[] = [];
  const nothing = { parts, isWhole: false };
  if (!quoted && !plain) return { ...nothing, problem: 'multipart: boundary is empty' };
  if (!bytes.includes(mark)) return { ...nothing, problem: 'multipart: NextPart: EOF' };
  for (let start = bytes.indexOf(mark); start >= 0;) {
    const after = start + mark.length;
    if (bytes.toString('latin1', after, after + 2) === '--') return { parts, isWhole: true };
    const head = bytes.indexOf(blank, after);
    const end = bytes.indexOf(mark, after);
    if (head < 0 || end < 0) break;
    const disposition = bytes.toString('utf8', after, head);
    const value = (key: string) =>
      new RegExp(`[; ]${key}="((?:[^"\\\\]|\\\\.)*)"`).exec(disposition)?.[1] ?? '';
    parts.push({ name: value('name'), filename: value('filename'), data: [bytes.subarray(head + 4, end)] });
    start = end;
  }
  return { parts, isWhole: false };
}

/** A form of these files. */
export function formOf(parts: readonly FilePart[]): { contentType: string; pieces: Uint8Array[] } {
  const boundary = `fake${parts.map(({ filename }) => filename.replace(/\W/g, '')).join('')}`.slice(0, 60);
  const pieces = parts.flatMap(({ name, filename, data }) => {
    const disposition = `Content-Disposition: form-data; name="${name}"; filename="${filename}"`;
    const head = `--${boundary}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`;
    return [Buffer.from(head), ...data, Buffer.from('\r\n')];
  });
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { contentType, pieces: [...pieces, Buffer.from(`--${boundary}--\r\n`)] };
}
