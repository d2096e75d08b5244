import type { State } from '../state/state.js';

/**
 * Resolves when who asks all members has heard of all: a frozen one keeps it waiting for a while, or until it is awake
 * or held to be gone. Nobody asks those who are held to be gone.
 */
export async function awake({ cluster, clock }: State, patience: 'some' | 'all' = 'some'): Promise<void> {
  const isSilent = () =>
    [...(cluster?.members.values() ?? [])].some(
      (member) => member.liveness === 'frozen' && cluster?.isOnline(member),
    );
  if (!cluster || !isSilent()) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      callOff();
      callOffTimer?.();
      resolve();
    };
    const callOffTimer = patience === 'all' ? undefined : clock.after(cluster.times.hang, finish);
    const callOff = cluster.onChange(() => {
      const isFrozen = [...cluster.members.values()].some(({ liveness }) => liveness === 'frozen');
      if (!isFrozen) finish();
    });
  });
}
