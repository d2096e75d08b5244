import { cannedInstance, cannedServer } from './canned.js';

// A process of its own, as a real server is: its work must not count as ours.
const server = await cannedServer(
  Array.from({ length: Number(process.argv[2]) }, (_, index) => cannedInstance(index)),
);
process.send?.(server.socketPath);
process.on('disconnect', () => {
  server.close();
});
