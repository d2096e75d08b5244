/**
 * A map keyed by what users choose: it has no prototype, so that `constructor`, `toString` and `__proto__`
 * are keys like any other.
 */
export type Dict<T> = Record<string, T>;

/** `config` and `properties`. */
export type StringMap = Dict<string>;

/** `devices`. */
export type DeviceMap = Dict<StringMap>;

/** Is a value of a config true, as the servers read it? */
export function isOn(value: string | null | undefined): boolean {
  return /^(?:true|1|yes|on)$/i.test(value ?? '');
}

/** A new map with the own entries of the others, later ones winning. */
export function dict<T>(...sources: (Readonly<Record<string, T>> | undefined)[]): Dict<T> {
  const result = Object.create(null) as Dict<T>;
  for (const source of sources) {
    if (!source) continue;
    for (const key of Object.keys(source)) result[key] = source[key]!;
  }
  return result;
}

/** The same map as Go prints it: keys in order. */
export function sorted<T>(map: Dict<T>): Dict<T> {
  const result = Object.create(null) as Dict<T>;
  for (const key of Object.keys(map).sort()) result[key] = map[key]!;
  return result;
}

/** A config without the keys that hold nothing: the servers never store an empty value. */
export function withoutEmpty(config: StringMap): StringMap {
  const result = dict<string>();
  for (const key of Object.keys(config)) if (config[key]) result[key] = config[key];
  return result;
}

/** Devices without the options that hold nothing, likewise. */
export function withoutBlanks(devices: DeviceMap): DeviceMap {
  const result = dict<StringMap>();
  for (const key of Object.keys(devices)) result[key] = withoutEmpty(devices[key]!);
  return result;
}

/** Devices as clients may give them, made safe to keep: `null` becomes a device with nothing in it. */
export function deviceMap(
  devices: Readonly<Record<string, Readonly<Record<string, string>> | null>> = {},
): DeviceMap {
  const result = dict<StringMap>();
  for (const key of Object.keys(devices)) result[key] = dict(devices[key] ?? undefined);
  return result;
}

/** Devices as Go prints them. */
export function sortedDevices(devices: DeviceMap): DeviceMap {
  const result = sorted(devices);
  for (const key of Object.keys(result)) result[key] = sorted(result[key]!);
  return result;
}
