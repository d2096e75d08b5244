import { BadRequestError, InvalidInputError } from '../../lib/errors/index.js';
import { fail } from '../rest/test-server.js';
import { begin, gone, operationServer, path, says, succeeded } from './operation-server.js';

describe('cancel()', () => {
  test('of one that has ended sends nothing', async () => {
    const server = await operationServer({ wait: says(succeeded) });
    const operation = await begin(server);
    await operation.wait();
    const { length } = server.lines;
    await operation.cancel();
    expect(server.lines).toHaveLength(length);
  });

  test('of one that ends meanwhile resolves', async () => {
    const server = await operationServer({
      cancel: (response) => fail(response, 400, 'Only running operations can be cancelled'),
      get: says(succeeded),
    });
    const operation = await begin(server);
    await operation.cancel();
    expect(operation.state).toBe('succeeded');
    expect(server.lines.filter((line) => line.endsWith(path))).toContain(`GET ${path}`);
  });

  test('of one that the server has forgotten resolves', async () => {
    const server = await operationServer({ cancel: gone, get: gone });
    await (await begin(server)).cancel();
  });

  test('of one that cannot be cancelled is the refusal, and so is what nobody knows the end of', async () => {
    for (const get of [undefined, (response: Parameters<typeof gone>[0]) => fail(response, 500, 'broken')]) {
      const server = await operationServer({
        cancel: (response) => fail(response, 400, "This operation can't be cancelled"),
        ...(get && { get }),
      });
      await expect((await begin(server)).cancel()).rejects.toThrow(BadRequestError);
    }
  });

  test('refuses what nothing would read', async () => {
    const operation = await begin(await operationServer({}));
    await expect(operation.cancel({ force: true } as object)).rejects.toThrow(InvalidInputError);
    await expect(operation.wait({ intervall: 1 } as object)).rejects.toThrow(InvalidInputError);
    await expect(operation.fetch({ recursion: 1 } as object)).rejects.toThrow(InvalidInputError);
  });
});
