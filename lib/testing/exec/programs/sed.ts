import { Failure, program, linesOf, type Task } from './program.js';
import { commandsIn, type Address, type SedCommand } from './sed-script.js';

/** `sed`, as far as lines by themselves go: no hold space, and nothing that jumps. */
export const sed = program(async (task) => {
  const { given, rest, scripts } = scriptsOf(task);
  const isExtended = given.has('E') || given.has('r');
  const script = scripts.length > 0 ? scripts.join('\n') : rest.shift();
  if (script === undefined) throw new Failure('missing script');
  const commands = commandsIn(script, isExtended);
  const isQuiet = given.has('n');
  if (given.has('i')) {
    for (const path of rest)
      for await (const { bytes } of task.inputs([path])) {
        const { output } = new Editor(commands, isQuiet).run(linesOf(bytes));
        task.files.write(task.path(path), Buffer.from(output), { modified: task.now });
      }
    return task.code;
  }
  const lines: string[] = [];
  let hasEnd = true;
  for await (const { bytes } of task.inputs(rest)) {
    lines.push(...linesOf(bytes));
    hasEnd = bytes.length === 0 || bytes.at(-1) === 10;
  }
  const { output, code } = new Editor(commands, isQuiet).run(lines);
  await task.say(hasEnd ? output : output.replace(/\n$/, ''));
  return code || task.code;
});

/** `-e` may be there several times. */
function scriptsOf(task: Task): { given: Map<string, string>; rest: string[]; scripts: string[] } {
  const { args } = task;
  const scripts: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '-e') scripts.push(args[++at] ?? '');
    else rest.push(word);
  }
  const inner = Object.create(task, { args: { value: rest } }) as Task;
  return { ...inner.options('nErie:s'), scripts };
}

class Editor {
  readonly #commands: readonly SedCommand[];
  readonly #isQuiet: boolean;
  #output = '';
  readonly #open = new Set<SedCommand>();

  constructor(commands: readonly SedCommand[], isQuiet: boolean) {
    this.#commands = commands;
    this.#isQuiet = isQuiet;
  }

  run(lines: readonly string[]): { output: string; code: number } {
    for (const [index, line] of lines.entries()) {
      const code = this.#line(line, index + 1, index === lines.length - 1);
      if (code !== undefined) return { output: this.#output, code };
    }
    return { output: this.#output, code: 0 };
  }

  /** The code to end with, if it is to end. */
  #line(given: string, number: number, isLast: boolean): number | undefined {
    let line = given;
    let after = '';
    const end = (isShown: boolean): void => {
      if (isShown) this.#output += `${line}\n`;
      this.#output += after;
    };
    for (const command of this.#commands) {
      if (this.#applies(command, line, number, isLast) === command.isNegated) continue;
      switch (command.name) {
        case 's': {
          const { expression, replacement, which, isPrinted } = command;
          let at = 0;
          let isChanged = false;
          line = line.replace(expression, (...found: unknown[]) => {
            at++;
            const isWanted =
              which === 'all' || (at >= which.from && (which.isOnly ? at === which.from : true));
            if (!isWanted) return String(found[0]);
            isChanged = true;
            return replacement(found.map((one) => (typeof one === 'string' ? one : '')));
          });
          if (isChanged && isPrinted) this.#output += `${line}\n`;
          break;
        }
        case 'y':
          line = Array.from(line)
            .map((letter) => command.letters.get(letter) ?? letter)
            .join('');
          break;
        case 'd':
          end(false);
          return undefined;
        case 'p':
          this.#output += `${line}\n`;
          break;
        case 'q':
          end(!this.#isQuiet);
          return command.code;
        case '=':
          this.#output += `${String(number)}\n`;
          break;
        case 'a':
          after += `${command.text}\n`;
          break;
        case 'i':
          this.#output += `${command.text}\n`;
          break;
        case 'c':
          this.#output += `${command.text}\n`;
          end(false);
          return undefined;
      }
    }
    end(!this.#isQuiet);
    return undefined;
  }

  #applies(command: SedCommand, line: string, number: number, isLast: boolean): boolean {
    const { from, to } = command;
    if (!from) return true;
    const fits = (address: Address): boolean =>
      address === 'last'
        ? isLast
        : typeof address === 'number'
          ? number === address
          : line.search(address) >= 0;
    if (!to) return fits(from);
    if (this.#open.has(command)) {
      const isOver = typeof to === 'number' ? number >= to : fits(to);
      if (isOver) this.#open.delete(command);
      return typeof to !== 'number' || number <= to;
    }
    if (!fits(from)) return false;
    if (typeof to !== 'number' || to > number) this.#open.add(command);
    return true;
  }
}
