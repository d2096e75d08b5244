// Compiled by `npm run typecheck`, never run: what `autoWait: false` makes of the answers, through managers and models.
import {
  AuthGroup,
  Backup,
  BucketKey,
  Client,
  Identity,
  Image,
  ImageAlias,
  Instance,
  Network,
  NetworkAcl,
  NetworkForward,
  NetworkZone,
  NetworkZoneRecord,
  Profile,
  Project,
  Snapshot,
  StorageBucket,
  StoragePool,
  StorageVolume,
  TrustedCertificate,
  VolumeSnapshot,
  Warning,
  type AutoWait,
  type ClientOptions,
  type InstanceManager,
  type Operation,
  type OperationData,
  type WithAutoWait,
} from '../../lib/index.js';

declare const options: ClientOptions;
declare const flag: boolean;
/** What has the mark is no `true` here. */
type IsPlain<T> = T extends AutoWait<boolean> ? false : true;

/** All is called as it was, where nobody asks for it. */
export async function byDefault(): Promise<void> {
  for (const client of [new Client(), new Client(options), await Client.connect('prod', options)]) {
    client satisfies Client;
    client.autoWait satisfies true;
    client.instances satisfies InstanceManager;
    const web = await client.instances.get('web');
    const isPlain: IsPlain<typeof web> = true;
    isPlain satisfies true;
    (await web.start()) satisfies Instance;
    (await web.snapshots.create('a')) satisfies Snapshot;
    (await web.publish()) satisfies Image;
  }
  new Client({ autoWait: true }) satisfies Client;
  new Client({ ...options, autoWait: undefined }) satisfies Client;
}

/** Said by the option, or by the type with the option. */
export async function unwaited(): Promise<void> {
  const client = new Client({ autoWait: false });
  client satisfies Client<false>;
  new Client<false>({ socketPath: '/a', autoWait: false }) satisfies Client<false>;
  (await Client.connect({ autoWait: false })) satisfies Client<false>;
  (await Client.connect<false>('prod', { autoWait: false })) satisfies Client<false>;
  client.autoWait satisfies false;

  const web = await client.instances.get('web');
  (await web.start()) satisfies Operation<Instance>;
  (await web.start({ timeout: 5 })) satisfies Operation<Instance>;
  (await web.start({ wait: true })) satisfies Instance;
  (await web.delete()) satisfies Operation;
  (await web.publish()) satisfies Operation<Image>;
  (await client.instances.create({ source: { type: 'none' } })) satisfies Operation<Instance>;
  (await client.profiles.create('a')) satisfies Operation<Profile>;
  (await client.projects.create('a')) satisfies Operation<Project>;
  (await client.images.create('/file')) satisfies Operation<Image>;
  (await client.request('PUT', '/1.0/instances/{name}/state', {
    name: 'web',
    body: { action: 'start' },
  })) satisfies Operation<OperationData>;

  // What they resolve with, and what hangs on it, is of the same client.
  const started = await web.start({ wait: true });
  (await started.stop()) satisfies Operation<Instance>;
  (await (await (await web.start()).wait()).stop()) satisfies Operation<Instance>;
  for (const one of await client.containers.all()) (await one.rename('b')) satisfies Operation<Instance>;
  (await client.useProject('a').useTarget('b').containers.ref('c').freeze()) satisfies Operation<Instance>;
  const snapshot = await web.snapshots.create('a', { wait: true });
  (await snapshot.rename('b')) satisfies Operation<Snapshot>;
  (await (await snapshot.copy('c', { wait: true })).start()) satisfies Operation<Instance>;
  (await client.snapshots.ref('web/a').restore()) satisfies Operation;
  (await web.backups.ref('b').delete()) satisfies Operation;
  (await client.images.aliases.ref('a').rename('b')) satisfies Operation<ImageAlias>;
  const pool = client.storagePools.ref('default');
  (await pool.delete()) satisfies Operation;
  (await pool.volumes.create('data')) satisfies Operation<StorageVolume>;
  (await client.storagePools.volumes.ref('default/custom/a').copy('b')) satisfies Operation<StorageVolume>;
  const volume = await pool.volumes.create('data', { wait: true });
  (await volume.snapshots.create('a')) satisfies Operation<VolumeSnapshot>;
  (await (await volume.attachTo('web')).stop()) satisfies Operation<Instance>;
  (await client.networks.acls.ref('a').rename('b')) satisfies Operation<NetworkAcl>;
  const network = client.networks.ref('net');
  (await network.forwards.create({ listenAddress: '192.0.2.1' })) satisfies Operation<NetworkForward>;
  (await client.networks.zones.ref('z').records.ref('@').delete()) satisfies Operation;
  (await client.certificates.ref('a').delete()) satisfies Operation;
  (await client.auth.groups.create('a')) satisfies Operation<AuthGroup>;
  (await client.auth.identities.ref('tls/a').delete()) satisfies Operation;

  // Those of several requests are waited for.
  (await client.instances.ensure('web', { source: 'a' })) satisfies Instance;
  (await web.save()) satisfies Instance;
  (await web.exportTo('/file')) satisfies string;
  (await web.copyTo(client)) satisfies Instance;

  const passed: WithAutoWait<Instance, false> = web;
  (await passed.restart()) satisfies Operation<Instance>;
}

