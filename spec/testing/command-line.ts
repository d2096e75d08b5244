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

/**
 * A command line, what is typed, and which lines of what it says are looked at: all but those of strangers. Of a copy
 * between pools, `undo` takes away what its failure leaves.
 */
export type Line = string | { line: string; input?: string; only?: RegExp | undefined; undo?: string };

/** What is there by chance. */
function plain(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{12,64}\b/g, '…')
    .replace(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '…')
    .replace(/\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d[.\d]*)?(?:Z| ?UTC)?/g, '…')
    .replace(/(?<=Packets \w+:\s+)\d+/g, '…')
    .replace(/[^\n]*\d+% \([^)\n]*\)[ \r]*/g, '') // progress, where the machine is slow enough
    .replace(/\s*Remapping container filesystem\s*/g, '') // the same
    .replace(/^[ \r]{20,}$\n?/gm, '') // and what wipes it out
    .replace(/\d+(?:\.\d+)? ?[KMGT]?i?B\b/g, '… B');
}

/** What Incus says where its own two ends of a copy between pools lose each other: the copy is there all the same. */
const lostEnds = 'rsync error: error in rsync protocol data stream';

/** Tells the program; where its server has lost itself, again after what it left is away. */
async function steady(line: CommandLine, step: Exclude<Line, string>): Promise<string> {
  const run = (words: string, input?: string) =>
    line.run(words.replaceAll('~', line.folder).split(' '), input);
  const told = await run(step.line, step.input);
  if (step.undo === undefined || !told.includes(lostEnds)) return told;
  await run(step.undo);
  return run(step.line, step.input);
}

export type Script = readonly (Line | undefined | false)[];

/** What it says to each, after the line itself. */
export async function said(line: CommandLine, script: Script): Promise<string[]> {
  const told: string[] = [];
  for (const step of script) {
    if (!step) continue;
    const given = typeof step === 'string' ? { line: step } : step;
    const { line: words, only } = given;
    const whole = plain(await steady(line, given));
    const seen = only
      ? whole
          .split('\n')
          .filter((one) => only.test(one))
          .join('\n')
      : whole;
    told.push(`$ ${words}\n${seen.replaceAll(line.folder, '~')}`);
  }
  return told;
}
