import { LineSplitter } from '../../../../lib/resources/instances/exec/lines.js';

/** The lines of bytes that come in pieces of this size. */
function linesOf(bytes: Buffer | string, size: number): string[] {
  const whole = Buffer.from(bytes);
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (let at = 0; at < whole.length; at += size) lines.push(...splitter.push(whole.subarray(at, at + size)));
  return [...lines, ...splitter.end()];
}

describe.each([1, 2, 3, 5, 7, 1000])('lines out of pieces of %d bytes', (size) => {
  it.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['one that is not ended', 'a', ['a']],
    ['one that is ended', 'a\n', ['a']],
    ['empty ones', '\n\na\n\n', ['', '', 'a', '']],
    ['those of Windows', 'a\r\nb\r\n', ['a', 'b']],
    ['a lone carriage return, as of a progress bar', '1 %\r2 %\r\n', ['1 %\r2 %']],
    ['of two carriage returns one goes', 'a\r\r\n', ['a\r']],
    ['a last carriage return', 'a\r', ['a']],
    [
      'separators of Unicode, which JSON may hold',
      '{"a":"x\u2028y\u2029z\u0085\v\f"}\n',
      ['{"a":"x\u2028y\u2029z\u0085\v\f"}'],
    ],
    ['characters of two, three and four bytes', 'ü€\n𝄞\n', ['ü€', '𝄞']],
    ['a byte order mark', '\ufeffa\nb', ['\ufeffa', 'b']],
  ])('%s', (_title, text, lines) => {
    expect(linesOf(text, size)).toEqual(lines);
  });

  it('what is no UTF-8 is replaced, and the rest stays', () => {
    expect(linesOf(Buffer.from([0x61, 0xff, 0x0a, 0x62, 0xe2, 0x82]), size)).toEqual(['a\ufffd', 'b\ufffd']);
  });
});

test('one line of megabytes in small pieces is made in one go', () => {
  const splitter = new LineSplitter();
  const piece = Buffer.alloc(1000, 'x');
  for (let i = 0; i < 20_000; i++) expect(splitter.push(piece)).toHaveLength(0);
  expect(splitter.push('\n')[0]).toHaveLength(20_000_000);
});
