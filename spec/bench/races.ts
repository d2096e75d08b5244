import { Client } from 'tslxd';
import { realServers } from '../real/harness.js';
import { contestedKinds } from '../support/race-kinds.js';
import { racePlain, raceSaves, type Outcome } from '../support/races.js';

// `npx tsx spec/bench/races.ts [part of a title] [rounds]`: twelve clients, twenty keys each.
const [part = '', rounds = '1'] = process.argv.slice(2);
const [writers, keys] = [12, 20];

const told = ({ kept, merged, refused, took }: Outcome) =>
  `${String(kept).padStart(3)} of ${String(writers * keys)}, ${String(merged)} merged, ${String(refused)} refused, ${(took / 1000).toFixed(1)} s`;

for (const server of realServers()) {
  await using client = await Client.connect({ socketPath: server.socketPath });
  const race = { socketPath: server.socketPath, writers, keys };
  for (const { title, make } of contestedKinds) {
    if (!title.includes(part)) continue;
    for (let round = 0; round < Number(rounds); round++) {
      for (const [name, run] of Object.entries({ 'save()': raceSaves, plain: racePlain })) {
        const { remove, ...thing } = await make(client, server.uniqueName('race'), server);
        try {
          console.log(`${server.name}, ${title}, ${name}: ${told(await run(race, thing))}`);
        } catch (error) {
          console.log(`${server.name}, ${title}, ${name}: ${String(error)}`);
        } finally {
          await remove();
        }
      }
    }
  }
}
