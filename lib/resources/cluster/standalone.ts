/** What belongs to a cluster where the server is in none. */
export const ofClusters = {
  says: /\bserver is not clustered\b/i,
  remedy: 'client.cluster.bootstrap(name) makes it the first member of one',
};
