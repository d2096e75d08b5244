import { Client, createIdentity, ForbiddenError } from 'tslxd';
import { rejection } from '../resources/support.js';
import { fingerprintOf } from '../support/certificates.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('a refusal over HTTPS', (server) => {
  const admin = useClient(server);
  const known = { endpoint: server.httpsUrl, serverCert: server.serverCert };

  it('says to who is not trusted, or not any more, how to become so', async () => {
    const [identity, guest] = [createIdentity(), createIdentity()];
    const distrust = await server.trustClient(identity.clientCert);
    await using client = await Client.connect({ ...known, ...identity });
    await distrust();
    await using stranger = await Client.connect({ ...known, ...guest });
    await using nobody = await Client.connect(known);
    await using bearer = await Client.connect({ ...known, bearer: 'garbage' });
    for (const one of [client, stranger, nobody]) {
      const { message } = await rejection(one.projects.names(), ForbiddenError);
      expect(message).toMatch(
        /'untrusted'.*Client\.connect\(\{ token \}\) or client\.authenticate\(token\)$/,
      );
    }
    const { message } = await rejection(bearer.projects.names(), ForbiddenError);
    expect(message).toMatch(/'untrusted'.*bearer token is wrong/);
  });

  it('sends who is restricted to their projects', async () => {
    const project = server.uniqueName('project');
    await server.run('POST', '/1.0/projects', { name: project });
    const identity = createIdentity();
    await admin.client.certificates.create({
      name: project,
      certificate: identity.clientCert,
      restricted: true,
      projects: [project],
    });
    try {
      await using client = await Client.connect({ ...known, ...identity });
      const error = await rejection(client.instances.names(), ForbiddenError);
      expect(error.message).toMatch(/restricted to projects, which client\.useProject\(\) chooses/);
      expect(await client.useProject(project).instances.names()).toEqual([]);
    } finally {
      await server.remove(`/1.0/certificates/${fingerprintOf({ cert: identity.clientCert, key: '' })}`);
      await server.remove(`/1.0/projects/${project}`);
    }
  });
});
