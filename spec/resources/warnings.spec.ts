import { UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { describeSubjects, sent } from './support.js';
import { tellOfWarnings } from './warning-stories.js';

describeSubjects('warnings', (subject, server) => {
  tellOfWarnings(subject, async (message, project = '') =>
    Promise.resolve(server().addWarning({ type: 'Instance type not operational', message, project })),
  );
});

it('are refused by servers without them', async () => {
  const extensions = (own: readonly string[]) => own.filter((name) => name !== 'warnings');
  await using server = await FakeServer.start({ extensions });
  const { warnings } = server.client();
  for (const promise of [warnings.all(), warnings.ref('x').acknowledge(), warnings.ref('x').delete()])
    await expect(promise).rejects.toThrow(UnsupportedError);
  expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
});
