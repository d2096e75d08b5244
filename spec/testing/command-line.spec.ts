import { CommandLine, said } from './command-line.js';

const lost =
  '1: Error: Create custom volume from copy failed: [… rsync error: error in rsync protocol data stream (code 12) …]';

/** Says one thing after the other, whatever it is told. */
class Scripted extends CommandLine {
  readonly told: string[] = [];
  readonly #answers: string[];

  constructor(...answers: string[]) {
    super('incus', '/nowhere', '/home/somebody');
    this.#answers = answers;
  }

  override run(words: readonly string[]): Promise<string> {
    this.told.push(words.join(' '));
    return Promise.resolve(this.#answers.shift()!);
  }
}

const step = { line: 'volume move a ~/b', undo: 'volume delete ~/b' };

test('a copy whose ends lost each other is taken away and made again, once', async () => {
  const line = new Scripted(lost, 'deleted', 'moved');
  expect(await said(line, [step])).toEqual(['$ volume move a ~/b\nmoved']);
  expect(line.told).toEqual([
    'volume move a /home/somebody/b',
    'volume delete /home/somebody/b',
    'volume move a /home/somebody/b',
  ]);

  const [again] = await said(new Scripted(lost, 'deleted', lost), [step]);
  expect(again).toContain(lost);
});

test('every other failure is told as it is', async () => {
  const line = new Scripted('1: Error: in use', lost);
  expect(await said(line, [step, step.line])).toEqual([
    '$ volume move a ~/b\n1: Error: in use',
    `$ volume move a ~/b\n${lost}`,
  ]);
  expect(line.told).toHaveLength(2);
});
