import { valueProblem, type ValueKind } from './config.js';

/** What a value is, or what is said of one that is none. */
type Check = ValueKind | ((value: string) => string | undefined);

/** The keys of a config beside `user.*`, and what their values are. */
export type Options = Readonly<Record<string, Check>>;

/**
 * What is said of the first key of a config that is none of these, or whose value is none; of a value that is wrong,
 * `why` says what is.
 */
export function optionProblem(
  config: Readonly<Record<string, string>>,
  options: Options,
  says: (key: string, why: string | undefined) => string,
): string | undefined {
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('user.')) continue;
    const kind = Object.hasOwn(options, key) ? options[key] : undefined;
    const why = typeof kind === 'function' ? value && kind(value) : kind && valueProblem(kind, value);
    if (!kind || why) return says(key, why || undefined);
  }
  return undefined;
}
