import { MissingPackageError } from '../../errors/index.js';

type Library = typeof import('oauth4webapi');

let loaded: Promise<Library> | undefined;

/** Bundlers leave an import that is caught as it is, so that who has not installed the package can bundle ours. */
function imported(): Promise<Library> {
  return import('oauth4webapi').catch((error: unknown) => Promise.reject(error as Error));
}

/** The library that speaks OAuth, which only who logs in by OIDC has installed. @throws MissingPackageError */
export async function library(load: () => Promise<Library> = imported): Promise<Library> {
  try {
    return await (loaded ??= load());
  } catch (error) {
    loaded = undefined;
    // The one is import()'s, the other that of require(), which CommonJS bundles have.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'To log in by OIDC takes the package oauth4webapi, which is not installed: npm install oauth4webapi',
      'oauth4webapi',
    );
  }
}
