import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

const lib = join(import.meta.dirname, '../../lib');

/**
 * Times of timers that are no constants, by file, each with what has checked it or made it. Node's timers take what is
 * longer than 2^31 - 1 ms, NaN and -1 for 1 ms: a number of a caller's goes through `milliseconds()` of lib/errors.
 */
const computed: Record<string, Record<string, string>> = {
  'connect/oidc/login.ts': { ms: 'one of a list of constants' },
  'connect/oidc/provider.ts': {
    'milliseconds(Math.max(1, ms))': 'what a provider says, through milliseconds()',
  },
  'connect/oidc/shared-work.ts': {
    'timeout === undefined ? longest : Math.max(1, timeout)': 'what is left of a time of Session',
  },
  'connect/trust/offered.ts': {
    'Math.min(timeout, limit)': 'what is left of a time of Session, or a constant',
  },
  'events/channel.ts': { ms: 'a pause between two tries, of times' },
  'events/socket.ts': {
    'times.look': 'a constant, or of a spec',
    'this.#times.listed': 'a constant, or of a spec',
  },
  'operations/follow-events.ts': { ms: 'a constant of its callers' },
  'operations/follow.ts': { ms: 'a pause between two tries', beat: 'a constant, or of a spec' },
  'operations/tracker.ts': { timeout: 'through milliseconds()' },
  'orm/ensure.ts': { '50 * 2 ** attempt': 'three attempts' },
  'orm/tries.ts': { ms: 'a pause between two tries' },
  'rest/deadline.ts': {
    'Math.max(1, this.#left(timeout))': 'through milliseconds() in Session',
    silence: 'through milliseconds() in Session and Web',
  },
  'rest/first-way.ts': { 'Math.max(1, left)': 'what is left of a time of Session' },
  'rest/session.ts': { ms: 'a pause between two tries' },
  'rest/turns.ts': { 'Math.max(1, Math.ceil(timeout))': 'what is left of a time of Session' },
  'resources/instances/exec/execution.ts': {
    timeout: 'through milliseconds() in the plan',
    ms: 'a constant of its callers',
  },
  'resources/instances/exec/pulse.ts': { interval: 'a constant, or of a spec' },
  'resources/kind/crossed.ts': { pause: 'one of a list of constants' },
  'resources/migrate/transfer.ts': { 'attempt * 100': 'a few attempts' },
  'resources/simplestreams/shared-load.ts': { limit: 'through milliseconds()' },
  'resources/transfer/at-most.ts': { ms: 'a constant of its callers' },
  'resources/transfer/limit.ts': { limit: 'through milliseconds()' },
  'resources/watch/bell.ts': { ms: 'a constant of its callers' },
};

/** The times given to timers in a file that are neither numbers nor constants of the file. */
function timesIn(source: ts.SourceFile): string[] {
  const constants = new Set<string>();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name } of statement.declarationList.declarations) constants.add(name.getText(source));
  }
  /** What `setTimeout` of node:timers/promises is called here. */
  const pauses = /setTimeout as (\w+)/.exec(source.text)?.[1];
  const times: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText(source);
      const position = called === pauses || called === 'AbortSignal.timeout' ? 0 : 1;
      const time = /^(setTimeout|setInterval|AbortSignal\.timeout)$/.test(called) || called === pauses;
      const given = node.arguments[position];
      if (time && given && !isConstant(given)) times.push(given.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  const isConstant = (given: ts.Expression): boolean => {
    if (ts.isNumericLiteral(given)) return true;
    if (ts.isPropertyAccessExpression(given)) return isConstant(given.expression);
    return ts.isIdentifier(given) && constants.has(given.text);
  };
  visit(source);
  return times;
}

async function timersOfLib(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const file of await readdir(lib, { recursive: true })) {
    if (!file.endsWith('.ts') || /^testing\b|generated\.ts$/.test(file)) continue;
    const text = await readFile(join(lib, file), 'utf8');
    const times = timesIn(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
    if (times.length > 0) found[file] = times;
  }
  return found;
}

test('every time that is no constant is known, and who has checked it', async () => {
  const unknown = Object.entries(await timersOfLib()).flatMap(([file, times]) =>
    times.filter((time) => !computed[file]?.[time]).map((time) => `lib/${file}: ${time}`),
  );
  expect(unknown).toEqual([]);
});

test('and none is known that is gone', async () => {
  const found = await timersOfLib();
  const gone = Object.entries(computed).flatMap(([file, times]) =>
    Object.keys(times).filter((time) => !found[file]?.includes(time)),
  );
  expect(gone).toEqual([]);
});

test.each([
  ['setTimeout(end, timeout)', ['timeout']],
  ['setInterval(look, options.every)', ['options.every']],
  ["import { setTimeout as delay } from 'node:timers/promises'; await delay(ms);", ['ms']],
  ['AbortSignal.timeout(timeout)', ['timeout']],
  ['const pause = 5; setTimeout(end, pause); setTimeout(end, 20); setTimeout(end);', []],
  ['const times = { pause: 5 }; setTimeout(end, times.pause)', []],
])('sees %s', (code, times) => {
  expect(timesIn(ts.createSourceFile('x.ts', code, ts.ScriptTarget.Latest, true))).toEqual(times);
});