/** A class of one's own keeps the mark. */
class Web extends Instance {
  get port(): string | undefined {
    return this.config['user.port'];
  }
}

export async function own(): Promise<void> {
  const webs = new Client({ autoWait: false }).containers.as(Web);
  const web = await webs.get('web');
  web.port satisfies string | undefined;
  (await web.start()) satisfies Operation<Web>;
  (await web.start({ wait: true })).port satisfies string | undefined;
  new Client().containers.as(Web) satisfies InstanceManager<Web>;
}

class MySnapshot extends Snapshot {
  get isOld(): boolean {
    return this.createdAt === null;
  }
}
class MyImage extends Image {
  readonly isMine = true;
}
class MyAlias extends ImageAlias {
  readonly isMine = true;
}
class MyProfile extends Profile {
  readonly isMine = true;
}
class MyProject extends Project {
  readonly isMine = true;
}
class MyPool extends StoragePool {
  readonly isMine = true;
}
class MyVolume extends StorageVolume {
  readonly isMine = true;
}
class MyVolumeSnapshot extends VolumeSnapshot {
  readonly isMine = true;
}
class MyBucket extends StorageBucket {
  readonly isMine = true;
}
class MyBucketKey extends BucketKey {
  readonly isMine = true;
}
class MyBackup extends Backup {
  readonly isMine = true;
}
class MyNetwork extends Network {
  readonly isMine = true;
}
class MyAcl extends NetworkAcl {
  readonly isMine = true;
}
class MyZone extends NetworkZone {
  readonly isMine = true;
}
class MyRecord extends NetworkZoneRecord {
  readonly isMine = true;
}
class MyForward extends NetworkForward {
  readonly isMine = true;
}
class MyCertificate extends TrustedCertificate {
  readonly isMine = true;
}
class MyWarning extends Warning {
  readonly isMine = true;
}
class MyIdentity extends Identity {
  readonly isMine = true;
}
class MyGroup extends AuthGroup {
  readonly isMine = true;
}

