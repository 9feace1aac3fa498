# Told by the machine's first unit; what the test hears begins with "said".
export PATH=/bin:/sbin:/usr/bin:/usr/sbin LC_ALL=C.UTF-8
said() { echo "said $*"; }
until_ok() { for _ in $(seq 120); do "$@" >/dev/null 2>&1 && return; sleep 1; done; said "never: $*"; }
rules() { nft list ruleset | grep -o 'table inet sekisho\|chain isolated\|chain full' | sort -u | tr '\n' ' '; }
standing() { sekisho-collector device list --json | grep -o '"standing": "[a-z]*"'; }
isolated() { rules | grep -q 'chain isolated'; }
status() { grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs)' "/proc/$(systemctl show -P MainPID $1)/status" | tr -d '\t' | tr '\n' ' '; }
enrolled() { [ -e /var/lib/sekisho-agent/identity ] && ! grep -q TOKEN /etc/default/sekisho-agent; }
pid() { systemctl show -P MainPID sekisho-agent; }
another() { [ "$(pid)" != 0 ] && [ "$(pid)" != "$1" ]; }

said boot $(systemctl is-system-running) $(systemctl is-active sekisho-isolation) $(rules)
new=no
[ -d /var/lib/sekisho-collector ] || new=yes
if [ $new = yes ]; then
    install -d -o sekisho-collector -g sekisho-collector -m 700 /var/lib/sekisho-collector
    sekisho-collector init --name 127.0.0.1 --approve --json >/var/made
fi
systemctl start sekisho-collector
until_ok sekisho-collector device list
if [ $new = yes ]; then
    said collector $(status sekisho-collector)
    mkdir -p /etc/default
    printf 'SEKISHO_COLLECTOR=127.0.0.1:7444\nSEKISHO_TOKEN=%s\n' "$(grep -o 'sekisho1[.a-z0-9]*' /var/made)" >/etc/default/new
    mv /etc/default/new /etc/default/sekisho-agent
    until_ok enrolled
    said enrolled $(systemctl show -P Result sekisho-enroll) $(cat /etc/default/sekisho-agent)
    until_ok standing
    said judged $(standing)
    said antivirus $(sekisho-collector device show guest --json | grep -o 'mdatp health appVersion' | head -n 1)
    sekisho-collector order isolate guest --reason drill --json >/dev/null
    said ordered $?
    until_ok isolated
    said after-order $(rules)
fi
until_ok another 0
said agent $(status sekisho-agent)
nft flush ruleset
said flushed $(rules)
until_ok isolated
said put-back $(rules)
before=$(pid)
kill -9 "$before"
until_ok another "$before"
until_ok systemctl -q is-active sekisho-agent
said another $(systemctl is-active sekisho-agent) $(rules)
said end
sync
sleep 1000
