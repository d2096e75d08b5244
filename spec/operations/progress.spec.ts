import { progressFrom } from '../../lib/operations/progress.js';

describe('progress, in one form', () => {
  it.each([
    [
      'text with a percentage',
      { download_progress: 'rootfs: 45% (12.50MB/s)' },
      { stage: 'download', percent: 45, speed: 12_500_000, text: 'rootfs: 45% (12.50MB/s)' },
    ],
    [
      'text with bytes',
      { create_backup_progress: '123.45MB (10.20MB/s)' },
      { stage: 'create_backup', bytes: 123_450_000, speed: 10_200_000, text: '123.45MB (10.20MB/s)' },
    ],
    [
      'bytes behind a prefix',
      { fs_progress: 'c1: 2.00kB (1.00kB/s)' },
      { stage: 'fs', bytes: 2000, speed: 1000, text: 'c1: 2.00kB (1.00kB/s)' },
    ],
    [
      'the structured form',
      {
        create_instance_from_image_unpack_progress: 'Unpack: 45% (12.50MB/s)',
        progress: {
          stage: 'create_instance_from_image_unpack',
          percent: '45',
          processed: '100',
          speed: '13107200',
        },
      },
      {
        stage: 'create_instance_from_image_unpack',
        percent: 45,
        bytes: 100,
        speed: 13_107_200,
        text: 'Unpack: 45% (12.50MB/s)',
      },
    ],
    [
      "a structured form of a past stage, which is not this one's",
      { fs_progress: '10%', progress: { stage: 'download', percent: '99' } },
      { stage: 'fs', percent: 10, text: '10%' },
    ],
    [
      "LXD 5.21's doubled key",
      { format_progress_progress: '7%' },
      { stage: 'format', percent: 7, text: '7%' },
    ],
    ['a text without numbers', { instance_progress: 'Stopping' }, { stage: 'instance', text: 'Stopping' }],
  ])('%s', (_title, metadata, expected) => {
    expect(progressFrom(metadata)).toEqual(expected);
  });

  it('is of the key that moved, since old ones stay', () => {
    const before = { download_progress: '100%' };
    expect(progressFrom({ ...before, fs_progress: '1%' }, before)).toMatchObject({ stage: 'fs', percent: 1 });
    expect(progressFrom(before, before)).toBeUndefined();
  });

  it('is at the first look of the stage that the structured form names', () => {
    const metadata = {
      create_instance_from_image_unpack_progress: 'Unpack: 45%',
      download_progress: 'rootfs: 100%',
      progress: { stage: 'create_instance_from_image_unpack', percent: '45' },
    };
    const stage = 'create_instance_from_image_unpack';
    expect(progressFrom(metadata)).toMatchObject({ stage, percent: 45 });
    const later = { ...metadata, a_progress: 'old', progress: { stage: 'download', percent: '99' } };
    expect(progressFrom(later)).toMatchObject({ stage: 'download', percent: 99 });
  });

  it.each([
    ['percent as a number', { fs_progress: 'x', progress: { stage: 'fs', percent: 7 } }, { percent: 7 }],
    ['an empty percent', { fs_progress: 'x', progress: { stage: 'fs', percent: '' } }, {}],
    ['a percent that is none', { fs_progress: 'x', progress: { stage: 'fs', percent: 'half' } }, {}],
    ['binary units', { fs_progress: '1.50GiB (2.00MiB/s)' }, { bytes: 1.5 * 2 ** 30, speed: 2 ** 21 }],
    ['an unknown unit', { fs_progress: '1.50XB (2.00XB/s)' }, {}],
    ['a structured form that is no object', { fs_progress: '3%', progress: 'x' }, { percent: 3 }],
    ['only a structured form', { progress: { stage: 'fs', percent: '1' } }, undefined],
  ])('%s', (_title, metadata, expected) => {
    const progress = progressFrom(metadata);
    if (expected === undefined) {
      expect(progress).toBeUndefined();
      return;
    }
    const { stage, text, ...numbers } = progress!;
    expect([stage, text]).toEqual(['fs', metadata.fs_progress]);
    expect(numbers).toEqual(expected);
  });

  it.each([undefined, null, 'text', {}, { fs_progress: 7 }])('is not there in %p', (metadata) => {
    expect(progressFrom(metadata)).toBeUndefined();
  });
});
