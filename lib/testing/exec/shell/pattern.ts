import { posix } from 'node:path';
import type { FileSystem } from '../../files/file-system.js';

/** A pattern as a regular expression of the whole text; a backslash takes the meaning of what is after it. */
export function patternOf(pattern: string): RegExp {
  return new RegExp(`^${sourceOf(pattern)}$`, 's');
}

/** The source of that. */
export function sourceOf(pattern: string, any = '.'): string {
  const parts = pattern.match(/\\[^]|\[[!^]?\]?[^\]]*\]|[^]/g) ?? [];
  return parts
    .map((part) => {
      if (part === '*') return `${any}*`;
      if (part === '?') return any;
      if (part.startsWith('[') && part.length > 1) {
        const [, negation = '', inner = ''] = /^\[([!^]?)([^]*)\]$/.exec(part) ?? [];
        return `[${negation && '^'}${classOf(inner)}]`;
      }
      return literal(part.length > 1 ? part.slice(1) : part);
    })
    .join('');
}

const classes: Readonly<Record<string, string>> = {
  ...{ alpha: 'a-zA-Z', digit: '0-9', alnum: 'a-zA-Z0-9', upper: 'A-Z', lower: 'a-z' },
  ...{ space: '\\s', blank: ' \\t', xdigit: '0-9a-fA-F', punct: '!-\\/:-@\\[-`{-~' },
};

/** What is in the brackets of a class. */
export function classOf(inner: string): string {
  return inner
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/\\\[:(\w+):\\\]/g, (whole, name: string) => classes[name] ?? whole);
}

export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** The paths that fit a pattern, in order; none where none does. */
export function glob(files: FileSystem, cwd: string, pattern: string): string[] {
  const isAbsolute = pattern.startsWith('/');
  let found = [isAbsolute ? '/' : ''];
  for (const part of pattern.split('/').filter(Boolean)) {
    found = found.flatMap((before) => {
      const names = namesIn(files, posix.resolve(cwd, before));
      const isMagic = /[*?[]/.test(part.replace(/\\[^]/g, ''));
      const plain = part.replace(/\\([^])/g, '$1');
      const fits = isMagic
        ? names.filter(
            (name) => patternOf(part).test(name) && (part.startsWith('.') || !name.startsWith('.')),
          )
        : names.filter((name) => name === plain);
      const kept = !isMagic && (plain === '.' || plain === '..') ? [plain] : fits.sort();
      return kept.map((name) => (before === '' || before === '/' ? before + name : `${before}/${name}`));
    });
  }
  return found;
}

function namesIn(files: FileSystem, path: string): string[] {
  try {
    const node = files.stat(path);
    return node.type === 'directory' ? [...node.entries.keys()] : [];
  } catch {
    return [];
  }
}
