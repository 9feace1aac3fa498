### What Sekisho says to people, in English. ja.ftl holds the same keys with the same variables.

## Names

rule-device-approved = Approved device
rule-disk-encrypted = Disk encryption
rule-definitions-current = Antivirus definitions
rule-software-allowed = Permitted software

outcome-pass = pass
outcome-not_applicable = not applicable
outcome-unknown = could not tell
outcome-fail = fail

standing-compliant = compliant
standing-undecided = undecided
standing-grace = in grace
standing-violation = violation

severity-low = low
severity-medium = medium
severity-high = high
severity-critical = critical

registration-pending = pending
registration-approved = approved
registration-suspended = suspended
registration-retired = retired
registration-lost = lost

class-public = public
class-internal = internal
class-confidential = confidential
class-secret = secret

access-full = full
access-restricted = restricted
access-isolated = isolated

source-deb = deb
source-rpm = rpm
source-flatpak = Flatpak
source-snap = snap
source-windows = Windows programs
source-msix = Windows apps

why-not_permitted = no permission to read it ({ $detail })
why-tool_missing = what would tell is not there ({ $detail })
why-timed_out = no answer in time ({ $detail })
why-unreadable = the answer makes no sense ({ $detail })
why-too_large = the answer is too large ({ $detail })
why-unsupported = it cannot be told on this system ({ $detail })
why-not_asked = nobody has asked yet

column-rule = Rule
column-clause = Clause
column-outcome = Outcome
column-finding = What was found
column-remedy = How to mend it
column-due = Due

## M1: approved device

device-approved-ok = The company has approved this device.
device-approved-until = The company has approved this device until { $until }.
device-approved-not-enrolled = Whether the company has approved this device is not known: it is not enrolled, or has not heard from the collector yet.
device-approved-not-enrolled-fix = Enrol the device with the token your administrator gives you (sekisho-agent enroll), and connect to the company network once.
device-approved-pending = This device is enrolled, and nobody has approved it yet.
device-approved-pending-fix = Ask your administrator to approve this device. Do not use it for work until then.
device-approved-suspended = The use of this device is suspended.
device-approved-retired = This device is out of use for good.
device-approved-lost = This device is registered as lost or stolen.
device-approved-cloned = Two machines claim to be this device.
device-approved-ended = The approval of this device ended at { $until }.
device-approved-group = This device is in the group “{ $group }”, which the policy does not know. It was judged by the default group.
device-approved-fix = Stop working on this device and ask your administrator.

## sekisho-agent check

check-headline = This laptop is: { $standing } (judged for { $at })
check-more-evidence = and { $count } more; --json shows all
check-policy-shipped = Judged by the policy that the product comes with: this laptop has none from a collector yet.
check-policy-file = Judged by the policy in { $name }.
check-policy-collector = Judged by the policy last received from the collector.
check-host = Machine
check-volumes = Volumes
check-antivirus = Antivirus
check-software = Installed packages
check-none = none
check-unmounted = { $name } (not mounted)
check-encrypted = encrypted
check-plain = NOT encrypted
check-exempt = need not be encrypted
check-yes = yes
check-no = no
check-product = { $name }: running: { $running }, real-time protection: { $realtime }, definitions: { $definitions }
