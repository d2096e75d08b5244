import { inspect } from 'node:util';
import { isLxdError, type Log } from 'tslxd';

/** Shows something below the title of a step, as `console.log` would. */
export type Say = (what: unknown) => void;

/** Tells a sequence of steps on stdout: number, title, time, requests, and what came of each. */
export class Story {
  #steps = 0;
  #requests = 0;
  #interrupted: number | undefined;
  readonly #started = performance.now();

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#interrupt());
  }

  /** For a client's option `log`: it tells of each request, so they can be counted. */
  readonly log: Log = {
    debug: () => {
      this.#requests += 1;
    },
  };

  /** Carries out a step, unless the user has interrupted us; what it says is shown below its title. */
  async step<T>(title: string, work: (say: Say) => T | Promise<T>): Promise<T> {
    if (this.#interrupted !== undefined) throw new Interrupted();
    return this.#tell(title, work);
  }

  /** Carries out the last step, whatever happened before; its failure is noted, and does not hide an earlier one. */
  async cleanUp(title: string, work: (say: Say) => Promise<void>): Promise<void> {
    if (this.#interrupted !== undefined) process.stdout.write('\n(interrupted)\n');
    await this.#tell(title, work).catch((error: unknown) => this.fail(error));
  }

  /** The sentence at the end, if all went well. */
  end(text: string): void {
    if (process.exitCode) return;
    const total = `${this.#steps} steps, ${this.#requests} requests, ${since(this.#started)}`;
    process.stdout.write(`\n${text} (${total})\n`);
  }

  /** Says what went wrong, and makes the process end with a failure. */
  fail(error: unknown): void {
    process.exitCode = error instanceof Interrupted ? 130 : 1;
    if (error instanceof Interrupted) return;
    const text = isLxdError(error) ? `${error.name} (${error.code}): ${error.message}` : String(error);
    process.stderr.write(`\n${text}\n${adviceOn(text)}`);
  }

  /** The step under way is let through, since half of one is harder to clean up; the second time, nothing is. */
  #interrupt(): void {
    const now = performance.now();
    this.#interrupted ??= now;
    if (now - this.#interrupted < 500) return; // one Ctrl-C may come to us twice, through npm and tsx
    process.stdout.write('\n(ended at once: what has been made is still there)\n');
    process.exit(130);
  }

  async #tell<T>(title: string, work: (say: Say) => T | Promise<T>): Promise<T> {
    const lines: string[] = [];
    const started = performance.now();
    const before = this.#requests;
    let end = 'failed';
    process.stdout.write(`${String(++this.#steps).padStart(2)}. ${title} … `);
    try {
      const result = await work((what) => lines.push(typeof what === 'string' ? what : inspect(what)));
      const requests = this.#requests - before;
      end = `${since(started)}, ${requests} ${requests === 1 ? 'request' : 'requests'}`;
      return result;
    } finally {
      process.stdout.write(`${end}\n${lines.map((line) => `      ${line}\n`).join('')}`);
    }
  }
}

/** The user asked to stop. */
class Interrupted extends Error {}

function since(started: number): string {
  return `${(performance.now() - started).toFixed(0)} ms`;
}

/** For the one failure that the user of a new server is likely to meet. */
function adviceOn(message: string): string {
  if (!/root device|root disk|storage pool/i.test(message)) return '';
  return 'The server has not been initialised yet: run `lxd init --minimal` or `incus admin init --minimal`.\n';
}
