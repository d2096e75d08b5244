/** Whether a config value is true, as the servers read it. */
export function isTrue(value: unknown): boolean {
  return typeof value === 'string' && /^(true|1|yes|on)$/i.test(value);
}
