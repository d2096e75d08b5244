import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine, isInstalled, programs, said, type Line, type Script } from './command-line.js';
import { describePair } from './parity.js';

/** Another one each time: what a run that died has left is not in its way. */
const someSubnet = () => `10.217.${String(randomInt(1, 255))}`;

describePair((servers) => {
  const { real } = servers;
  const { program } = programs[real.product];
  if (!isInstalled(program)) {
    it.skip(`${program} is not installed (run spec/real/servers.sh start)`, () => undefined);
    return;
  }
  let folder: string;
  let lines: [CommandLine, CommandLine];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-clis-'));
    const of = async (socketPath: string, home: string) => {
      await mkdir(join(folder, home, 'conf'), { recursive: true });
      return new CommandLine(real.product, socketPath, join(folder, home));
    };
    lines = [await of(real.socketPath, 'real'), await of(servers.fake.socketPath, 'fake')];
    for (const line of lines) await line.run(['list']); // the first run greets
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Both are told the same, and say the same. */
  async function same(script: Script): Promise<void> {
    const [real, fake] = [await said(lines[0], script), await said(lines[1], script)];
    expect(fake).toEqual(real);
  }
  const isIncus = real.product === 'incus';
  const name = (label: string) => real.uniqueName(label);
  const ours = (line: string, more?: object): Line => ({ line, only: new RegExp(real.prefix), ...more });

  it('about networks', async () => {
    const net = real.uniqueNetwork();
    const subnet = someSubnet();
    const config = `ipv4.address=${subnet}.1/24 ipv4.nat=false ipv6.address=none`;
    const mine = (line: string): Line => ({ line, only: new RegExp(net) });
    await same([
      `network create ${net} ${config} user.a=b`,
      `network create ${net}`,
      `network create ${net}2 --type nope`,
      `network create ${net}2 ipv4.address=none ipv6.address=none nope=1`,
      mine('network list --format csv'),
      mine('network list --format yaml'),
      `network show ${net}`,
      `network info ${net}`,
      `network get ${net} user.a`,
      `network set ${net} user.a c`,
      `network set ${net} user.b=d user.c=e`,
      `network set ${net} nope=1`,
      `network unset ${net} user.b`,
      {
        line: `network edit ${net}`,
        input: `description: mine\nconfig:\n  ipv4.address: ${subnet}.1/24\n  ipv6.address: none\n`,
      },
      `network show ${net}`,
      `network list-leases ${net}`,
      `network forward create ${net} ${subnet}.77 user.a=b`,
      `network forward create ${net} ${subnet}.77`,
      `network forward port add ${net} ${subnet}.77 tcp 80,81 ${subnet}.5 8080,8081`,
      `network forward port add ${net} ${subnet}.77 tcp 80 ${subnet}.5`,
      `network forward set ${net} ${subnet}.77 target_address=${subnet}.9`,
      `network forward list ${net} --format csv`,
      `network forward show ${net} ${subnet}.77`,
      `network forward port remove ${net} ${subnet}.77 tcp 80,81`,
      `network forward port remove ${net} ${subnet}.77 tcp 99`,
      `network forward delete ${net} ${subnet}.77`,
      `network forward delete ${net} ${subnet}.77`,
      `network forward show ${net} ${subnet}.78`,
      `network peer list ${net} --format csv`,
      isIncus && `network load-balancer list ${net} --format csv`,
      isIncus && mine('network list-allocations --format csv'),
      `network rename ${net} ${net}3`,
      `network delete ${net}`,
      `network show ${net}`,
      `network delete ${net}3`,
      'network show lo',
      'network set lo user.a=b',
      'network delete lo',
      'network info lo',
    ]);
  });

  it('about ACLs and zones', async () => {
    const acl = name('acl');
    const zone = `${name('zone')}.example`;
    await same([
      `network acl create ${acl} user.a=b`,
      `network acl create ${acl}`,
      ours('network acl list --format csv'),
      `network acl rule add ${acl} ingress action=allow protocol=tcp destination_port=22`,
      `network acl rule add ${acl} ingress action=allow protocol=tcp destination_port=22`,
      `network acl rule add ${acl} egress action=nope`,
      `network acl show ${acl}`,
      `network acl rule remove ${acl} ingress destination_port=22`,
      `network acl set ${acl} user.c=d`,
      `network acl set ${acl} nope=d`,
      `network acl get ${acl} user.c`,
      {
        line: `network acl edit ${acl}`,
        input: 'description: edited\negress: []\ningress: []\nconfig: {}\n',
      },
      `network acl show-log ${acl}`,
      `network acl rename ${acl} ${acl}2`,
      `network acl show ${acl}`,
      `network acl delete ${acl}2`,
      `network zone create ${zone} user.a=b`,
      `network zone create ${zone}`,
      `network zone create ${zone}2 nope=1`,
      ours('network zone list --format csv'),
      `network zone show ${zone}`,
      `network zone set ${zone} dns.nameservers=ns1.example`,
      `network zone record create ${zone} www`,
      `network zone record create ${zone} www`,
      `network zone record entry add ${zone} www A 10.0.0.1 --ttl 60`,
      `network zone record entry add ${zone} www NOPE x`,
      `network zone record list ${zone} --format csv`,
      `network zone record show ${zone} www`,
      `network zone record entry remove ${zone} www A 10.0.0.1`,
      `network zone record delete ${zone} www`,
      `network zone record show ${zone} www`,
      `network zone delete ${zone}`,
      `network zone show ${zone}`,
    ]);
  });

  it('about storage pools and volumes', async () => {
    const pool = name('pool');
    const snapshot = isIncus ? 'snapshot create' : 'snapshot';
    const restore = isIncus ? 'snapshot restore' : 'restore';
    await same([
      `storage create ${pool} dir user.a=b`,
      `storage create ${pool} dir`,
      `storage create ${pool}2 nope`,
      `storage create ${pool}2 dir nope=1`,
      ours('storage list --format csv'),
      `storage show ${pool}`,
      `storage set ${pool} user.c=d`,
      `storage set ${pool} nope=d`,
      `storage get ${pool} user.c`,
      `storage unset ${pool} user.a`,
      `storage volume create ${pool} data user.a=b`,
      `storage volume create ${pool} data`,
      `storage volume create ${pool} blocky --type=block size=8MiB`,
      `storage volume create ${pool} odd nope=1`,
      `storage volume list ${pool} --format csv`,
      `storage volume show ${pool} data`,
      `storage volume set ${pool} data user.c=d`,
      `storage volume set ${pool} data nope=d`,
      `storage volume get ${pool} data user.c`,
      `storage volume unset ${pool} data user.a`,
      `storage volume ${snapshot} ${pool} data s1`,
      `storage volume ${snapshot} ${pool} data s1`,
      `storage volume show ${pool} data/s1`,
      `storage volume info ${pool} data`,
      `storage volume ${restore} ${pool} data s1`,
      `storage volume ${restore} ${pool} data nope`,
      `storage volume copy ${pool}/data ${pool}/copy`,
      `storage volume copy ${pool}/data ${pool}/copy`,
      `storage volume move ${pool}/copy ${pool}/moved`,
      `storage volume rename ${pool} moved renamed`,
      `storage volume list ${pool} --format csv -c ntc`,
      `storage volume export ${pool} data ~/volume.tar.gz`,
      `storage volume import ${pool} ~/volume.tar.gz imported`,
      `storage volume import ${pool} ~/volume.tar.gz imported`,
      `storage volume show ${pool} imported`,
      `storage volume detach ${pool} data nope`,
      `storage volume delete ${pool} data/s1`,
      `storage volume delete ${pool} nope`,
      ...['data', 'blocky', 'renamed', 'imported'].map((volume) => `storage volume delete ${pool} ${volume}`),
      `storage volume show ${pool} data`,
      isIncus && `storage bucket list ${pool} --format csv`,
      isIncus && `storage bucket show ${pool} nope`,
      isIncus && `storage bucket delete ${pool} nope`,
      isIncus && `storage bucket key list ${pool} nope --format csv`,
      `storage delete ${pool}`,
      `storage delete ${pool}`,
      `storage show ${pool}`,
      `storage delete default`,
    ]);
    expect((await readFile(join(lines[1].folder, 'volume.tar.gz'))).length).toBeGreaterThan(0);
  });

  it('about volumes that are attached', async () => {
    const web = name('web');
    const volume = name('vol');
    await same([
      `init --empty ${web}`,
      `storage volume create default ${volume}`,
      `storage volume attach default ${volume} ${web} data /srv`,
      `storage volume attach default ${volume} ${web} data /srv`,
      `config device show ${web}`,
      `storage volume show default ${volume}`,
      `storage volume delete default ${volume}`,
      `storage volume detach default ${volume} ${web}`,
      `network attach lo ${web} eth5`,
      `config device show ${web}`,
      `network detach lo ${web} eth5`,
      `storage volume delete default ${volume}`,
      `delete ${web}`,
    ]);
  });

  it('about projects', async () => {
    const project = name('project');
    await same([
      `project create ${project} -c user.a=b -c features.images=false`,
      `project create ${project}`,
      `project create ${project}2 -c nope=1`,
      `project create ${project}2 -c limits.instances=x`,
      ours('project list --format csv'),
      `project show ${project}`,
      `project get ${project} user.a`,
      `project set ${project} limits.containers=3`,
      `project set ${project} nope=3`,
      `project unset ${project} user.a`,
      `project info ${project}`,
      `profile list --project ${project} --format csv`,
      `profile device add default root disk path=/ pool=default --project ${project}`,
      `init --empty c1 --project ${project}`,
      `project set ${project} features.profiles=false`,
      `project show ${project}`,
      `project delete ${project}`,
      `project rename ${project} ${project}3`,
      `delete c1 --project ${project}`,
      `project switch ${project}`,
      `list --format csv`,
      'project switch nope',
      'project switch default',
      `project rename ${project} ${project}3`,
      `project delete ${project}3`,
      `project show ${project}3`,
      'project delete default',
      'list --project nope',
    ]);
  });

  it('about all instances of a project', async () => {
    const project = name('all');
    const fingerprint = await real.ensureImage();
    const { properties } = await real.read<{ properties: Record<string, string> }>(
      `/1.0/images/${fingerprint}`,
    );
    servers.fake.addImage({ aliases: [real.imageAlias], properties });
    const at = (line: string) => `${line} --project ${project}`;
    await same([
      `project create ${project} -c features.images=false -c features.profiles=false`,
      at('start --all'),
      at(`init ${real.imageAlias} a`),
      at('start --all'),
      at('start --all'),
      at('list --format csv -c ns'),
      at('pause --all'),
      at('pause --all'),
      at('restart --all'),
      at('start --all'),
      at('stop --all --force'),
      at('stop --all --force'),
      at('list --format csv -c ns'),
      at('start --all a'),
      at('delete a'),
      `project delete ${project}`,
    ]);
  });

  it('about profiles with volumes and networks', async () => {
    const profile = name('profile');
    const volume = name('vol');
    const project = name('edited');
    await same([
      `profile create ${profile}`,
      `storage volume create default ${volume}`,
      `storage volume attach-profile default ${volume} ${profile} data /srv`,
      `storage volume attach-profile default ${volume} ${profile} data /srv`,
      `network attach-profile lo ${profile} eth5`,
      `profile show ${profile}`,
      `storage volume show default ${volume}`,
      `storage volume detach-profile default ${volume} ${profile}`,
      `storage volume detach-profile default ${volume} ${profile}`,
      `network detach-profile lo ${profile} eth5`,
      `profile device show ${profile}`,
      { line: `storage volume edit default ${volume}`, input: 'description: edited\nconfig:\n  user.a: b\n' },
      { line: `storage volume edit default ${volume}`, input: 'description: [' },
      `storage volume show default ${volume}`,
      `storage volume delete default ${volume}`,
      `profile delete ${profile}`,
      `project create ${project}`,
      {
        line: `project edit ${project}`,
        input: 'description: edited\nconfig:\n  features.images: "true"\n  features.profiles: "true"\n',
      },
      `project show ${project}`,
      `project delete ${project}`,
    ]);
  });

  it('about what is asked less often', async () => {
    const net = real.uniqueNetwork();
    const subnet = someSubnet();
    const [one, two, project, acl] = [name('one'), name('two'), name('target'), name('edited')];
    const isolated = ['images', 'profiles', 'storage.volumes'].map((what) => `-c features.${what}=true`);
    await same([
      `network create ${net} ipv4.address=${subnet}.1/24 ipv6.address=none`,
      `network peer create ${net} peer default/other`,
      `network peer show ${net} peer`,
      isIncus && `network load-balancer create ${net} ${subnet}.50`,
      isIncus && `network load-balancer show ${net} ${subnet}.50`,
      `network forward create ${net} ${subnet}.77 --allocate ipv4`,
      `network forward create ${net} nonsense`,
      `network forward create ${net} ${subnet}.77`,
      {
        line: `network forward edit ${net} ${subnet}.77`,
        input: `description: edited\nconfig:\n  target_address: ${subnet}.8\nports: []\n`,
      },
      `network forward get ${net} ${subnet}.77 target_address`,
      `network forward set ${net} ${subnet}.77 target_address=nonsense`,
      `network forward unset ${net} ${subnet}.77 target_address`,
      `network forward show ${net} ${subnet}.77`,
      `network acl create ${acl}`,
      `network set ${net} security.acls ${acl}`,
      `network acl show ${acl}`,
      `network acl delete ${acl}`,
      `network unset ${net} security.acls`,
      `network delete ${net}`,
      `network acl delete ${acl}`,
      `network create ${net} --type macvlan`,
      `network create ${net} --type macvlan parent=lo`,
      `network show ${net}`,
      `network info ${net}`,
      `network delete ${net}`,
      isIncus && 'network integration list --format csv',
      isIncus && 'network integration show nope',
      ...[one, two].map((pool) => `storage create ${pool} dir`),
      `storage volume create ${one} data user.a=b`,
      `storage volume ${isIncus ? 'snapshot create' : 'snapshot'} ${one} data s1`,
      { line: `storage volume move ${one}/data ${two}/moved`, undo: `storage volume delete ${two} moved` },
      `storage volume show ${two} moved`,
      `storage volume show ${two} moved/s1`,
      `storage volume show ${one} data`,
      {
        line: `storage volume copy ${two}/moved ${one}/back --volume-only`,
        undo: `storage volume delete ${one} back`,
      },
      `storage volume list ${one} --format csv`,
      `project create ${project} ${isolated.join(' ')}`,
      {
        line: `storage volume copy ${two}/moved ${one}/theirs --target-project ${project}`,
        undo: `storage volume delete ${one} theirs --project ${project}`,
      },
      `storage volume list ${one} --project ${project} --format csv`,
      `storage volume copy ${two}/nope ${one}/x`,
      `storage volume move ${two}/nope ${one}/x`,
      `project delete ${project}`,
      `storage volume delete ${one} theirs --project ${project}`,
      `project delete ${project}`,
      `storage delete ${two}`,
      `storage volume delete ${one} back`,
      `storage volume delete ${two} moved`,
      ...[one, two].map((pool) => `storage delete ${pool}`),
      'storage info nope',
      'storage volume list nope',
      'network list-leases nope',
      'network info nope',
      'project info nope',
    ]);
  });

  it('about warnings', async () => {
    await same([
      'warning show nope',
      'warning acknowledge nope',
      `warning show ${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`,
      'warning delete nope',
    ]);
  });
});
