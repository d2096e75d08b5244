import type { Connection } from '../rest/connection.js';

/** How long, in ms, a read may have gone on to be asked again for sure when the link is suspected. */
const justBegun = 3_500;

/** The link has died in silence. A read that has only just begun over it is asked again a little later than the others. */
export function suspectLink(connection: Connection): void {
  connection.suspect();
  setTimeout(() => {
    connection.suspect();
  }, justBegun).unref();
}
