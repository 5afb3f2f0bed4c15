// Tells of files in the startup folder that are not read: for want of room, or because of their names.
import type { Report } from '../../model/error-report.ts';
import { maxFiles, type StartupFolder } from './startup-folder.ts';

/** Files that one report names. */
const mostNamed = 5;

/** Answers how many there are beyond those that are read. */
export function tellUnread(folder: StartupFolder, report: Report): number {
  const beyond = folder.beyond();
  if (beyond > 0)
    report('startup-failed', `more than ${maxFiles} startup messages: ${beyond} are not read`, {
      hint: 'take some out of the folder, or write several commands into one',
    });
  const others = folder.others();
  const more = others.length > mostNamed ? ` and ${others.length - mostNamed} more` : '';
  if (others.length > 0)
    report('startup-failed', `not read in the startup folder: ${others.slice(0, mostNamed).join(', ')}${more}`, {
      hint: 'the name of a startup message ends in .json, .yaml or .yml; one that begins with a dot is left alone',
    });
  return beyond;
}
