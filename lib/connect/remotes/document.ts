import { readFile, stat } from 'node:fs/promises';
import type { Document } from 'yaml';
import { InvalidInputError } from '../../errors/index.js';

/** A configuration file as it stands, with its comments; undefined where there is none. @throws InvalidInputError */
export async function readDocument(file: string): Promise<Document | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : parsed(text, file);
}

/** @throws InvalidInputError for what is no YAML, without repeating it */
export async function parsed(text: string, file: string): Promise<Document> {
  const { Lexer, parseDocument } = await import('yaml'); // 42 ms, which only who has a configuration pays
  if (isDeep(text, new Lexer().lex(text)))
    throw new InvalidInputError(`${file} is no configuration that can be read: it is too deep`);
  const document = given(file, () =>
    parseDocument(text, { merge: true, prettyErrors: false, logLevel: 'silent' }),
  );
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new InvalidInputError(`${file} is no valid YAML (line ${line}, ${error.code})`);
  }
  return document;
}

/** Far more than any configuration has. */
const deepest = 100;

/** Whether it is nested so far that reading it could end the stack: where Node compiles a regular expression there, the process ends. */
function isDeep(text: string, tokens: Iterable<string>): boolean {
  let depth = 0;
  for (const token of tokens) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > deepest) return true;
  }
  // Without brackets each level needs a column.
  return text.split('\n').some((line) => line.search(/[^\s?-]|$/) > deepest);
}

/** What is made of a configuration, whose aliases may have no end. @throws InvalidInputError */
export function given<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const why = error instanceof ReferenceError ? 'its aliases do not end' : 'it is too deep';
    if (!(error instanceof ReferenceError) && !(error instanceof RangeError)) throw error;
    throw new InvalidInputError(`${file} is no configuration that can be read: ${why}`);
  }
}

/** In bytes: a thousand times what command lines write. */
const largest = 16 * 1024 * 1024;

/** The text of a file; undefined where there is none. @throws InvalidInputError where it may not be read, or is no file */
export async function readText(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file); // a pipe would be waited for, a device may have no end
    if (!found.isFile() && !found.isDirectory()) throw new Error('it is not a file');
    if (found.size > largest) throw new Error(`it has more than ${String(largest)} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InvalidInputError(`${file} could not be read: ${message}`, error);
  }
}
