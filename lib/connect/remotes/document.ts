import { readFile } from 'node:fs/promises';
import type { Document } from 'yaml';
import { InvalidInputError } from '../../errors/index.js';

/** A configuration file as it stands, with its comments; undefined where there is none. @throws InvalidInputError */
export async function readDocument(file: string): Promise<Document | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : parsed(text, file);
}

/** @throws InvalidInputError for what is no YAML, without repeating it */
export async function parsed(text: string, file: string): Promise<Document> {
  const { parseDocument } = await import('yaml'); // 42 ms, which only who has a configuration pays
  const document = parseDocument(text, { merge: true, prettyErrors: false, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new InvalidInputError(`${file} is no valid YAML (line ${line}, ${error.code})`);
  }
  return document;
}

/** The text of a file; undefined where there is none. @throws InvalidInputError where it may not be read */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InvalidInputError(`${file} could not be read: ${message}`, error);
  }
}