/** `as()` of every manager, for a client of either sort. */
export async function ownEverywhere(client: Client<false>, usual: Client): Promise<void> {
  const web = client.instances.ref('web');
  const [pool, network] = [client.storagePools.ref('a'), client.networks.ref('a')];
  const [volume, bucket] = [pool.volumes.ref('a'), pool.buckets.ref('a')];
  (await client.snapshots.as(MySnapshot).ref('web/a').rename('b')) satisfies Operation<MySnapshot>;
  (await web.snapshots.as(MySnapshot).create('a')) satisfies Operation<MySnapshot>;
  (await web.snapshots.as(MySnapshot).create('a', { wait: true })).isOld satisfies boolean;
  (await web.snapshots.as(MySnapshot).ref('a').copy('b')) satisfies Operation<Instance>;
  (await web.backups.as(MyBackup).ref('a').rename('b')) satisfies Operation<MyBackup>;
  (await client.images.as(MyImage).create('/file')) satisfies Operation<MyImage>;
  (await client.images.aliases.as(MyAlias).ref('a').rename('b')) satisfies Operation<MyAlias>;
  (await client.profiles.as(MyProfile).create('a')) satisfies Operation<MyProfile>;
  (await client.projects.as(MyProject).create('a')) satisfies Operation<MyProject>;
  (await client.storagePools.as(MyPool).create({ name: 'a', driver: 'dir' })) satisfies Operation<MyPool>;
  (await client.storagePools.volumes.as(MyVolume).ref('a/custom/b').copy('c')) satisfies Operation<MyVolume>;
  (await pool.volumes.as(MyVolume).create('a')) satisfies Operation<MyVolume>;
  (await volume.snapshots.as(MyVolumeSnapshot).create('a')) satisfies Operation<MyVolumeSnapshot>;
  (await pool.buckets.as(MyBucket).create('a')) satisfies Operation<MyBucket>;
  (await bucket.keys.as(MyBucketKey).create({ name: 'a', role: 'admin' })) satisfies Operation<MyBucketKey>;
  (await client.networks.as(MyNetwork).create('a')) satisfies Operation<MyNetwork>;
  (await client.networks.acls.as(MyAcl).create('a')) satisfies Operation<MyAcl>;
  (await client.networks.zones.as(MyZone).create('a')) satisfies Operation<MyZone>;
  (await client.networks.zones.ref('a').records.as(MyRecord).create('a')) satisfies Operation<MyRecord>;
  (await network.forwards.as(MyForward).create({ listenAddress: 'a' })) satisfies Operation<MyForward>;
  (await client.certificates.as(MyCertificate).ref('a').delete()) satisfies Operation;
  (await client.warnings.as(MyWarning).ref('a').delete()) satisfies Operation;
  (await client.auth.identities.as(MyIdentity).ref('a').delete()) satisfies Operation;
  (await client.auth.groups.as(MyGroup).create('a')) satisfies Operation<MyGroup>;

  (await usual.snapshots.as(MySnapshot).ref('web/a').rename('b')) satisfies MySnapshot;
  (await usual.instances.ref('web').snapshots.as(MySnapshot).create('a')) satisfies MySnapshot;
  const webs = usual.instances.as(Web);
  (await webs.ref('web').snapshots.as(MySnapshot).create('a')) satisfies MySnapshot;
  (await webs.ref('web').snapshots.ref('a').copy('b')) satisfies Web;
  // @ts-expect-error -- no snapshot
  client.snapshots.as(MyImage);
  // @ts-expect-error -- no snapshot
  web.snapshots.as(MyImage);
}

/** Who does not know has one or the other. */
export async function either(): Promise<void> {
  const client = new Client({ autoWait: flag });
  client satisfies Client<boolean>;
  (await client.instances.ref('web').start()) satisfies Instance | Operation<Instance>;
  // @ts-expect-error -- nobody knows whether it is waited for
  (await client.instances.ref('web').start()) satisfies Instance;
  (await client.instances.ref('web').start({ wait: true })) satisfies Instance;
}

/** The type alone changes nothing at run time. */
export function refused(client: Client<false>): void {
  // @ts-expect-error -- the option is missing
  new Client<false>();
  // @ts-expect-error -- the option is missing
  new Client<false>({ socketPath: '/a' });
  // @ts-expect-error -- the option is missing
  void Client.connect<false>('prod');
  // @ts-expect-error -- who takes a client that waits gets none that does not
  client satisfies Client;
  // @ts-expect-error -- no such option
  new Client({ autowait: false });
}
