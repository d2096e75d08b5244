import { Client, InvalidInputError } from 'tslxd';

describe('a server that was to be named, and is not, is never the local one', () => {
  it.each(['token', 'endpoint', 'socketPath'])('%s: undefined', async (name) => {
    const error = await Client.connect({ [name]: undefined }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ message: expect.stringContaining(`${name} is undefined`) as string });
    expect(() => new Client({ [name]: undefined })).toThrow(InvalidInputError);
  });

  it('a text that is undefined', async () => {
    const connect = Client.connect.bind(Client) as (...given: unknown[]) => Promise<Client>;
    await expect(connect(undefined, { project: 'x' })).rejects.toThrow('the text is undefined');
  });

  it('but where another option names it, it may be', async () => {
    await new Client({ endpoint: 'https://127.0.0.1:9', socketPath: undefined }).close();
    await new Client({ endpoint: undefined, socketPath: '/x' }).close();
  });
});
