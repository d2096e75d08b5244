import { dict, type StringMap } from '../../state/maps.js';
import type { State } from '../../state/state.js';

/** What a server says of itself that is not the same for all. */
class Settings {
  config: StringMap = dict();
  /** How it is reached over the network, as `environment` says it. */
  network: Readonly<Record<string, unknown>> = {};
}

/** Those of a server. */
export function settingsOf(state: State): Settings {
  return state.part(Settings);
}
