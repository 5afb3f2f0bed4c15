// The version of this executable: written in by the build (scripts/build.mjs), absent when run from its sources.

declare const STEWARD_VERSION: string | undefined;

export const version: string = typeof STEWARD_VERSION === 'string' ? STEWARD_VERSION : '0.0.0-source';
