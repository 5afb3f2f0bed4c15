// Where a message wants to write: `<directory>/<node that ran it>/<file name>`, below the data folder. No I/O.
import { StewardError } from '../../model/error.ts';
import { answeredBy, type Message, type MessageId } from '../../model/message.ts';
import type { NodeName } from '../../model/node-name.ts';

/** Folders and file name below the data folder; at least one. */
export type Segments = readonly string[];

/** No other message writes there: what is in it is removed by age and size. */
export const keptFolder = '.steward-output';

/** Nor here: each file in it is for one message that reads it (input/inputs.ts). */
export const inputFolder = '.steward-input';

/** Where output that came in parts is kept that is for nobody else. */
export function outputSegments(node: NodeName, request: MessageId): Segments {
  return [keptFolder, node, request];
}

/**
 * To find where a path leads takes the system a time that grows with the square of its depth, and to make it one by one with the cube: the 2,000
 * folders that a path may have took minutes, in which others waited for their turn at the disk.
 */
const mostNames = 100;

const helloFolder = 'hello-messages';
const helloFile = 'hello.log';
/** Where the original writes the errors of all nodes. */
const errorLogSegments: Segments = ['errorLog', 'errorCentral', 'error.log'];

/**
 * The target of a `file`, `fileAppend`, `hello` or `errorLog`. An absolute directory is taken as relative to the data folder. The node
 * is the one that ran the request: for a reply its sender, for an answer that is passed on its sender too, and for a request that writes by itself its sender too.
 * Throws `path-refused`.
 */
export function targetSegments(message: Message): Segments {
  if (message.method === 'hello') return [helloFolder, message.from, helloFile];
  if (message.method === 'errorLog') return errorLogSegments;
  if (message.method === 'output') return outputSegments(message.from, message.replyTo?.id ?? message.id);
  const fileName = message.fileName === '' ? defaultFileName(message) : message.fileName;
  const names = split(fileName, 'fileName');
  if (names.length === 0) {
    throw new StewardError('path-refused', `${JSON.stringify(fileName)} names no file`, {
      place: { field: 'fileName' },
    });
  }
  const folders = split(message.directory, 'directory');
  if (folders[0] === keptFolder || folders[0] === inputFolder)
    throw new StewardError('path-refused', `${folders[0]} is the node's own`, { place: { field: 'directory' } });
  if (folders.length + names.length > mostNames)
    throw new StewardError('path-refused', `directory and fileName name ${folders.length + names.length} folders`, {
      hint: `at most ${mostNames}, the file counted`,
    });
  return [...folders, answeredBy(message)?.from ?? message.from, ...names];
}

/** Beside the file, for what the command wrote to standard error. */
export function errorFileOf(path: string): string {
  return `${path}.error`;
}

function defaultFileName(message: Message): string {
  return `${answeredBy(message)?.method ?? message.method}.log`;
}

function split(path: string, field: string): Segments {
  if (path.includes('\0')) {
    throw new StewardError('path-refused', `the ${field} holds a zero byte`, { place: { field } });
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new StewardError('path-refused', `${JSON.stringify(path)} leads out of its folder`, {
      place: { field },
      hint: 'a message writes below the data folder only, and ".." is not allowed',
    });
  }
  return parts;
}
