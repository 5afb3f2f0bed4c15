// The preset dictionary of version 1 of the wire format: text that frames are likely to hold, the likeliest last.
// Both ends must hold the same bytes, so a change of any character is a new version of the format.

const words = [
  '"description":"output too large","node stopped","method timed out","command not found","exit code ',
  '/usr/local/bin/ /usr/bin/ /usr/sbin/ /etc/systemd/system/ /var/log/ /var/lib/ /proc/ /sys/ /home/ /root/ /opt/ /tmp/',
  'systemctl restart status stop start enable disable daemon-reload journalctl -u --no-pager -n apt-get update upgrade install -y ',
  'docker ps exec run logs inspect image pull cat echo grep sed awk head tail find ls -l -la -a -h -f -r -n -e df -h free -m uptime ',
  'uname -a reboot shutdown curl -s http:// https:// rm -rf mkdir -p cp mv chmod chown sleep true false date hostname ip addr show ping -c ',
  '/var/cli/command_result/some-file-name.result .log .txt .conf .json .yaml .service .error commands hello-messages/',
  '["sh","-c","["bash","-c","","-c","',
  '"],"d":"","n":"',
  'REQHelloEventNACKCommandNACK{"l":"console<cliCommand","file<cliCommand","fileAppend<ping","none<ping","ping","hello"',
  '{"f":"central","i":"","b":"","a":[{"l":"cliCommand","e":"","n":"","s":0,"g":"","x":[],"r":[],"w":[]}]}',
  '{"f":"ship1","t":"central","l":"none<cliCommand*","e":"","ri":"","rb":"","n":"","b":0,"s":1,"g":"","m":[',
  '{"f":"central","t":"ship1","l":"cliCommand*","e":"","ri":"","rb":"","n":"","b":0,"s":1,"g":"","m":[',
  '{"f":"ship1","t":"central","l":"fileAppend<cliCommand","e":"","ri":"","rb":"","n":"","b":0,"s":1,"g":"","m":[',
  '{"i":"0","q":{"i":"0","m":"cliCommand","o":{"s":"failed","e":1,"a":1,"d":1,"p":0,"z":0,"x":"unknown","timedOut","signal","SIGKILL"',
  '{"i":"0","d":"/","n":".result","q":{"i":"0","m":"cliCommand","o":{"s":"succeeded","e":0,"a":1',
  '},"d":"',
  '"z":',
  '{"i":"0","a":["bash","-c",""],"u":1,"k":"a","t":10000,"r":3,"x":2592000000,"y":10000,"d":"/","n":".result","c":"","p":{"m":"none","a":[]',
  '"p":{"m":"fileAppend","t":5000,"r":3,"y":10000}},{"i":"01',
];

export const dictionary: Uint8Array = new TextEncoder().encode(words.join(''));
