// The part of the executor's program that makes processes, in Perl.
//
// A spare is a process made ahead: forked, with its session and its pipes, it waits to be told what to become.
//
// 1. If the executor is killed, its output ends for the node only when every process that it has made is a command, or gone: each
//    holds a copy until exec itself closes it. A moment later each has its own mark, and a sweep finds them all.
// 2. A spare knows nothing of any command. It becomes one by one write, which is whole or not at all, and ends without
//    doing anything when the other end of that pipe is gone: only the executor has it, and the spares that are younger.
//    So when the executor ends, however it ends, the youngest goes, then the one before it, until the last.
// 3. A spare also has copies of our ends of the pipes of commands that ran when it was made. It lasts for seconds at most
//    (executor.ts): a child in the background learns by so much later that nobody reads what it writes.

/** Most bytes of a command that a spare can be told, with all that is written with it: a pipe takes 4,096 as one. */
export const maxSpareBytes = 4_000;

/** Uses the state and the frames of the program that it stands in. */
export const executorStart = String.raw`
my ($wanted, @spares) = (0); # how many spares there should be; those there are, the oldest first
my %why;                     # number -> why it could not begin
open(my $null, '+<', '/dev/null') or exit 1;
# For all that are made here, and for no command: exec closes them.
pipe(my $why_r, my $why_w) or exit 1;
open(my $until_exec, '>&', \*STDOUT) or exit 1;

# A process that becomes what the order says, or, without one, a spare. Nothing, and errno, if there can be none.
sub make {
  my ($order) = @_;
  my ($out_r, $out_w, $err_r, $err_w, $go_r, $go_w);
  pipe($out_r, $out_w) && pipe($err_r, $err_w) && (defined $order || pipe($go_r, $go_w)) or return;
  my $pid = fork;
  return if !defined $pid;
  return { pid => $pid, O => $out_r, E => $err_r, go => $go_w } if $pid;
  POSIX::setsid();
  POSIX::dup2(fileno $null, 0);
  POSIX::dup2(fileno $out_w, 1);
  POSIX::dup2(fileno $err_w, 2);
  if (!defined $order) {
    # Or it would wait for itself (2).
    close $go_w;
    # Once in vain, a program without a name: pages and symbols that it needs are then at hand when it counts.
    become(pack('N', 0) . ".\0\0");
    my $count;
    do { $count = sysread($go_r, $order, 4096) } while !defined $count && interrupted();
    POSIX::_exit(0) if !$count;
  }
  syswrite($why_w, become($order));
  POSIX::_exit(127);
}

# Comes back only if it cannot be done, and says why.
sub become {
  my ($order) = @_;
  my ($id, $folder, $key, @args) = (unpack('N', $order), split(/\0/, substr($order, 4), -1));
  $ENV{STEWARD_RUN} = $key;
  my $step = 'C';
  if (chdir $folder) {
    $step = 'E';
    no warnings;
    exec { $args[0] } @args;
  }
  return pack('NaN', $id, $step, $! + 0);
}

sub begun {
  my ($id, $run) = @_;
  $runs{$id} = $run;
  $pids{$run->{pid}} = $id;
  push @fresh, $id;
}

sub start {
  my ($id, $payload) = @_;
  my $run = make(pack('N', $id) . $payload) or return send_frame('F', $id, 'E' . ($! + 0));
  begun($id, $run);
}

sub start_spare {
  my ($id, $payload) = @_;
  $wanted-- if $wanted > 0;
  my $run = shift @spares or return start($id, $payload);
  if (length $payload <= ${maxSpareBytes} && syswrite($run->{go}, pack('N', $id) . $payload)) {
    delete $run->{go};
    return begun($id, $run);
  }
  kill('KILL', $run->{pid});
  start($id, $payload);
}

sub drop_spare {
  $wanted-- if $wanted > 0;
  kill('KILL', (pop @spares)->{pid}) if @spares > $wanted;
}

# What a command that could not begin has said of it, before it ended.
sub why_not {
  my ($id) = @_;
  while (1) {
    my $ready = '';
    vec($ready, fileno $why_r, 1) = 1;
    last if select($ready, undef, undef, 0) <= 0;
    sysread($why_r, my $bytes, 9 * 400) or last;
    my @all = unpack('(NaN)*', $bytes);
    while (my ($of, $step, $errno) = splice(@all, 0, 3)) { $why{$of} = $step . $errno if $runs{$of} }
  }
  return $why{$id};
}
`;
