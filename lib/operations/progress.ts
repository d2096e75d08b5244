/** How far an operation is, in one form whatever the server and its version send. */
export interface Progress {
  /** What is being done, in the server's word: `download`, `create_instance_from_image_unpack`, `fs`, … */
  stage: string;
  /** 0 to 100, where the server knows it. */
  percent?: number;
  /** Bytes done so far. */
  bytes?: number;
  /** Bytes per second. */
  speed?: number;
  /** The server's text, for people. */
  text: string;
}

const suffix = '_progress';

const units: Record<string, number> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * Reads the progress out of an operation's metadata. Keys of past stages stay in it, so the one
 * that differs from `before` is the one that moved; undefined if none did.
 */
export function progressFrom(metadata: unknown, before?: unknown): Progress | undefined {
  const now = record(metadata);
  const past = record(before);
  const structured = record(now.progress);
  const all = Object.keys(now).filter(
    (key) => key.endsWith(suffix) && typeof now[key] === 'string' && now[key] !== past[key],
  );
  // At the first look all keys have moved: then the structured form tells which was the last.
  const moved = all.find((key) => stageOf(key) === structured.stage) ?? all[0];
  if (moved === undefined) return undefined;
  const text = now[moved] as string;
  const stage = stageOf(moved);
  const fresh = structured.stage === stage ? structured : {};
  const percent = number(fresh.percent) ?? number(/(\d+(?:\.\d+)?)%/.exec(text)?.[1]);
  const speed = number(fresh.speed) ?? size(/\(([\d.]+)([kKMGT]?i?B)\/s\)/.exec(text));
  const bytes = number(fresh.processed) ?? size(/(?:^|: )([\d.]+)([kKMGT]?i?B)(?: |$)/.exec(text));
  return {
    stage,
    ...(percent === undefined ? {} : { percent }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(speed === undefined ? {} : { speed }),
    text,
  };
}

/** LXD 5.21 has a doubled `format_progress_progress`. */
function stageOf(key: string): string {
  return key.replace(/(_progress)+$/, '');
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const parsed = Number(value);
  return value === '' || Number.isNaN(parsed) ? undefined : parsed;
}

function size(match: RegExpExecArray | null): number | undefined {
  const unit = units[match?.[2] ?? ''];
  return match && unit ? Math.round(Number(match[1]) * unit) : undefined;
}
