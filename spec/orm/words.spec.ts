import { plural, withArticle } from '../../lib/orm/words.js';

test.each([
  ['profile', 'a profile', 'profiles'],
  ['instance', 'an instance', 'instances'],
  ['identity', 'an identity', 'identities'],
  ['image alias', 'an image alias', 'image aliases'],
  ['network ACL', 'a network ACL', 'network ACLs'],
  ['bucket key', 'a bucket key', 'bucket keys'],
])('%s: %s, %s', (kind, one, several) => {
  expect([withArticle(kind), plural(kind)]).toEqual([one, several]);
  expect(withArticle(kind, 'A')).toBe(`A${one.slice(1)}`);
});
