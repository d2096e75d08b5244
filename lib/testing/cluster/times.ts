/** How long things take in the fake's clusters, in milliseconds of its clock: much less than in real ones. */
export interface ClusterTimes {
  /** From the death of a member until the list of members says `Offline`; in real ones 13 to 20 s. 200 by default. */
  offlineAfter: number;
  /** How long a request waits for who died before it fails, or for a new leader before it succeeds; really 4 to 30 s. 50 by default. */
  hang: number;
}

/** What they are where nobody says otherwise. */
export const defaultTimes: ClusterTimes = { offlineAfter: 200, hang: 50 };
