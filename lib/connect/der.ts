/** A value with its tag and length before it, as DER writes all things. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(value), value]);
}

export const tags = {
  integer: 0x02,
  bits: 0x03,
  bytes: 0x04,
  text: 0x0c,
  sequence: 0x30,
  set: 0x31,
  /** Of a field that has this number in place of a name. */
  field: (number: number) => 0xa0 + number,
} as const;

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(tags.sequence, ...parts);

/** An object identifier, whose numbers stand in seven bits a byte; the first two share one. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A time of up to 9999, to the second: years before 2050 have two digits. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  const isShort = date.getUTCFullYear() < 2050;
  return der(isShort ? 0x17 : 0x18, Buffer.from(isShort ? digits.slice(2) : digits));
}

function base128(number: number): number[] {
  const low = number & 0x7f;
  return number < 0x80 ? [low] : [...base128(number >> 7).map((byte) => byte | 0x80), low];
}

function lengthOf({ length }: Uint8Array): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]; // a certificate has less than 64 kB
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
