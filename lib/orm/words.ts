/** A kind's name with its article, for messages: `a profile`, `an instance`. */
export function withArticle(kind: string, article: 'a' | 'A' = 'a'): string {
  return `${article}${/^[aeiou]/i.test(kind) ? 'n' : ''} ${kind}`;
}

/** And of several: `profiles`, `addresses`, `identities`. */
export function plural(kind: string): string {
  if (kind.endsWith('s')) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}
