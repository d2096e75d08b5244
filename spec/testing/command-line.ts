import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';

export const programs = {
  lxd: { program: 'lxc', variable: 'LXD' },
  incus: { program: 'incus', variable: 'INCUS' },
} as const;

export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The command line of a product, which nobody here wrote: it speaks to any server of its own. */
export class CommandLine {
  constructor(
    readonly product: keyof typeof programs,
    readonly socketPath: string,
    /** Its home, where its configuration is. */
    readonly folder: string,
  ) {}

  get program(): string {
    return programs[this.product].program;
  }

  start(command: string, words: readonly string[]): ChildProcessWithoutNullStreams {
    const { variable } = programs[this.product];
    const env = {
      ...process.env,
      HOME: this.folder,
      [`${variable}_CONF`]: join(this.folder, 'conf'),
      [`${variable}_SOCKET`]: this.socketPath,
    };
    return spawn(command, words, { env, timeout: 60_000 });
  }

  /** What it says until its end; another exit code than 0 is told before it. */
  static told(child: ChildProcessWithoutNullStreams): Promise<string> {
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code === 0 ? said : `${code ?? signal}: ${said}`));
    });
  }

  run(words: readonly string[], input = ''): Promise<string> {
    const child = this.start(this.program, words);
    child.stdin.on('error', () => undefined); // it may take none
    child.stdin.end(input);
    return CommandLine.told(child);
  }
}
