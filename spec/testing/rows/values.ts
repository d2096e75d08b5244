/** Lists of addresses, networks and ranges, most of them wrong. */
export const addresses = [
  'a b',
  '10.0.0.1/33',
  '10.0.0.5-10.0.0.1',
  '10.0.0.5-::1',
  '::1-::5',
  '::1, 1.2.3.4',
];

/** Ports and ranges of them, likewise. */
export const ports = ['80', 'x', '99999', '1-99999999999', '5-1', '0-0', '1-2-3', '-1', '1-'];
