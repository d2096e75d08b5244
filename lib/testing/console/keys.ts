const keys = { tab: 9, newline: 10, enter: 13, endOfInput: 4, rubout: 127 };

/** What a terminal hands on of what is typed. */
export function asTyped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((key) => (key === keys.enter ? keys.newline : key)));
}

/** What a terminal shows of it: `^C` and the like for the keys that are no letters. */
export function asShown(bytes: Buffer): Buffer {
  const shown = [...asTyped(bytes)].flatMap((key) => {
    if (key === keys.endOfInput) return [];
    const isPlain = key >= 32 || key === keys.newline || key === keys.tab;
    return isPlain && key !== keys.rubout ? [key] : [0x5e, key ^ 0x40];
  });
  return Buffer.from(shown);
}
