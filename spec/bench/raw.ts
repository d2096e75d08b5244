import http from 'node:http';

/** What everything is compared with: `node:http` on a kept-alive socket, `Buffer.concat`, `JSON.parse`. */
export function rawGet(socketPath: string): { get: (path: string) => Promise<unknown>; close: () => void } {
  const agent = new http.Agent({ keepAlive: true });
  const get = async (path: string) =>
    new Promise((resolve, reject) => {
      const request = http.request({ socketPath, path, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve((JSON.parse(Buffer.concat(chunks).toString()) as { metadata: unknown }).metadata);
        });
      });
      request.on('error', reject);
      request.end();
    });
  return {
    get,
    close: () => {
      agent.destroy();
    },
  };
}
