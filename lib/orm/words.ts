/** A kind's name with its article, for messages: `a profile`, `an instance`. */
export function withArticle(kind: string, article: 'a' | 'A' = 'a'): string {
  return `${article}${/^[aeiou]/i.test(kind) ? 'n' : ''} ${kind}`;
}
