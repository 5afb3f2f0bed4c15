// What is said of each method: for docs/methods.md, the schema for editors and the tests that run the examples. No node loads it.
import type { MethodName } from '../model/method-name.ts';

export interface MethodDocs {
  /** One sentence. */
  readonly summary: string;
  /** What `methodArgs` are; empty: none are read. */
  readonly args: string;
  /** What it does, what the answer holds, what can go wrong. Markdown without links. */
  readonly docs: string;
  /** How long it may take, where neither `methodTimeout` says it nor it is over at once. */
  readonly time?: string;
  /** A message; absent where none is taken from people. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** How the example ends, where all is as it should be. */
  readonly ends?: string;
}

export const methodDocs: Readonly<Record<MethodName, MethodDocs>> = {
  cliCommand: {
    summary: 'Runs a program.',
    args: 'PROGRAM [ARGUMENT…]',
    docs: `There is no shell between: pipes and variables need one, as in the example, or \`useDetectedShell\`. \`data\` is its standard input.
The answer holds both outputs apart, exit code or signal, and duration. The command ends when its first process ends; what it left in the background goes on.
An exit code other than 0, a signal, or more output than the node's \`OutputLimit\` (16 MiB unless set) is \`failed\`, and what was written until then is kept; with \`largeOutput\` there is no such bound. After \`methodTimeout\` everything that it started is killed: \`timedOut\`.
Where its node dies in mid-run it does not run again, and ends as \`unknown\`, unless the message says \`rerun: always\`.`,
    example: {
      toNode: 'ship1',
      method: 'cliCommand',
      methodArgs: ['bash', '-c', 'df -h / | tail -n 1'],
      directory: 'answers',
      fileName: 'disk.txt',
    },
    ends: 'It ends as `succeeded`, and the line is added to `data/answers/ship1/disk.txt` where the message was sent.',
  },
  cliCommandCont: {
    summary: 'Runs a program, and brings its output while it runs.',
    args: 'PROGRAM [ARGUMENT…]',
    docs: `As \`cliCommand\`, for a command that takes long or writes much: each part of its output is treated by \`replyMethod\` as soon as it has come, in order and of any size, and the end comes last. With \`none\` it is kept for \`steward output --follow\`. Give \`methodTimeout\`, or -1 for a command that does not end.
The answer holds exit code or signal, duration, and how much was brought before. Nothing is dropped: where the receiver takes nothing the command waits.
It fails as \`cliCommand\` does, but for the size of its output. Where its node dies in mid-run, what was sent before arrives, and the end is \`unknown\`.`,
    example: {
      toNode: 'ship1',
      method: 'cliCommandCont',
      methodArgs: ['bash', '-c', 'for i in 1 2 3; do echo $i; sleep 0.2; done'],
      methodTimeout: '5m',
      directory: 'answers',
      fileName: 'steps.txt',
    },
    ends: 'It ends as `succeeded`, and the three lines are added to `data/answers/ship1/steps.txt` where the message was sent, one after the other.',
  },
  tailFile: {
    summary: 'Brings what is added to a file, as it is added.',
    args: 'PATH [from=start|end|BYTE]',
    docs: `As \`tail -F\`: from the end of the file, unless told otherwise, through truncation and rotation (\`PATH.1\`, \`PATH-20260101\`, in the folder of the file), as long as \`methodTimeout\` says; -1: until it is cancelled. A path that is not absolute counts from the work folder of the node.
What comes is treated by \`replyMethod\` part by part, in order; with \`none\` it is kept for \`steward output --follow\`. It goes on where it was, without gap or repeat, when either node was away, killed or stopped; what was rotated away and packed or removed meanwhile is told on standard error. Such messages do not wait for each other.
A file that is not there when it begins, or cannot be read, is \`failed\`; the end of its time is \`succeeded\`.`,
    example: {
      toNode: 'ship1',
      method: 'tailFile',
      methodArgs: ['/etc/hostname', 'from=start'],
      methodTimeout: 1,
      directory: 'logs',
      fileName: 'hostname.txt',
    },
    ends: 'It ends as `succeeded` after a second, and the content is in `data/logs/ship1/hostname.txt` where the message was sent.',
  },
  syslog: {
    summary: 'Brings what the journal of its node gets, or what programs there send to a socket.',
    args: 'journal [from=start|end] [format=text|json] [unit=NAME…] [identifier=NAME…] [priority=NAME] | unix:PATH | udp:[ADDRESS:]PORT',
    docs: `\`journal\` follows the journal of systemd (the node needs \`journalctl\`, and to be allowed to read it): from its end, unless told otherwise, an entry a line, or with \`format=json\` as journalctl writes it, chosen as \`journalctl\` does. It goes on behind the last entry, without gap or repeat, when either node was away, killed or stopped; an entry of more than 1 MiB is left out, which is told on standard error.
\`unix:PATH\` and \`udp:PORT\` (of the loopback) listen as \`/dev/log\` is listened to (the node needs \`perl\`): a line for each send, as it came, line ends within as \`#012\`, at most 64 KiB. A path that is not absolute counts from the work folder of the node. What is sent while the node is down is lost. Who sends never waits: where more comes than can be sent on, 64 MiB wait on disk and 1 MiB in memory, and what comes beyond is dropped and counted on standard error.
What comes is treated by \`replyMethod\` part by part, in order, as long as \`methodTimeout\` says; -1: until it is cancelled. With \`none\` it is kept for \`steward output --follow\`. Such messages do not wait for each other. A journal that cannot be read, or an address that is taken, is \`failed\`; the end of its time is \`succeeded\`.`,
    example: {
      toNode: 'ship1',
      method: 'syslog',
      methodArgs: ['udp:5514'],
      methodTimeout: 3,
      directory: 'logs',
      fileName: 'syslog.log',
    },
    ends: 'It ends as `succeeded` after three seconds, and what was sent to the port meanwhile is in `data/logs/ship1/syslog.log` where the message was sent.',
  },
  copySrc: {
    summary: 'Copies files, folders and links to another node.',
    args: 'PATH NODE TARGET [chunk=BYTES] [time=SECONDS] [mode=OCTAL] [via=NODE,…] [tell=SECONDS]',
    docs: `PATH is a file, a folder, or a pattern (\`*.log\`, \`**\`, \`{a,b}\`) of the node that runs it; what a pattern matches keeps its path from the folder where the pattern begins; one with more than three \`*\` in a name, or what else takes long to match, is refused. TARGET is the path at NODE; with \`/\` at its end, or where one file comes to a folder that is there, it is the folder that the copy goes into. Paths that are not absolute count from the work folder of their node. \`steward cp\` writes such messages.
Mode and time of files are kept, owners by name where both nodes run as root; links are copied as links. A file takes its name when all of it is there and its SHA-256 is right: until then it lies beside as \`.NAME.….steward-part\`. What the target has already is not sent again, and a copy that was interrupted, however that came, goes on where it was, also as a new message. Room is looked for before anything is sent. A log that is only added to meanwhile is copied up to where it ended; what changes otherwise is begun anew, three times at most.
It needs as much time as it needs, unless \`time\` or \`methodTimeout\` bounds it. \`chunk\` bounds the pieces, which grow from 32 to 128 KiB as the link allows; \`mode\` is that of folders that TARGET lacks, \`via\` names the nodes that carry it from the one that has the files. With \`tell\` its output has a line of JSON every so often that says how far it is. The end of its output says what was copied, standard error what was not; then it is \`failed\`.`,
    example: {
      toNode: 'ship1',
      method: 'copySrc',
      methodArgs: ['/etc/hostname', 'central', 'from-ship1/hostname', 'mode=755'],
      replyMethod: 'none',
    },
    ends: 'It ends as `succeeded`, and the file is `from-ship1/hostname` in the work folder of `central`.',
  },
  copyDst: {
    summary: 'Takes files of a copy.',
    args: 'look|write',
    docs: `Nodes send it to each other while they copy (\`copySrc\`); people do not. What is kept of it goes as soon as it has ended.`,
  },
  httpGet: {
    summary: 'Asks a web server that its node can reach.',
    args: 'URL [include] [header=NAME: VALUE…] [redirects=N] [limit=BYTES]',
    docs: `\`include\` puts status line and headers before the body, as \`curl -i\` does; \`redirects\` is from 0 to 20, and 5 unless given; \`limit\` bounds the body, unpacked.
The answer holds the body, unpacked from gzip, deflate or br. Any status but 2xx is \`failed\`, with the body; so is a server that cannot be reached, and a body that is too large, of which what came before is kept.
Redirects go to http and https only; credentials of the URL and headers go to the origin that they were given for. TLS trusts what Node trusts, and no proxy is used.`,
    example: {
      toNode: 'ship1',
      method: 'httpGet',
      methodArgs: ['http://127.0.0.1:9000/metrics', 'include', 'header=Accept: text/plain'],
      methodTimeout: 30,
      replyMethod: 'file',
      directory: 'metrics',
      fileName: 'web.txt',
    },
    ends: 'It ends as `succeeded`, and status line, headers and body take the place of `data/metrics/ship1/web.txt` where the message was sent.',
  },
  httpPost: {
    summary: 'Tells a web server that its node can reach.',
    args: 'URL [event=binary|structured] [type=TEXT] [header=NAME: VALUE…]',
    docs: `It posts \`data\` as JSON: JSON as it is, other text as a text, other bytes as \`{"base64"}\`. As a \`replyMethod\` it posts how the request ended, whatever that is: \`{"id", "node", "method", "outcome", "stdout", "stderr"}\`. \`event\` puts that into an event of CloudEvents 1.0, in headers or around it; \`type\` is that of the event.
2xx is \`succeeded\`, and the answer holds what the server said; anything else is \`failed\`. Redirects are not followed. A request is tried again as \`methodRetries\` says; an answer within \`replyMethodTimeout\`, where the server does not answer, or with 408, 425, 429 or 5xx.
An answer that the server did not take in that time is told as an error (\`reply-failed\`), counted by \`steward status\`, and not posted again by itself. \`steward output ID\` still has it; \`steward resend ID\` runs the request again, and posts the answer of that. So where the server may be away for longer than 10 seconds, say \`replyMethodTimeout: -1\`: the answer is then tried until it is taken, also by the node's next life, and answers behind it in its lane wait. Where another node posts it (\`replyTo\`), that is a message of its own: \`steward status ID\` shows its id, and \`steward resend\` with that posts the answer again.
A node that dies tells it again in its next life, so that it may come twice: always with the same \`Idempotency-Key\`, which is the \`id\` of the event, too. That is the id of the message that was sent, \`ID\`; of each run of its schedule, and of each part of an output, \`ID-1\`, \`ID-2\` and so on. \`run\` and \`due\` say which run of a schedule it is, and when that was due: in the event, and in what is posted of an answer.`,
    example: {
      toNode: 'ship1',
      method: 'httpPost',
      methodArgs: ['http://127.0.0.1:9000/hooks', 'event=structured', 'type=com.example.tide'],
      data: '{"metres": 1.2}',
      methodTimeout: 30,
      methodRetries: 3,
      replyMethod: 'console',
    },
    ends: 'It ends as `succeeded`, and what the server answers is printed by the node where the message was sent.',
  },
  own: {
    summary: 'Runs a program of its node that its owner made a method.',
    args: 'NAME [ARGUMENT…]',
    docs: `NAME is that of a file in the folder of methods of the node (\`MethodsFolder\`), or of a module in its \`MethodModules\`, without its ending; \`"method": "own.NAME"\` is the same. The program gets the arguments, and \`data\` as its standard input; it runs as a command does, with the same bounds, within the time and memory that its owner gives it; without \`methodTimeout\` that time counts, and not the default of the sender. What it writes to the file that STEWARD_RESULT names, as JSON, is the standard output of the answer.
It fails as \`cliCommand\` does, and where there is no such program, its owner's description is broken, or the arguments are not those that it describes. Where the node has told of its methods (\`steward methods NODE\`), these are checked before anything is sent.`,
    example: {
      toNode: 'ship1',
      method: 'own',
      methodArgs: ['greet', 'harbour'],
      replyMethod: 'console',
    },
    ends: 'It ends as `succeeded`, and what the program prints is printed by the node where the message was sent.',
  },
  ping: {
    summary: 'Is answered with `pong`.',
    args: '',
    docs: `It shows that messages reach a node, and come back. The answer is the line \`pong\`; with \`replyMethod: pong\` a line with time and node is added to a file, as in the original. Where the node is away it waits for it, as all messages do, until it expires.`,
    example: { toNode: 'ship1', method: 'ping', expires: '1h', replyMethod: 'console' },
    ends: 'It ends as `succeeded`, and `pong` is printed by the node where the message was sent.',
  },
  pong: {
    summary: 'Leaves a line that says whose answer has come.',
    args: '',
    docs: `As a \`replyMethod\` of \`ping\`, as the original had it: the line \`<time>, pong received from <node>\` is added to \`<data folder>/<directory>/<node>/<fileName>\` where the message was sent, exactly once. Without \`fileName\` that is \`ping.log\`. Of other methods it says the same, and drops their output.
There is no answer. It fails as \`fileAppend\` does.`,
    example: { toNode: 'ship1', method: 'pong', directory: 'pings', fileName: 'pings.log' },
    ends: 'It ends as `succeeded`, and the line is at the end of `data/pings/central/pings.log` on `ship1`, if `central` sent it.',
  },
  hello: {
    summary:
      'Leaves a line at its node that says who has sent it, and is answered with what that node knows of itself.',
    args: '',
    docs: `The line \`<time>, Received hello from "<node>"\` is added to \`hello-messages/<node>/hello.log\` below the data folder of the node. \`directory\` and \`fileName\` are those of the answer.
The answer holds the facts of the node as one line of JSON: system, versions, addresses, memory, disk, uptime, and those of its owner; \`steward facts NODE\` shows them. A fact that cannot be found out is told among its \`problems\`. It fails where the file cannot be written.
The hello by which nodes know of each other is another thing: they say it by themselves, and it brings no facts.`,
    time: 'some milliseconds, and at most 5 seconds where own facts come from programs, whatever `methodTimeout` says',
    example: { toNode: 'ship1', method: 'hello', replyMethod: 'file', directory: 'facts', fileName: 'facts.json' },
    ends: 'It ends as `succeeded`, the line is in `data/hello-messages/central/hello.log` on `ship1`, if `central` sent it, and the facts of `ship1` take the place of `data/facts/ship1/facts.json` there.',
  },
  opCancel: {
    summary: 'Ends messages of its sender that its node has.',
    args: '[waiting] ID…',
    docs: `Nodes send it for \`steward cancel\` and \`steward queue clear\`, which also end what is still on its way: take those. With \`waiting\` before the ids, what runs goes on.
The answer holds a line for each id: \`has not started, and is cancelled\`, \`runs, and is being ended\`, \`is too far\` (a file that is being written), or \`is not waiting here\`. None of these is a failure. Messages of other senders are not touched.`,
    example: { toNode: 'ship1', method: 'opCancel', methodArgs: ['01m81s35yg9sy5s75k40'], replyMethod: 'console' },
    ends: 'It ends as `succeeded`, and `01m81s35yg9sy5s75k40 is not waiting here` is printed by the node where the message was sent, if `ship1` has no such message.',
  },
  opQueue: {
    summary: 'Lists what waits in its node to be sent to others, or takes it back.',
    args: '[list | clear | remove] [to=NODE] [lane=LANE] [older=MILLISECONDS] [ID…]',
    docs: `It is what \`steward queue --at\` sends. Without a word, or with \`list\`, the answer holds lanes and messages as JSON, of the messages the first 200; \`clear\` takes back all that fits, \`remove\` those with the ids, and the answer holds how many were cancelled, and of how many their nodes were asked.
A word that it does not know, or \`remove\` without an id, is \`failed\`.`,
    example: {
      toNode: 'ship1',
      method: 'opQueue',
      methodArgs: ['list', 'to=ship2'],
      replyMethod: 'file',
      directory: 'queues',
      fileName: 'queue.json',
    },
    ends: 'It ends as `succeeded`, and the JSON is in `data/queues/ship1/queue.json` where the message was sent.',
  },
  opMethods: {
    summary: 'Lists the methods of its node, and tries one of its own.',
    args: '[list | test NAME | forget NODE]',
    docs: `It is what \`steward methods\` sends. The answer holds the names of the built-in methods, and the node's own ones with what their owners say of them, or why they cannot be run, as JSON. \`test\` runs the example of an own method, for 20 seconds at most, and tells how it ended. \`forget\` forgets what another node told this one of its methods.`,
    example: { toNode: 'ship1', method: 'opMethods', replyMethod: 'file', directory: 'methods', fileName: 'all.json' },
    ends: 'It ends as `succeeded`, and the JSON is in `data/methods/ship1/all.json` where the message was sent.',
  },
  opStartup: {
    summary: 'Lists, writes or removes the startup messages of its node.',
    args: '[list | add NAME [now] | remove NAME]',
    docs: `It is what \`steward startup --at\` sends. Without a word, or with \`list\`, the answer holds them as JSON, with the message that each was given as and how that fared. \`add\` writes the message file in \`data\` under the name, for the next start; with \`now\` it is given at once, too. \`remove\` takes it away, and ends what runs of it without limit.
A message that is wrong, a name that is taken, and one that is not there are \`failed\`, and nothing is written.`,
    example: {
      toNode: 'ship1',
      method: 'opStartup',
      methodArgs: ['add', 'disk'],
      data: '{"toNode": "local", "method": "cliCommand", "methodArgs": ["df", "-h"], "fileName": "disk.txt"}',
      replyMethod: 'console',
    },
    ends: 'It ends as `succeeded`, the file `disk.json` is in the startup folder of `ship1`, and `{"done":"added disk"}` is printed by the node where the message was sent.',
  },
  opSchedule: {
    summary: 'Lists the schedules of its node, pauses, resumes or cancels them.',
    args: '[list | pause | resume | cancel] [ID…]',
    docs: `It is what \`steward schedule --at\` sends; the ids are those of the messages with the schedules. The answer holds the schedules that are meant as JSON, the first 200, with the next run, the last one and how it ended, and how many were made, missed and skipped.
A word that it does not know, an id of which nothing goes there, or none where one is needed, is \`failed\`, and changes nothing.`,
    example: { toNode: 'ship1', method: 'opSchedule', methodArgs: ['list'], replyMethod: 'console' },
    ends: 'It ends as `succeeded`, and `{"schedules":[],"more":false}` is printed by the node where the message was sent, if none goes on `ship1`.',
  },
  opProcessList: {
    summary: 'Lists the processes of its node.',
    args: '[json]',
    docs: `It is what \`steward ps NODE\` sends. The answer holds a line for each publisher, subscriber and run that has something to do, has failed or is stopped, which begins with its subject: state, restarts, what waits, and the last error; of a node that rests it is empty. With \`json\` it holds the same as JSON.`,
    example: { toNode: 'ship1', method: 'opProcessList', replyMethod: 'console' },
    ends: 'It ends as `succeeded`, and the lines, where `ship1` does something, are printed by the node where the message was sent.',
  },
  opProcessStart: {
    summary: 'Starts a process of its node again.',
    args: 'subscriber METHOD [from NODE[,NODE…]] | publisher NODE LANE | subscriber NODE LANE',
    docs: `The first form is for all lanes of a method: with \`from\` the node takes it from these senders only, and rejects it from others; the node remembers that over a restart. The other forms are for one process as \`opProcessList\` names it.
The answer says what is started; what runs already is left as it is. A process that is not there is \`failed\`.`,
    example: {
      toNode: 'ship1',
      method: 'opProcessStart',
      methodArgs: ['subscriber', 'httpGet'],
      replyMethod: 'console',
    },
    ends: 'It ends as `succeeded`, and `subscriber httpGet is started` is printed by the node where the message was sent.',
  },
  opProcessStop: {
    summary: 'Stops a process of its node.',
    args: 'subscriber METHOD | publisher NODE LANE | subscriber NODE LANE',
    docs: `Its lanes keep what they have, and wait until \`opProcessStart\`. What runs goes on to its end.
The answer says what is stopped. A process that is not there is \`failed\`, and so are the methods that begin with \`op\`: they cannot be stopped.`,
    example: {
      toNode: 'ship1',
      method: 'opProcessStop',
      methodArgs: ['subscriber', 'httpGet'],
      replyMethod: 'console',
    },
    ends: 'It ends as `succeeded`, and `subscriber httpGet is stopped` is printed by the node where the message was sent.',
  },
  console: {
    summary: 'Prints on the terminal of its node.',
    args: '[stderr]',
    docs: `\`data\` goes to the standard output of the node, or with \`stderr\` to its standard error. As a \`replyMethod\` it prints what a command wrote, each output to its own.
There is no answer. A terminal that takes nothing within \`methodTimeout\` is \`timedOut\`.`,
    example: { toNode: 'ship1', method: 'console', data: 'the pilot comes at six\n' },
    ends: 'It ends as `succeeded`, and the line is printed by `ship1`.',
  },
  file: {
    summary: 'Writes a file, in place of what is there.',
    args: '',
    docs: `\`data\` becomes the whole content of \`<data folder>/<directory>/<node that sends>/<fileName>\`. Readers see the old file or the new one, never half of it. As a \`replyMethod\` it writes the output, under the name of the node that ran the request.
There is no answer. A folder that cannot be made, a full disk, or a path that leads out of the data folder is \`failed\`.`,
    example: {
      toNode: 'ship1',
      method: 'file',
      data: ['first line\n', 'second line\n'],
      directory: 'notes',
      fileName: 'today.txt',
    },
    ends: 'It ends as `succeeded`, and the two lines are all that is in `data/notes/central/today.txt` on `ship1`, if `central` sent it.',
  },
  fileAppend: {
    summary: 'Adds to a file, exactly once.',
    args: '',
    docs: `\`data\` is added to the end of \`<data folder>/<directory>/<node that sends>/<fileName>\`, once, whatever crashes meanwhile. A unix socket in the place of the file is written to. As a \`replyMethod\`, the one that is taken for commands unless another is given, it adds the output, under the name of the node that ran the request.
There is no answer. It fails as \`file\` does.`,
    example: {
      toNode: 'ship1',
      method: 'fileAppend',
      data: { base64: 'YSBsaW5lIG9mIHRleHQK' },
      directory: 'notes',
      fileName: 'log.txt',
    },
    ends: 'It ends as `succeeded`, and the line is at the end of `data/notes/central/log.txt` on `ship1`, if `central` sent it.',
  },
  output: {
    summary: 'Keeps output that comes in parts.',
    args: '',
    docs: `Sent by nodes, not by people: what \`cliCommandCont\` brings for \`replyMethod: none\` is added to \`.steward-output/<node>/<id>\` below the data folder, and standard error to \`….error\` beside it; \`steward output\` shows it.`,
  },
  errorLog: {
    summary: 'Brings errors of a node to central.',
    args: '',
    docs: `Sent by nodes, not by people. A line for each kind of error, with its count, is added to \`errorLog/errorCentral/error.log\` below the data folder of central; \`steward errors\` shows them.`,
  },
  none: {
    summary: 'Keeps the answer for `steward output`, and does nothing with it.',
    args: '',
    docs: `As a \`replyMethod\` only. How the method ended is known, and its output is kept by the node that sent the message as long as the message itself.`,
    example: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uname', '-s'], replyMethod: 'none' },
    ends: 'It ends as `succeeded`, and `steward output ID` prints the line.',
  },
};
