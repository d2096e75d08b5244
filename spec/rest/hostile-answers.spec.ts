import { join } from 'node:path';
import { makeCertificate } from '../support/certificates.js';
import { runChild } from '../support/child.js';
import { answers } from './hostile-answers.js';

interface Outcome {
  /** By answer and call: `ok`, an error's code, or what it should not be. */
  results: Record<string, Record<string, string>>;
  uncaught: string[];
  left: string[];
}

/** Calls for which the head is the answer, or any answer is one. */
const headless = /HEAD|^transport|files\.stat|^(websocket|upgrade|files\.sftpSocket)$|not read$/;

describe.each(['unix', 'https'])('over %s', (how) => {
  let outcome: Outcome;

  beforeAll(async () => {
    const { key, cert } = await makeCertificate({ commonName: 'root@box', altNames: ['box'] });
    const child = join(import.meta.dirname, 'hostile.child.ts');
    const { stdout } = await runChild(child, [how, key, cert], { timeout: 120_000 });
    outcome = JSON.parse(stdout) as Outcome;
  }, 150_000);

  test('nothing is thrown past those who called', () => expect(outcome.uncaught).toEqual([]));

  test('no file is left', () => expect(outcome.left).toEqual([]));

  test.each([
    'a signal that has fired',
    'a signal that fires before the head',
    'a signal that fires in the body',
  ])('%s', (name) => {
    const results = Object.entries(outcome.results[name]!);
    for (const result of results) expect(result).toEqual([result[0], 'ABORT_ERR']);
    expect(results.length).toBeGreaterThan(10);
  });

  test.each(Object.entries(answers))('%s', (name, { mayPass = false }) => {
    for (const [call, result] of Object.entries(outcome.results[name]!)) {
      const plain = call.startsWith('web') && name.startsWith('an error inside'); // knows no envelopes
      const passes = mayPass || plain || headless.test(call);
      const expected = passes ? /^ok$|^(ERR_LXD_|ABORT_ERR)/ : /^(ERR_LXD_|ABORT_ERR)/;
      expect([call, result]).toEqual([call, expect.stringMatching(expected)]);
    }
  });
});
