import { isIP } from 'node:net';

type Rule = Readonly<Record<string, string>>;

/** The entries of a value that is a list of them. */
export function listOf(value = ''): string[] {
  const parts = value.split(',').map((part) => part.trim());
  return parts.filter(Boolean);
}

const isNumber = (below: number) => (part: string) => /^\d+$/.test(part) && Number(part) < below;
const isPort = (part: string) => part.split('-').every(isNumber(65_536));
const isAddress = (part: string) =>
  part.split(/[/-]/).every((end, index) => isIP(end) > 0 || (index > 0 && isNumber(129)(end)));

/** What the server says of a rule of a network ACL; `isName` tells names of ACLs. */
export function aclRuleProblem(
  side: 'ingress' | 'egress',
  rule: Rule,
  actions: string,
  isName: (name: string) => boolean,
): string | undefined {
  const { protocol = '' } = rule;
  const isIcmp = protocol.startsWith('icmp');
  const oneOf = (key: string, title: string, choices: string) =>
    choices.split(', ').includes(rule[key] ?? '') ? undefined : `${title} must be one of: ${choices}`;
  const first = (key: string, title: string, problem: (part: string) => string | undefined) => {
    const wrong = listOf(rule[key]).map(problem).find(Boolean);
    return wrong && `Invalid ${title}: ${wrong}`;
  };
  const fit = (test: (part: string) => boolean, text: (part: string) => string) => (part: string) =>
    test(part) ? undefined : text(part);
  // A name is who is at the other end.
  const subject = (key: string, title: string, other: typeof side) =>
    first(key, title, (part) => {
      if (isAddress(part)) return undefined;
      if (!part.startsWith('@') && !isName(part)) return `Invalid subject "${part}"`;
      return side === other ? undefined : `Named subjects not allowed in "${title}" for "${side}" rules`;
    });
  const unusable = (key: string, title: string, isMeant: boolean) => {
    if (!rule[key] || isMeant) return undefined;
    if (protocol === '') return `${title} cannot be used without specifying protocol`;
    return `${title} cannot be used with ${isIcmp ? `"${protocol}"` : 'non-ICMP'} protocol`;
  };
  const port = (key: string, title: string) =>
    unusable(key, title, protocol !== '' && !isIcmp) ??
    first(
      key,
      title,
      fit(isPort, (part) => `Invalid port number "${part}"`),
    );
  const range = 'Must be between 0 and 255';
  const icmp = (key: string, title: string) =>
    unusable(key, title, isIcmp) ??
    first(
      key,
      title,
      fit(isNumber(256), (part) => `Invalid value for an integer "${part}". ${range}`),
    );
  return (
    oneOf('action', 'Action', actions) ??
    oneOf('state', 'State', 'enabled, disabled, logged') ??
    subject('source', 'Source', 'ingress') ??
    subject('destination', 'Destination', 'egress') ??
    (protocol ? oneOf('protocol', 'Protocol', 'icmp4, icmp6, tcp, udp') : undefined) ??
    port('source_port', 'Source port') ??
    port('destination_port', 'Destination port') ??
    icmp('icmp_type', 'ICMP type') ??
    icmp('icmp_code', 'ICMP code')
  );
}
