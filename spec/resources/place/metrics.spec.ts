import { mergedMetrics } from '../../../lib/resources/place/metrics.js';

it('metrics of several members are one text: each family once, each sample of its member', () => {
  const of = (uptime: number, more: string[]) =>
    [
      '# HELP lxd_uptime_seconds The daemon uptime in seconds.',
      '# TYPE lxd_uptime_seconds gauge',
      `lxd_uptime_seconds ${String(uptime)}`,
      '# HELP lxd_cpu_seconds_total The total number of CPU time used in seconds.',
      '# TYPE lxd_cpu_seconds_total counter',
      ...more,
      '# EOF',
      '',
    ].join('\n');
  const texts = new Map([
    ['n1', of(1, ['lxd_cpu_seconds_total{cpu="0",name="a} b"} 0.5', 'odd 7'])],
    ['n"2', of(2, ['lxd_cpu_seconds_total{cpu="0",name="c"} 1e+06 123', 'odd{member="x"} 8'])],
  ]);
  expect(mergedMetrics(texts).split('\n')).toEqual([
    '# HELP lxd_uptime_seconds The daemon uptime in seconds.',
    '# TYPE lxd_uptime_seconds gauge',
    'lxd_uptime_seconds{member="n1"} 1',
    'lxd_uptime_seconds{member="n\\"2"} 2',
    '# HELP lxd_cpu_seconds_total The total number of CPU time used in seconds.',
    '# TYPE lxd_cpu_seconds_total counter',
    'lxd_cpu_seconds_total{cpu="0",name="a} b",member="n1"} 0.5',
    'lxd_cpu_seconds_total{cpu="0",name="c",member="n\\"2"} 1e+06 123',
    'odd{member="n1"} 7',
    'odd{member="x"} 8',
    '# EOF',
    '',
  ]);
  expect(mergedMetrics(new Map())).toBe('# EOF\n');
});
