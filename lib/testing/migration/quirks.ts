import type { ProductName } from '../products/product.js';

/** The two ends of a migration. */
export type Side = 'source' | 'target';

/** How the sockets of a migration behave, whatever is brought over them. */
export interface SocketQuirks {
  /** How long an end waits for its sockets, in ms. */
  readonly patience: number;
  /** Are the sockets to a target opened before the answer? */
  readonly dialsFirst: boolean;
  readonly missingSecret: (side: Side, name: string) => string;
  /** Of a certificate that is none, or not one that can be read. */
  readonly badCertificate: (side: Side, isPem: boolean) => string;
  /** To a websocket without a secret, with a wrong one, or with one that has been used. */
  readonly refused: Readonly<Record<'none' | 'wrong', (side: Side) => { status: number; error: string }>>;
  readonly again: ((side: Side, name: string) => string) | null;
  /** Of a connection to the other end: of its control socket or another. */
  readonly unconnected: (side: Side, name: string, reason: string) => string;
  /** Of a connection that nobody made. */
  readonly late: (side: Side, name: string) => string;
}

/** How migrations of instances between servers differ, and what is said of their failures. */
interface MigrationQuirks extends SocketQuirks {
  /** The sockets beside those of its control and files, of what runs and comes live. */
  readonly liveSockets: readonly string[];
  /** Does a source tell that it has given an instance away? */
  readonly tellsOfIt: boolean;
  /** Does what comes get a root disk of its own? */
  readonly ownsRoot: boolean;
  /** Of what has not come yet. */
  readonly arriving: Readonly<{ start: string; delete?: string }>;
  /** There is no CRIU. */
  readonly noCriu: (side: Side) => string;
  readonly nameless: string | null;
  readonly renamedLive: (from: string, to: string) => string;
  /** Of what goes wrong afterwards. */
  readonly failed: (side: Side, problem: string) => string;
  /** Before the reason for which nothing was heard of the other end. */
  readonly unheard: Readonly<Record<'offer' | 'answer' | 'source' | 'result', string>>;
}

const lxd: MigrationQuirks = {
  patience: 10_000,
  dialsFirst: true,
  liveSockets: [],
  tellsOfIt: false,
  ownsRoot: false,
  arriving: { start: 'Instance storage pool not found' },
  noCriu: (side) =>
    `Unable to perform container live migration. CRIU isn't installed on the ${side === 'source' ? 'source' : 'destination'} server`,
  nameless: 'A new name for the container must be provided',
  renamedLive: (from, to) =>
    `Copying stateful containers requires that source "${from}" and target "${to}" name be identical`,
  missingSecret: (_, name) => `Missing ${name} secret`,
  badCertificate: (_, isPem) => (isPem ? 'x509: malformed certificate' : 'Invalid certificate'),
  refused: {
    none: () => ({ status: 500, error: 'missing secret' }),
    wrong: () => ({ status: 500, error: 'permission denied' }),
  },
  again: null,
  unconnected: (_side, _name, reason) => reason,
  late: () => 'Timed out waiting for migration connections',
  failed: (_, problem) => problem,
  unheard: {
    offer: 'Failed receiving migration offer header: ',
    answer: '',
    source: 'Got error reading migration source: ',
    result: '',
  },
};

const incusFailed = (side: Side, problem: string): string => `Failed migration on ${side}: ${problem}`;

const incusBusy = (action: string): string =>
  `Failed to create instance ${action} operation: Instance is busy running a "create" operation`;

const incusUnconnected = (side: Side, name: string, reason: string): string =>
  name === 'control'
    ? `Failed waiting for migration control connection on ${side}: ${reason}`
    : incusFailed(side, `Failed getting migration ${side} filesystem connection: ${reason}`);

const incus: MigrationQuirks = {
  patience: 30_000,
  dialsFirst: false,
  liveSockets: ['criu'],
  tellsOfIt: true,
  ownsRoot: true,
  arriving: { start: incusBusy('start'), delete: incusBusy('delete') },
  noCriu: (side) =>
    `Unable to perform live container migration. CRIU isn't installed on the ${side} server. ` +
    `To migrate the container, stop the container before migration or install CRIU on the ${side} server`,
  nameless: null,
  renamedLive: (from, to) => `Instance name cannot be changed during stateful copy ("${from}" to "${to}")`,
  missingSecret: (side, name) =>
    `Expected "${name}" connection secret missing from migration ${side === 'source' ? 'source' : 'sink'} target request`,
  badCertificate: (side, isPem) => {
    const what = side === 'source' ? 'source "control" connection' : 'sink connections';
    const problem = isPem
      ? 'Failed parsing certificate: x509: malformed certificate'
      : 'Failed PEM decoding certificate';
    return `Failed setting up websocket dialer for migration ${what}: ${problem}`;
  },
  refused: {
    none: (side) => ({ status: 400, error: `Missing migration ${end(side)} secret` }),
    wrong: (side) => ({ status: 403, error: `Invalid migration ${end(side)} secret` }),
  },
  again: (side, name) =>
    `Failed accepting incoming migration ${end(side)} "${name}" connection: Connection already established`,
  unconnected: incusUnconnected,
  late: (side, name) => incusUnconnected(side, name, 'context deadline exceeded'),
  failed: incusFailed,
  unheard: {
    offer: 'Failed receiving migration offer from source: ',
    answer: 'Failed receiving migration offer response: ',
    source: '',
    result: '',
  },
};

export const migrationQuirks: Readonly<Record<ProductName, MigrationQuirks>> = { lxd, incus };

function end(side: Side): string {
  return side === 'source' ? 'source' : 'sink';
}
