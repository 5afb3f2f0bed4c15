// What is wrong with a file, in words: the system's own texts name the call that failed and not what to do.

/** Undefined for an error that does not come from the file system, or that is nobody's mistake. */
export function fileProblem(error: unknown, path: string): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return `there is no file ${path}`;
    case 'EISDIR':
      return `${path} is a folder`;
    case 'ENOTDIR':
      return `a part of the path ${path} is a file`;
    case 'EEXIST':
      return `${path} is in the way`;
    case 'EACCES':
    case 'EPERM':
      return `this user may not use ${path}`;
    case 'EROFS':
      return `${path} lies where nothing can be written`;
    default:
      return undefined;
  }
}
