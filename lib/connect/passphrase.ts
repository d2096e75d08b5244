import { InvalidInputError } from '../errors/index.js';
import type { Passphrase } from './options.js';

/** What functions have said. Options keep a function in its place, so that `credentials()` hands out no more than it was given. */
const answers = new WeakMap<() => string, string>();

/** What a function has said, as a passphrase that is known from now on. @throws InvalidInputError for what is no text */
export function answered(text: unknown): Passphrase {
  if (typeof text !== 'string') throw new InvalidInputError('the function passphrase must give text');
  const answer = () => text;
  answers.set(answer, text);
  return answer;
}

/** @throws InvalidInputError, which does not show what it may be */
export function passphraseText(passphrase: unknown): string | undefined {
  if (passphrase === undefined || typeof passphrase === 'string') return passphrase;
  if (typeof passphrase !== 'function') throw new InvalidInputError('passphrase must be text, or a function');
  const text = answers.get(passphrase as () => string);
  if (text !== undefined) return text;
  throw new InvalidInputError(
    'passphrase is a function, for which only Client.connect() can wait: pass text',
  );
}
