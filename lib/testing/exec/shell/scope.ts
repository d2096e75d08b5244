import type { Command } from './syntax.js';

/** What `set` can turn on: to end at what fails, to refuse what is not set, to show what is run, to hear of all of a pipe. */
export type Option = 'errexit' | 'nounset' | 'xtrace' | 'pipefail';

const letters = { errexit: 'e', nounset: 'u', xtrace: 'x', pipefail: '' } as const satisfies Record<
  Option,
  string
>;

/** What a shell knows: each subshell has a copy. */
export class Scope {
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly constants = new Set<string>();
  readonly functions = new Map<string, Command>();
  readonly options = new Set<Option>();
  positional: readonly string[] = [];
  /** How many functions are being run, and what is to be as it was after each of them. */
  readonly locals: Map<string, string | undefined>[] = [];
  /** The exit code of the last command. */
  code = 0;
  /** The line that is run; 0 where nobody counts. */
  line = 0;
  /** What is run at the end. */
  trap: string | undefined;

  constructor(
    /** What it calls itself: `sh`, or the path of a script. */
    readonly name: string,
    public cwd: string,
    environment: Readonly<Record<string, string>>,
    /** Does it say lines where something goes wrong? */
    readonly isScript = false,
  ) {
    this.variables = new Map(Object.entries(environment));
    this.variables.set('PWD', cwd);
    this.variables.set('SHLVL', String(Number(environment.SHLVL ?? 0) + 1));
    this.exported = new Set(this.variables.keys());
  }

  copy(): Scope {
    const scope = new Scope(this.name, this.cwd, {}, this.isScript);
    for (const [name, value] of this.variables) scope.variables.set(name, value);
    for (const name of this.exported) scope.exported.add(name);
    for (const name of this.constants) scope.constants.add(name);
    for (const [name, body] of this.functions) scope.functions.set(name, body);
    for (const option of this.options) scope.options.add(option);
    scope.locals.push(...this.locals.map((map) => new Map(map)));
    return Object.assign(scope, { positional: this.positional, code: this.code, line: this.line });
  }

  /** @throws ShellError for a constant */
  set(name: string, value: string): void {
    if (this.constants.has(name)) throw new ShellError(`${name}: is read only`);
    this.variables.set(name, value);
  }

  /** Has variables as they were. */
  restore(before: ReadonlyMap<string, string | undefined>): void {
    for (const [name, value] of before) {
      if (value === undefined) this.variables.delete(name);
      else this.variables.set(name, value);
    }
  }

  /** The value of `$name`; undefined where it is not set. */
  get(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.code);
      case '#':
        return String(this.positional.length);
      case '@':
      case '*':
        return this.positional.length > 0 ? this.positional.join(' ') : undefined;
      case '$':
        return '1';
      case '-':
        return [...this.options].map((option) => letters[option]).join('');
      case '!':
        return undefined;
      case '0':
        return this.name;
      default:
        return /^\d/.test(name) ? this.positional[Number(name) - 1] : this.variables.get(name);
    }
  }

  /** What a program gets to know. */
  environment(more: ReadonlyMap<string, string> = new Map()): Record<string, string> {
    const own = [...this.exported].flatMap((name): [string, string][] => {
      const value = this.variables.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries([...own, ...more]);
  }

  /** How a message of it begins. */
  lead(builtin?: string): string {
    const line =
      this.isScript || builtin !== undefined ? `line ${String(this.isScript ? this.line : 0)}: ` : '';
    return `${this.name}: ${builtin === undefined ? '' : `${builtin}: `}${line}`;
  }
}

/** What ends a script, in the words of busybox, which the name of the shell goes before. */
export class ShellError extends Error {}

/** Leaves a loop, a function or the shell. */
export class Leave extends Error {
  constructor(
    readonly from: 'loop' | 'turn' | 'function' | 'shell',
    readonly code: number,
    /** Of how many loops. */
    public depth = 1,
  ) {
    super(`cannot leave a ${from} here`);
  }
}
