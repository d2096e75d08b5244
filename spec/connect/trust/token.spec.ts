import { inspect } from 'node:util';
import { parseToken, readToken } from '../../../lib/connect/trust/token.js';
import { InvalidInputError } from '../../../lib/errors/index.js';

const secret = 'f00d'.repeat(16);
const whole = {
  client_name: 'laptop',
  fingerprint: 'ab'.repeat(32),
  addresses: ['10.0.0.5:8443', '[fd42::1]:8443'],
  secret,
  expires_at: '0001-01-01T00:00:00Z',
};
const encoded = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64');

describe('the text of a trust token', () => {
  it('names the server, its addresses and what it is for', () => {
    const token = parseToken(`  ${encoded(whole)}\n`, 'x()');
    expect(token).toMatchObject({
      fingerprint: whole.fingerprint,
      addresses: ['https://10.0.0.5:8443', 'https://[fd42::1]:8443'],
      isForIdentity: false,
    });
    expect(token.text()).toBe(encoded(whole));
    expect(parseToken(encoded({ ...whole, type: 'Client certificate (pending)' }), 'x()').isForIdentity).toBe(
      true,
    );
  });

  it('is not shown by what it was read into', () => {
    const token = parseToken(encoded(whole), 'x()');
    const shown = inspect(token, { showHidden: true, depth: Infinity }) + JSON.stringify(token);
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(encoded(whole));
  });

  it('may have no address, or some that are none', () => {
    const addresses = (value: unknown) =>
      parseToken(encoded({ ...whole, addresses: value }), 'x()').addresses;
    expect(addresses(null)).toEqual([]);
    expect(addresses(['10.0.0.5:8443/evil', 7, 'u:p@host:8443', 'host:8443'])).toEqual(['https://host:8443']);
  });

  it.each<[string, unknown]>([
    ['no text', undefined],
    ['an empty one', ' \n'],
    ['a cut off one', encoded(whole).slice(0, -40)],
    [
      'one with a letter of another alphabet in it',
      `${encoded(whole).slice(0, 50)}ß${encoded(whole).slice(50)}`,
    ],
    ['what the command line prints with it', `Client x certificate add token:\n${encoded(whole)}\n`],
    ['one in quotation marks', `"${encoded(whole)}"`],
    ['two at once', `${encoded(whole)}\n${encoded(whole)}`],
    ['one without its secret', encoded({ ...whole, secret: '' })],
    ['one with a secret that is no text', encoded({ ...whole, secret: [secret] })],
    ['one without a fingerprint', encoded({ ...whole, fingerprint: undefined })],
    ['one with half a fingerprint', encoded({ ...whole, fingerprint: 'abcd' })],
    ['one with which a server joins a cluster', encoded({ ...whole, server_name: 'n2' })],
  ])('is refused before it is used: %s', (_, text) => {
    for (const read of [parseToken, readToken]) {
      const error = thrownBy(() => read(text, 'x()'));
      expect(error).toBeInstanceOf(InvalidInputError);
      const shown = inspect(error, { showHidden: true, depth: Infinity });
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain(encoded(whole).slice(0, 30));
    }
  });

  it('is not every text: a password may be anything else', () => {
    expect(readToken('hunter2', 'x()')).toBeUndefined();
    expect(readToken(Buffer.from('[1]').toString('base64'), 'x()')).toBeUndefined();
    expect(thrownBy(() => parseToken('hunter2', 'x()'))).toMatchObject({
      code: 'ERR_LXD_INVALID_INPUT',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
