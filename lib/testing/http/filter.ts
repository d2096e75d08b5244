import { parseBoolean, valueAt } from './filter-value.js';

interface Clause {
  joint: string;
  negated: boolean;
  field: string;
  operator: string;
  value: string;
}

/** Takes a filter apart as the servers do: by white space, left to right; what it throws is their wording. */
export function parseFilter(text: string): Clause[] {
  const words = text.split(/\s+/).filter(Boolean);
  const clauses: Clause[] = [];
  let index = 0;
  let joint = 'and';
  const next = (problem: string): string => {
    if (index >= words.length) throw new Error(problem);
    return words[index++]!;
  };
  while (index < words.length) {
    const negated = words[index]!.toLowerCase() === 'not';
    if (negated) index++;
    const field = next('incomplete not clause');
    const operator = next('clause has no operator');
    let value = next('clause has no value');
    if (value.startsWith('"')) {
      // The end is looked for in the words that follow, never in this one: that is how the servers read it.
      value = value.slice(1);
      for (let word = ''; !word.endsWith('"');) value += ` ${(word = next('unterminated quote'))}`;
      value = value.slice(0, -1);
    }
    clauses.push({ joint, negated, field, operator, value });
    if (index >= words.length) break;
    joint = next('');
    if (joint !== 'and' && joint !== 'or') throw new Error('invalid clause composition');
    if (index >= words.length) throw new Error('unterminated compound clause');
  }
  return clauses;
}

/** Does the object fit? `typed` is Incus's comparison, which refuses what LXD 5.0 merely finds different. */
export function matches(object: object, clauses: Clause[], typed: boolean): boolean {
  let result = true;
  for (const clause of clauses) {
    const value = valueAt(object, clause.field, typed);
    let fits = typed ? typedEquals(clause, value) : textEquals(clause.value, value);
    if (clause.operator === 'ne') fits = !fits;
    if (clause.negated) fits = !fits;
    result = clause.joint === 'or' ? result || fits : result && fits;
  }
  return result;
}

function textEquals(wanted: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(/[\^$]/.test(wanted) ? wanted : `^${wanted}$`, 'i').test(value);
  } catch {
    return wanted.toLowerCase() === value.toLowerCase();
  }
}

function typedEquals({ field, operator, value: wanted }: Clause, value: unknown): boolean {
  const equals = typedComparison(field, wanted, value);
  if (operator !== 'eq' && operator !== 'ne') throw new Error('Unsupported operation');
  return equals;
}

function typedComparison(field: string, wanted: string, value: unknown): boolean {
  if (typeof value === 'string') return textEquals(wanted, value);
  if (typeof value === 'boolean') return parseBoolean(wanted) === value;
  if (Array.isArray(value)) {
    const list: unknown = parseList(wanted);
    return JSON.stringify(list) === JSON.stringify(value);
  }
  if (typeof value === 'number') {
    // Go compares this one as an integer type of its own, which no filter can name.
    if (field === 'status_code') throw new Error(`Unsupported filter type "int" for field "${field}"`);
    return value === Number(wanted);
  }
  throw new Error(`Invalid type "${value === undefined ? 'invalid' : 'struct'}" for field "${field}"`);
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = JSON.stringify(text[0]).replaceAll('"', "'");
    throw new Error(`Failed to parse value: invalid character ${start} looking for beginning of value`);
  }
}
