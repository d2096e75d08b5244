import { MissingPackageError } from '../../errors/index.js';

type Library = typeof import('oauth4webapi');

let loaded: Promise<Library> | undefined;

/** The library that speaks OAuth, which only who logs in by OIDC has installed. @throws MissingPackageError */
export async function library(load: () => Promise<Library> = () => import('oauth4webapi')): Promise<Library> {
  try {
    return await (loaded ??= load());
  } catch (error) {
    loaded = undefined;
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'To log in by OIDC takes the package oauth4webapi, which is not installed: npm install oauth4webapi',
      'oauth4webapi',
    );
  }
}
