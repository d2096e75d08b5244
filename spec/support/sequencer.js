import sequencer from '@jest/test-sequencer';

// esbuild-register, which loads the configuration, unwraps it.
const Sequencer = sequencer.default ?? sequencer;

/** Those that take longest: first, so that none is left alone at the end. */
const long = [
  'real/(races?|storage-(moves|migration)|migration|volume-data|copies|exec-streams|exec|files|examples|cluster)',
  'testing/(parity-(kinds|image-exchange|images)|clients-parity)',
  'hostile/hostile',
  'package/tarball',
  'examples/examples',
  'every/every',
  'exec/offsets',
].map((path) => new RegExp(`/spec/(.*/)?${path}\\.spec\\.ts$`));

/** Those of real servers, for which they mostly wait. */
const waiting = /\/spec\/real\/|parity[^/]*\.spec\.ts$/;

/** Where a file comes among those of its sort. */
const rank = ({ path }) => Number(!long.some((one) => one.test(path)));

/**
 * The rest folder by folder, not by the times of the last run as jest does: like beside like needs a tenth less time, and
 * every run is like the first. Those that wait are spread among those that compute.
 */
export default class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = [...tests].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
    const sorts = [true, false].map((is) => sorted.filter(({ path }) => waiting.test(path) === is));
    return sorts
      .flatMap((all) => all.map((test, index) => ({ test, place: index / all.length })))
      .sort((a, b) => a.place - b.place)
      .map(({ test }) => test);
  }
}
