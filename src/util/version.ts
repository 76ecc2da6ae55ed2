/** Replaced by the build; absent when sources run as they are (tests). */
declare const SONDE_VERSION: string | undefined;

/** Sonde's version, as in package.json. */
export const VERSION: string = typeof SONDE_VERSION === 'string' ? SONDE_VERSION : '0.0.0-source';
