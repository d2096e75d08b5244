import { dict } from '../state/maps.js';
import type { Clock } from '../state/clock.js';
import { Refusal } from '../state/refusal.js';
import { defaultTimes, type ClusterTimes } from './times.js';
import { newMember, type GroupRecord, type Liveness, type MemberRecord } from './records.js';

/** What the members of a cluster know in common: who they are, how they are, and their groups. */
export class Cluster {
  /** By their names, in the order in which they joined. */
  readonly members = new Map<string, MemberRecord>();
  /** By their names; which members are in one, they say themselves. */
  readonly groups = new Map<string, GroupRecord>();
  readonly times: ClusterTimes;
  readonly #clock: Clock;
  readonly #watchers = new Set<() => void>();

  /** The first of the members leads at first; there is the group `default`, with all of them. */
  constructor(
    clock: Clock,
    members: readonly { name: string; url: string }[],
    times?: Partial<ClusterTimes>,
  ) {
    this.#clock = clock;
    this.times = { ...defaultTimes, ...times };
    this.groups.set('default', { name: 'default', description: 'Default cluster group', config: dict() });
    for (const { name, url } of members) this.add(name, url);
  }

  /** Takes in a member, which is up. */
  add(name: string, url: string): MemberRecord {
    const member = newMember(name, url);
    member.roles = this.members.size === 0 ? ['database-leader', 'database'] : ['database'];
    this.members.set(name, member);
    return member;
  }

  /** The member of this name. @throws Refusal 404 the servers' words for one that is not there */
  member(name: string, message = 'Cluster member not found'): MemberRecord {
    const member = this.members.get(name);
    if (!member) throw new Refusal(404, message);
    return member;
  }

  /** The member that leads the database. */
  get leader(): MemberRecord | undefined {
    return [...this.members.values()].find(({ roles }) => roles.includes('database-leader'));
  }

  /** Its process dies, stops, or goes on. */
  turn(member: MemberRecord, liveness: Liveness): void {
    if (member.liveness === liveness) return;
    if (member.liveness === 'up') member.downSince = this.#clock.now();
    member.liveness = liveness;
    member.lookups = 0;
    const leads = this.leader === member;
    if (leads && liveness !== 'up') this.#clock.after(this.times.hang, () => this.#elect());
    if (liveness === 'up') this.#elect();
    this.#changed();
  }

  /** All are up again. */
  revive(): void {
    for (const member of this.members.values()) this.turn(member, 'up');
  }

  /** Does the database answer? It has a leader that is up, and most of its members are. */
  get isLed(): boolean {
    const voters = [...this.members.values()].filter(({ roles }) => roles.includes('database'));
    const up = voters.filter(({ liveness }) => liveness === 'up');
    return this.leader?.liveness === 'up' && up.length * 2 > voters.length;
  }

  /** Calls back when any member's process, or the leader, is another; the returned function calls it off. */
  onChange(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** Calls back now if the member is up, or when it is awake; never, if it is dead. */
  whenAwake(member: MemberRecord, callback: () => void): void {
    if (member.liveness === 'up') callback();
    if (member.liveness !== 'frozen') return;
    const callOff = this.onChange(() => {
      if (member.liveness === 'frozen') return;
      callOff();
      this.whenAwake(member, callback);
    });
  }

  /** Another leads, if there is need and there are enough. */
  #elect(): void {
    const { leader } = this;
    if (leader?.liveness === 'up') return;
    const next = [...this.members.values()].find(
      ({ liveness, roles }) => liveness === 'up' && roles.includes('database'),
    );
    if (leader) leader.roles = leader.roles.filter((role) => role !== 'database-leader');
    next?.roles.unshift('database-leader');
    this.#changed();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Is it held to be there? Who died or froze is until `times.offlineAfter` is over. */
  isOnline({ liveness, downSince }: MemberRecord): boolean {
    return liveness === 'up' || this.#clock.now() - downSince < this.times.offlineAfter;
  }

  /** What the list of members says of one. */
  statusOf(member: MemberRecord): { status: 'Online' | 'Offline' | 'Evacuated'; message: string } {
    if (!this.isOnline(member)) return { status: 'Offline', message: this.#silence(member) };
    return member.isEvacuated
      ? { status: 'Evacuated', message: 'Unavailable due to maintenance' }
      : { status: 'Online', message: 'Fully operational' };
  }

  /** As Go prints how long there was no heartbeat, and since when. */
  #silence({ downSince }: MemberRecord): string {
    const seconds = (this.#clock.now() - downSince) / 1000;
    const since = new Date(downSince).toISOString().replace('T', ' ').replace('Z', '000000 +0000 UTC');
    return `No heartbeat for ${String(seconds)}s (${since})`;
  }
}
