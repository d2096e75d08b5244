import { InvalidInputError, NotFoundError, UnsupportedError } from 'tslxd';
import type { Subject } from './support.js';

/** Has a server warn, without a project unless one is named; resolves with the warning's id. */
export type Warn = (message: string, project?: string) => Promise<string>;

/** What holds of warnings on every server. */
export function tellOfWarnings({ client, uniqueName, requestsOf }: Subject, warn: Warn): void {
  const warnings = () => client().warnings;
  const path = '/1.0/warnings';

  it('are read, listed, acknowledged and deleted', async () => {
    const message = uniqueName('warning');
    const id = await warn(message);
    const [one] = (await warnings().all()).filter(({ lastMessage }) => lastMessage === message);
    expect([one?.key, one?.uuid, one?.status, one?.severity, one?.count]).toEqual([id, id, 'new', 'low', 1]);
    expect([one?.entityUrl, one?.project]).toEqual(['', '']);
    expect(one?.type).toMatch(/ /);
    expect(one?.firstSeenAt).toBeInstanceOf(Date);
    expect(one?.lastSeenAt!.getTime()).toBeGreaterThanOrEqual(one!.firstSeenAt!.getTime());
    expect(await warnings().names()).toContain(id);
    expect(await warnings().exists(id)).toBe(true);
    const unread = warnings().ref(id);
    const requests = await requestsOf(() => unread.acknowledge());
    expect(requests).toEqual([`PUT ${path}/${id} 200`, `GET ${path}/${id} 200`]);
    expect(unread.status).toBe('acknowledged');
    expect((await one!.fetch()).status).toBe('acknowledged');
    const acknowledged = await warnings().all({ filter: { status: 'acknowledged' } });
    expect(acknowledged.map(({ key }) => key)).toContain(id);
    one!.status = 'new';
    await one!.save();
    expect((await unread.fetch()).status).toBe('new');
    expect(await requestsOf(() => unread.save())).toEqual([]);
    await one!.delete();
    await one!.delete({ ifExists: true });
    await expect(warnings().get(id)).rejects.toThrow(NotFoundError);
    expect(await warnings().find(id)).toBeUndefined();
    await expect(unread.acknowledge()).rejects.toThrow(NotFoundError);
  });

  it('of a project are those of it, and of all projects all', async () => {
    const ours = await warn(uniqueName('warning'), 'default');
    const others = await warn(uniqueName('warning'));
    const inProject = client().useProject('default').warnings;
    const listed = await inProject.all();
    expect(listed.map(({ project }) => project).filter((project) => project !== 'default')).toEqual([]);
    expect(listed.map(({ key }) => key)).toContain(ours);
    expect(listed.map(({ key }) => key)).not.toContain(others);
    const nowhere = client().useProject(uniqueName('nowhere')).warnings;
    await expect(nowhere.all()).rejects.toThrow(NotFoundError); // and no empty list
    const all = await inProject.all({ allProjects: true });
    expect(all.map(({ key }) => key)).toEqual(expect.arrayContaining([ours, others]));
    for (const one of all.filter(({ key }) => key === ours || key === others)) {
      await one.fetch();
      await one.delete();
    }
  });

  it('are an empty list where there are none, refuse what cannot be, and are not watched', async () => {
    expect(await warnings().all({ filter: { status: 'nobody' } })).toEqual([]);
    expect(await warnings().names({ filter: { status: 'nobody' } })).toEqual([]);
    const id = await warn(uniqueName('warning'));
    const one = await warnings().get(id);
    expect(() => (one.status = 1 as never)).toThrow(InvalidInputError);
    one.status = 'resolved';
    await expect(one.save()).rejects.toThrow(/may only be set/);
    const sent = await requestsOf(async () => {
      await expect(one.rename('other')).rejects.toThrow(UnsupportedError);
      expect(() => warnings().watch()).toThrow(UnsupportedError);
      await expect(one.acknowledge({ timeout: -1 })).rejects.toThrow(InvalidInputError);
      await expect(one.acknowledge({ wait: false } as never)).rejects.toThrow(/unknown option 'wait'/);
    });
    expect(sent).toEqual([]);
    await one.revert().delete();
  });
}
