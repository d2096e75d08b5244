const scalars: Record<string, string> = {
  string: 'string',
  datetime: 'string',
  base64: 'string',
  bool: 'boolean',
  any: 'unknown',
};

/** The TypeScript type of a wire type such as `map<string,$Ref:Network[]>`; `ref` spells a schema's name. */
export function wireType(wire: string, ref: (schema: string) => string): string {
  const alternatives = wire.split('|');
  if (alternatives.length > 1) return alternatives.map((part) => wireType(part, ref)).join(' | ');
  if (wire === 'null') return 'null';
  if (wire.endsWith('[]')) return `${wireType(wire.slice(0, -2), ref)}[]`;
  const map = /^map<string,(.+)>$/.exec(wire);
  if (map?.[1]) return `Record<string, ${wireType(map[1], ref)}>`;
  if (/^(u?int|float)\d*$/.test(wire)) return 'number';
  const name = wire.replace(/^\$Ref:/, '');
  return scalars[name] ?? ref(name);
}

/** The schema names that a wire type mentions. */
export function wireRefs(wire: string, known: ReadonlySet<string>): string[] {
  return (wire.match(/\w+/g) ?? []).filter((word) => known.has(word));
}
