// As whom a command runs that is to run as somebody else.
//
// `setpriv` of util-linux does it: it takes the person's groups on, too, which Node's own spawn does not, and becomes the command.
// The person is looked up where all programs look (`getent`), so that people of LDAP are found.
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { describeError } from '../../model/error.ts';

export interface PersonProblem {
  readonly problem: string;
  /** The same may work a moment later. */
  readonly passing?: true;
}

export interface Person {
  /** What stands before the command. */
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const lookWithinMs = 5_000;

/** A name or a number of this machine. */
export async function personOf(user: string): Promise<Person | PersonProblem> {
  const found = isAskable(user) ? await ask('getent', ['passwd', user]) : undefined;
  if (typeof found === 'object') return { ...found, passing: true };
  const [name = '', , uid = '', gid = '', , home = '', shell = ''] = found?.trim().split(':') ?? [];
  if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid))
    return { problem: `there is no user ${JSON.stringify(user)} on this node` };
  const env = { HOME: home, USER: name, LOGNAME: name, SHELL: shell === '' ? '/bin/sh' : shell };
  const self = userInfo();
  if (Number(uid) === self.uid) return { prefix: [], env };
  if (self.uid !== 0)
    return { problem: `this node runs as ${self.username}, and only root may run commands as ${name}` };
  if ((await ask('setpriv', ['--version'])) === undefined)
    return { problem: 'setpriv, which runs a command as another user, is not on this node (package util-linux)' };
  return { prefix: ['setpriv', '--reuid', uid, '--regid', gid, '--init-groups', '--'], env };
}

/** What begins with a dash would be an option of `getent`, and a zero byte stands in no argument: neither is a person. */
function isAskable(user: string): boolean {
  return !user.startsWith('-') && !user.includes('\0');
}

function ask(program: string, args: readonly string[]): Promise<string | undefined | { readonly problem: string }> {
  return new Promise((resolve) => {
    try {
      execFile(program, args, { timeout: lookWithinMs }, (error, stdout) => {
        if (error === null) return resolve(stdout);
        // It has answered that there is none, or is not there; anything else says nothing of the user.
        resolve(typeof error.code === 'number' || error.code === 'ENOENT' ? undefined : { problem: error.message });
      });
    } catch (error) {
      resolve({ problem: describeError(error) });
    }
  });
}
