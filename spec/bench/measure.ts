/** One way of doing the work that is compared. */
export interface Contender {
  name: string;
  run: () => unknown;
}

export interface Row {
  what: string;
  ours: string;
  theirs: string;
  ratio: number;
  wanted: string;
}

/**
 * Medians of two contenders who take turns, so that a noisy machine is noisy for both. Warms up with a tenth of the
 * rounds first.
 */
export async function compare(ours: Contender, theirs: Contender, rounds: number): Promise<[number, number]> {
  for (let i = 0; i < Math.max(3, rounds / 10); i++) {
    await ours.run();
    await theirs.run();
  }
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < rounds; i++) {
    // Who is first changes, since the second finds warmer caches.
    const order = i % 2 === 0 ? [0, 1] : [1, 0];
    for (const index of order) times[index]?.push(await timed((index === 0 ? ours : theirs).run));
  }
  return [median(times[0]), median(times[1])];
}

/** Milliseconds of one run. */
export async function timed(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

export function row(what: string, [ours, theirs]: [number, number], unit: string, wanted: string): Row {
  return {
    what,
    ours: `${ours.toFixed(3)} ${unit}`,
    theirs: `${theirs.toFixed(3)} ${unit}`,
    ratio: ours / theirs,
    wanted,
  };
}

/** How much more memory than now was used since, in MB. */
export function peak(): () => number {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  return () => {
    clearInterval(timer);
    return (most - before) / 1e6;
  };
}

/** Speeds of two contenders that moved so many bytes, by the median of their times. */
export function throughput(
  what: string,
  size: number,
  [ours, theirs]: [number[], number[]],
  wanted: string,
): Row {
  const speed = (times: number[]) => size / 1e3 / median(times);
  return {
    what,
    ours: `${speed(ours).toFixed(0)} MB/s`,
    theirs: `curl ${speed(theirs).toFixed(0)} MB/s`,
    ratio: speed(ours) / speed(theirs),
    wanted,
  };
}

/** The rows as a table whose columns line up. */
export function table(rows: Row[]): string {
  const cells = [
    ['what', 'tslxd', 'compared with', 'ratio', 'wanted'],
    ...rows.map(({ what, ours, theirs, ratio, wanted }) => [
      what,
      ours,
      theirs,
      Number.isNaN(ratio) ? '' : ratio.toFixed(2),
      wanted,
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}
