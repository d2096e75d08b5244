import { setImmediate as nextTurn } from 'node:timers/promises';
import { fieldsOf, patternFrom, textOf } from './expand.js';
import type { Interpreter } from './interpreter.js';
import { patternOf } from './pattern.js';
import { Leave } from './scope.js';
import type { Command, Script } from './syntax.js';

type Compound = Exclude<Command, { kind: 'simple' | 'function' }>;

/** Runs what has commands in it. */
export async function compound(shell: Interpreter, command: Compound): Promise<number> {
  switch (command.kind) {
    case 'group':
      return shell.script(command.body);
    case 'subshell':
      return shell.fork().isolated(async (inner) => inner.script(command.body));
    case 'if':
      for (const { condition, body } of command.branches)
        if ((await shell.asked(async () => shell.script(condition))) === 0) return bodyOf(shell, body);
      return bodyOf(shell, command.otherwise);
    case 'for': {
      const values = command.words ? await fieldsOf(command.words, shell) : shell.scope.positional;
      const left = [...values];
      return loop(shell, command.body, async () => {
        const value = left.shift();
        if (value !== undefined) shell.scope.set(command.name, value);
        return Promise.resolve(value !== undefined);
      });
    }
    case 'while':
      return loop(shell, command.body, async () => {
        await nextTurn(); // so that a loop without an end can be killed
        const code = await shell.asked(async () => shell.script(command.condition));
        return (code === 0) !== command.until;
      });
    case 'case': {
      const subject = await textOf(command.subject, shell);
      for (const { patterns, body } of command.cases)
        for (const pattern of patterns)
          if (patternOf(await patternFrom(pattern, shell)).test(subject)) return bodyOf(shell, body);
      return 0;
    }
  }
}

async function bodyOf(shell: Interpreter, body: Script): Promise<number> {
  shell.scope.code = 0;
  return shell.script(body);
}

/** Runs a body again and again; `break` and `continue` may also stand in what says whether. */
async function loop(shell: Interpreter, body: Script, next: () => Promise<boolean>): Promise<number> {
  let code = 0;
  shell.loops++;
  try {
    for (;;) {
      try {
        if (!(await next())) return code;
        code = await shell.script(body);
      } catch (error) {
        if (!(error instanceof Leave) || (error.from !== 'loop' && error.from !== 'turn')) throw error;
        if (--error.depth > 0 && shell.loops > 1) throw error;
        code = error.code;
        if (error.from === 'loop') return code;
      }
    }
  } finally {
    shell.loops--;
  }
}
