/** What a server's words say of members of its cluster. */
export type Away = 'member' | 'majority';

/** Where the words of a server begin in a message of ours: after the request, or after what failed. */
const begin = String.raw`(?:^|^[A-Z]+ /\S*: |\bfailed: )`;

/**
 * Of a request that one member hands on to another, in Go's words. It asks for something below /1.0: who asks another server,
 * for an image or an instance, begins with /1.0 itself.
 */
const handedOn = String.raw`${begin}[A-Z][a-z]+ "https://[^/"]+/1\.0/[^"]*": `;

/** What the servers say where the member that a thing is on does not answer them; seen on clusters of LXD 5.0.2 and Incus 6.0.4. */
const memberTexts = [
  'Missing event connection with target cluster member', // both, after 10 s: 500, and 503 from LXD 5.21 on
  "Server isn't ready yet", // Incus, at once, after that: 500; of a daemon that starts itself it is "Daemon is starting up"
  String.raw`Target (?:node|cluster member) is offline`, // LXD and Incus, of where an instance is to move: 400
  String.raw`${handedOn}Unable to connect to: `, // both, until they know better: 500, `Post "https://…/1.0/instances?…": Unable to …`
  String.raw`${begin}Unable to connect to: \S+:\d+ `, // LXD, of a connection that was still thought to be there
  String.raw`${handedOn}dial tcp \S+ `, // the same of a proxy, or a name that is not found
  String.raw`${handedOn}(?:unexpected )?EOF\b`, // LXD, of a /wait under way: 500
  String.raw`${handedOn}read tcp \S+ `, // the same where the other host was reset
  String.raw`^GET /\S*/wait: unexpected EOF\b`, // Incus, of a /wait under way: 500 within HTTP 200; else it is a file cut short
];

/** What they say while most members are away, so that there is no leader of the database. */
const majorityTexts = [
  'no available (?:dqlite|cowsql) leader server found', // LXD, Incus, after 5 to 16 s: 503
  'Failed to begin transaction: context deadline exceeded', // LXD, after 20 s: 500
];

const member = new RegExp(memberTexts.join('|'));
const majority = new RegExp(majorityTexts.join('|'));
const notReached = new RegExp(
  `${handedOn.replace('//[^/"]+', '//([^/"]+)')}|${begin}Unable to connect to: (\\S+:\\d+) `,
);

/** Which of a cluster's members are away, after what a server says; undefined where it is about something else. */
export function awayAs(message: string): Away | undefined {
  if (member.test(message)) return 'member';
  return majority.test(message) ? 'majority' : undefined;
}

/** The address (`host:port`) of the member that was not reached, where it is named. */
export function addressAway(message: string): string | undefined {
  const [, asked, connected] = notReached.exec(message) ?? [];
  return asked ?? connected;
}
