import type { Node } from '../../files/nodes.js';
import { Failure } from './program.js';

const who: Readonly<Record<string, number>> = { u: 0o700, g: 0o070, o: 0o007, a: 0o777 };
const what: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };

/** A mode after `755`, `u+x` or `go=r,a-w`. @throws Failure */
export function changedMode(text: string, { type, mode: before }: Pick<Node, 'type' | 'mode'>): number {
  if (/^[0-7]{1,4}$/.test(text)) return parseInt(text, 8);
  let mode = before;
  for (const clause of text.split(',')) {
    const [, whom = '', steps] = /^([ugoa]*)((?:[-+=][rwxX]*)+)$/.exec(clause) ?? [];
    if (steps === undefined) throw new Failure(`invalid mode '${text}'`);
    const reach =
      Array.from(whom || 'a').reduce((all, one) => all | (who[one] ?? 0), 0) &
      (whom === '' ? 0o755 | 0o022 : 0o777);
    for (const [, operator, letters = ''] of steps.matchAll(/([-+=])([rwxX]*)/g)) {
      const isRun = type === 'directory' || (mode & 0o111) !== 0;
      const bits =
        Array.from(letters).reduce(
          (all, one) => all | (one === 'X' ? (isRun ? 0o111 : 0) : (what[one] ?? 0)),
          0,
        ) & reach;
      if (operator === '+') mode |= bits;
      else if (operator === '-') mode &= ~bits;
      else mode = (mode & ~reach) | bits;
    }
  }
  return mode;
}
