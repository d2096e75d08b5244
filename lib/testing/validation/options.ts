import { valueProblem, type ValueKind } from './config.js';

/** The keys of a config beside `user.*`, and what their values are. */
export type Options = Readonly<Record<string, ValueKind>>;

/** The first key of a config that is none of these, or whose value is none; `says` is undefined of an unknown key. */
export function optionProblem(
  config: Readonly<Record<string, string>>,
  options: Options,
): { key: string; says: string | undefined } | undefined {
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('user.')) continue;
    const kind = Object.hasOwn(options, key) ? options[key] : undefined;
    const says = kind && valueProblem(kind, value);
    if (!kind || says !== undefined) return { key, says };
  }
  return undefined;
}
