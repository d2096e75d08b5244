/** A family of samples, as OpenMetrics has them: all together, under what is said of them. */
interface Family {
  name: string;
  /** `# HELP`, `# TYPE`, `# UNIT`. */
  said: string[];
  samples: string[];
}

const about = /^# (?:HELP|TYPE|UNIT) (\S+)/;
const sample = /^([^\s{]+)(?:\{(.*)\})?( .*)$/;

/**
 * The OpenMetrics texts of several members as one: each family once, and each sample with a label `member`, since what
 * members tell of themselves (uptime, warnings) is of the same name for all.
 */
export function mergedMetrics(texts: ReadonlyMap<string, string>): string {
  const families = new Map<string, Family>();
  const familyOf = (name: string) => {
    const family = families.get(name) ?? { name, said: [], samples: [] };
    families.set(name, family);
    return family;
  };
  for (const [member, text] of texts) {
    let current: Family | undefined;
    for (const line of text.split('\n')) {
      const said = about.exec(line)?.[1];
      if (said !== undefined) {
        current = familyOf(said);
        if (!current.said.some((other) => isAboutSame(other, line))) current.said.push(line);
      } else if (line !== '' && !line.startsWith('#')) {
        const [name = ''] = line.split(/[\s{]/, 1); // with `_total`, `_bucket` and the like
        const family = current && name.startsWith(current.name) ? current : familyOf(name);
        family.samples.push(labelled(line, member));
      }
    }
  }
  const lines = [...families.values()].flatMap(({ said, samples }) => [...said, ...samples]);
  return [...lines, '# EOF', ''].join('\n');
}

/** Whether both say the same sort of thing (`# HELP`) of one family. */
function isAboutSame(one: string, other: string): boolean {
  return one.split(' ', 2).join(' ') === other.split(' ', 2).join(' ');
}

function labelled(line: string, member: string): string {
  const [, name = '', labels = '', rest = ''] = sample.exec(line) ?? [];
  if (name === '' || /(?:^|,)member="/.test(labels)) return line;
  const value = member.replace(/[\\"\n]/g, (odd) => (odd === '\n' ? '\\n' : `\\${odd}`));
  return `${name}{${[labels, `member="${value}"`].filter(Boolean).join(',')}}${rest}`;
}
