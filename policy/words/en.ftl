### What Sekisho says to people, in English. ja.ftl holds the same keys with the same variables.

## Names

rule-device-approved = Approved device
rule-device-reporting = Regular contact
rule-disk-encrypted = Disk encryption
rule-definitions-current = Antivirus definitions
rule-firewall-on = Firewall
rule-local-administrators = Local administrators
rule-network-permitted = Permitted network
rule-no-active-malware = Malware dealt with
rule-os-supported = Supported release
rule-removable-media = Removable media
rule-screen-locks = Screen lock
rule-secure-boot = Secure Boot
rule-software-allowed = Permitted software
rule-take-out-approved = Leave to take out
rule-updates-pending = Security updates
rule-vpn-outside = VPN outside
rule-wifi-secure = Wi-Fi security

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

place-inside = on the company's network
place-outside = outside
place-no-beacon = not told (no beacon is set up)

link-wired = wired
link-wifi = Wi-Fi
link-mobile = mobile network
link-bluetooth = Bluetooth
link-tunnel = tunnel
link-virtual = virtual
link-other = of an unknown kind

wifi-open = open
wifi-wep = WEP
wifi-wpa-personal = WPA Personal
wifi-wpa-enterprise = WPA Enterprise
wifi-other = a method not known here
wifi-owe = Enhanced Open (OWE)
wifi-wpa2-personal = WPA2 Personal
wifi-wpa2-enterprise = WPA2 Enterprise
wifi-wpa3-personal = WPA3 Personal
wifi-wpa3-enterprise = WPA3 Enterprise

cipher-wep = WEP
cipher-tkip = TKIP
cipher-other = a cipher not known here
cipher-ccmp = AES (CCMP)
cipher-gcmp = AES (GCMP)

vpn-wireguard = WireGuard
vpn-tun = VPN program (tun/tap)
vpn-ipsec = IPsec
vpn-ppp = PPP
vpn-other = another tunnel

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
column-evidence = What it rests on
column-due = Due
column-exception = Exception

## M1: approved device

device-approved-ok = The company has approved this device.
device-approved-until = The company has approved this device until { $until }.
device-approved-until-fix = Ask your administrator to approve this device for longer, before that time.
device-approved-not-enrolled = Whether the company has approved this device is not known: it is not enrolled, or has not heard from the collector yet.
device-approved-not-enrolled-fix = Enrol the device with the token your administrator gives you (sekisho-agent enroll), and connect to the company network once.
device-approved-pending = This device is enrolled, and nobody has approved it yet.
device-approved-pending-fix = Ask your administrator to approve this device. Do not use it for work until then.
device-approved-suspended = The use of this device is suspended.
device-approved-retired = This device is out of use for good.
device-approved-lost = This device is registered as lost or stolen.
device-approved-cloned = Two machines claim to be this device.
device-approved-ended = The approval of this device ended at { $until }.
device-approved-clock = The company has approved this device until { $until }, but the clock of this device is wrong, so whether that time has passed cannot be told.
device-approved-group = This device is in the group “{ $group }”, which the policy does not know. It was judged by the default group.
device-approved-fix = Stop working on this device and ask your administrator.

## M1: leave to take a device out

take-out-approved-ok = This device may be outside the company until { $until }.
take-out-approved-soon-fix = Bring this device back before that time, or ask your administrator for longer leave.
take-out-approved-none = This device is outside the company, and nobody has given leave to take it out.
take-out-approved-ended = This device is outside the company, and the leave to take it out ended at { $until }.
take-out-approved-to-come = This device is outside the company, and the leave to take it out begins only at { $until }.
take-out-approved-fix = Bring this device back, or ask your administrator for leave to take it out.
take-out-approved-clock = The leave to take this device out ends at { $until }, but the clock of this device is wrong, so whether it holds cannot be told.
take-out-approved-inside = This device is on the company's own network.
take-out-approved-no-proof = Nothing proves yet whether this device is on the company's own network, so no leave is asked for.
take-out-approved-below = With data of the class “{ class-of }” this device may be taken out without leave.
take-out-approved-unknown = Whether this device is on the company's own network could not be told, and there is no leave to take it out: { why-of }.

device-reporting-ok = The collector has received a report of this device within the time that the policy allows.
device-reporting-silent = The collector has received no report of this device for { $days ->
    [0] less than a day
    [one] 1 day
   *[other] { $days } days
  } in which it could have; the policy allows { $limit ->
    [one] 1 hour
   *[other] { $limit } hours
  }.
device-reporting-fix = Turn the laptop on and connect it; sekisho-agent status there says what keeps its reports from the collector. One that is out of use or cannot be found has to be retired or marked as lost (sekisho-collector device retire, device lost).
device-reporting-out = A device that is suspended, out of use or lost need not report.
device-reporting-cloned = Two machines claim to be this device, so no report of it is taken.
device-reporting-elsewhere = The collector counts by its own clock how long it receives no report of this device.

## sekisho-agent check

check-headline = This laptop is: { $standing } (judged for { $at })
check-more-evidence = and { $count } more; --json shows all
check-policy-shipped = Judged by the policy that the product comes with: this laptop has none from a collector yet.
check-policy-file = Judged by the policy in { $name }.
check-policy-collector = Judged by the policy last received from the collector.
check-excepted = exception
check-exception = Does not count until { $until }. { $owner } answers for it, { $approver } approved it: { $reason }
check-memory-hidden = What the collector decided about this laptop could not be read: { $why }. Start the agent (sudo systemctl start sekisho-agent), or run the check as root, to have it judged by that.
check-clock-wrong = The clock of this laptop differs from the time the collector told. What rests on the time is judged by the earliest it can be, and passes only where it would at any later one.
check-not-remembered = Nothing on this laptop remembers earlier checks, so each due date counts from this one.
check-host = Machine
check-volumes = Volumes
check-antivirus = Antivirus
check-software = Installed packages
check-platform = Platform
check-release = Release
check-updates = Security updates
check-updates-pending = { $count } not installed, by lists of { $at }{ $restart ->
    [yes] ; a restart is due
   *[no] {""}
}
check-screen = Screen lock
check-screen-after = { $user }: after { $minutes } min { $seconds } s
check-screen-never = { $user }: never
check-screen-unknown = { $user }: { $why }
check-screen-nobody = nobody is logged in
check-firewall = Firewall
check-firewall-both = IPv4: { $ipv4 }, IPv6: { $ipv6 }
check-refused = refuses what comes in unasked
check-accepted = does NOT refuse what comes in unasked
check-secure-boot = Secure Boot
check-on = on
check-off = off
check-tpm = TPM
check-administrators = Administrators
check-network = Network
check-place = Place
check-links = Connected by
check-routes = Default route
check-dns = DNS servers
check-wifi = Wi-Fi
check-vpn = VPN
check-ipsec = VPN by IPsec policies
check-removable = removable
check-none = none
check-unmounted = { $name } (not mounted)
check-encrypted = encrypted
check-plain = NOT encrypted
check-exempt = need not be encrypted
check-yes = yes
check-no = no
check-product-degraded = does NOT protect in full
check-product-malware = malware still active: { $malware }
check-product = { $name }: running: { $running }, real-time protection: { $realtime }, definitions: { $definitions }
## Parts of sentences

class-of = { $class ->
    [public] { class-public }
    [internal] { class-internal }
    [confidential] { class-confidential }
   *[secret] { class-secret }
}
kind-of = { $kind ->
    [luks1] LUKS1
    [luks2] LUKS2
    [plain_dm_crypt] dm-crypt without a header
    [other_dm_crypt] another dm-crypt format
    [zfs] ZFS encryption
    [bitlocker] BitLocker
    [fscrypt] file encryption (fscrypt)
   *[mixed] several kinds of encryption
}
why-of = { $why ->
    [not_permitted] { why-not_permitted }
    [tool_missing] { why-tool_missing }
    [timed_out] { why-timed_out }
    [unreadable] { why-unreadable }
    [too_large] { why-too_large }
    [unsupported] { why-unsupported }
   *[not_asked] { why-not_asked }
}
source-of = { $source ->
    [deb] { source-deb }
    [rpm] { source-rpm }
    [flatpak] { source-flatpak }
    [snap] { source-snap }
    [windows] { source-windows }
   *[msix] { source-msix }
}
and-also = { $others ->
    [0] {""}
    [one] {" "}One more like it: { $also }.
   *[other] {" "}{ $others } more like it: { $also }.
}

remedy-permission = Run the check as administrator (sudo sekisho-agent check), or let the installed service do it.
remedy-clock = Set the date and time of this device, or connect to the network so that the collector tells the time, then run the check again.
remedy-unknown = Run the check again. If it still cannot tell, show this message to your administrator.

## M3: disk encryption

disk-encrypted-ok = { $count ->
    [one] The one volume that must be encrypted is encrypted.
   *[other] All { $count } volumes that must be encrypted are encrypted.
}{ $listed ->
    [0] {""}
    [one] {" "}One more need not be.
   *[other] {" "}{ $listed } more need not be.
}
disk-encrypted-below = Data of the class “{ class-of }” need not be encrypted.
disk-encrypted-none = No volume that can hold data was found, so nothing shows that the disk is encrypted.
disk-encrypted-unknown = The volumes could not be read: { why-of }.
disk-encrypted-volume-unknown = Whether { $volume } is encrypted could not be told: { why-of }.{ and-also }
disk-encrypted-plain = { $volume } is not encrypted.{ and-also }
disk-encrypted-plain-fix = Do not take this device out. Ask your administrator to set it up again with an encrypted disk, and back up { $volume } first.
disk-encrypted-plain-leg = { $volume } is spread over several disks, and { $leg } is not encrypted.{ and-also }
disk-encrypted-plain-leg-fix = Ask your administrator to encrypt every disk that { $volume } lies on, or to take the plain one out of it.
disk-encrypted-cipher-null = { $volume } looks encrypted, but its cipher is “null”: everything on it can be read.{ and-also }
disk-encrypted-integrity-only = { $volume } is only guarded against changes; everything on it can be read.{ and-also }
disk-encrypted-under-way = { $volume } is still being encrypted; a part of it can be read.{ and-also }
disk-encrypted-under-way-fix = Keep this device on power until the encryption of { $volume } is finished, and do not take it out before.
disk-encrypted-suspended = { $volume } is encrypted, but its protection is suspended: the key lies beside it in the clear.{ and-also }
disk-encrypted-suspended-fix = Resume the protection of { $volume }: Control Panel, BitLocker Drive Encryption, Resume protection. Before that, finish the update that suspended it.
disk-encrypted-swap = The swap area { $volume } is not encrypted: what programs hold in memory can be read from the disk.{ and-also }
disk-encrypted-swap-fix = Ask your administrator to turn { $volume } off and to put swap on an encrypted volume or under a random key (crypttab).
disk-encrypted-removable = The removable medium { $volume } is not encrypted.{ and-also }
disk-encrypted-removable-fix = Unplug { $volume }, or have it encrypted: that erases it.
disk-encrypted-unmounted = { $volume } is not mounted and not encrypted; data may lie on it.{ and-also }
disk-encrypted-unmounted-fix = Ask your administrator to encrypt { $volume } or to erase it.
disk-encrypted-kind = { $volume } is encrypted with { kind-of }, which the policy does not accept for data of the class “{ class-of }”.{ and-also }
disk-encrypted-kind-fix = Ask your administrator to encrypt { $volume } in a way that is accepted: { $accepted }.

## M3: removable media

removable-media-none = No removable medium is attached.
removable-media-ok = { $count ->
    [one] The one removable medium that is attached is encrypted or cannot be written to.
   *[other] All { $count } removable media that are attached are encrypted or cannot be written to.
}
removable-media-below = With data of the class “{ class-of }” any removable medium may be attached.
removable-media-allowed = The policy allows any removable medium.
removable-media-refused = The removable medium { $volume } is attached, and the policy allows none.{ and-also }
removable-media-refused-fix = Unplug { $volume }.
removable-media-kind = The removable medium { $volume } is encrypted with { kind-of }, which the policy does not accept.{ and-also }
removable-media-kind-fix = Unplug { $volume }, or have it encrypted anew in a way that is accepted: { $accepted }. That erases it.
removable-media-unknown-fix = Unplug { $volume }, or open it with its key and run the check again.
removable-media-none-found = No volume was found on this device, so nothing shows that no removable medium is attached.

## M4: antivirus definitions

definitions-current-ok = { $product } runs, and its definitions are current until { $until }.
definitions-current-soon = { $product } runs, but its definitions will be too old at { $until }, { $hours ->
    [0] in less than an hour.
    [one] in an hour.
   *[other] in { $hours } hours.
}
definitions-current-cloud = { $product } runs; it needs no definitions on this device.
definitions-current-cloud-refused = { $product } works without definitions on this device, which the policy does not accept.
definitions-current-none = No antivirus is installed.
definitions-current-none-fix = Ask your administrator which antivirus to install. Do not take this device out before.
definitions-current-unlisted = The search for an antivirus brought neither a product nor the word that there is none.
definitions-current-unknown = Which antivirus is installed could not be told: { why-of }.
definitions-current-product-unknown = Whether { $product } protects this device could not be told: { why-of }.
definitions-current-other = None of the antivirus products that the policy names is installed: { $wanted }.
definitions-current-other-fix = Install one of these products, or ask your administrator: { $wanted }.
definitions-current-old = The definitions of { $product } are { $days ->
    [one] one day old
   *[other] { $days } days old
} (built { $built }); { $max_days ->
    [one] one day is allowed.
   *[other] { $max_days } days are allowed.
}
definitions-current-ahead = The definitions of { $product } claim to be built in the future ({ $built }): a clock is wrong, so their age cannot be told.
definitions-current-ahead-fix = Set the date and time of this device, then update the definitions.
definitions-current-clock = { $product } runs, but the clock of this device is wrong, so whether its definitions are current cannot be told.
definitions-current-no-definitions = { $product } has no definitions and recognises nothing.
definitions-current-update = { $product ->
    [ClamAV] Connect to the network and update ClamAV: sudo systemctl restart clamav-freshclam. If that fails, see /var/log/clamav/freshclam.log.
   *[other] Connect to the network and update the definitions of { $product }.
}
definitions-current-stopped = { $product } is installed, but does not run.
definitions-current-stopped-fix = { $product ->
    [ClamAV] Start ClamAV: sudo systemctl enable --now clamav-daemon. It starts only once definitions are there.
   *[other] Start { $product }, or ask your administrator.
}
definitions-current-no-realtime = { $product } does not check files as they are opened, which the policy asks for.
definitions-current-no-realtime-fix = { $product ->
    [ClamAV] Turn on on-access scanning: OnAccessPrevention yes in clamd.conf, and sudo systemctl enable --now clamav-clamonacc.
   *[other] Turn on the real-time protection of { $product }.
}
definitions-current-degraded = { $product } runs, but says itself that it does not protect this device in full.
definitions-current-degraded-fix = Connect to the network and restart this device. If { $product } still says so, ask your administrator: it may not support this kernel, or its console may not know this device.
definitions-current-scan-old = The last scan of the whole device by { $product } was { $days ->
    [one] one day ago
   *[other] { $days } days ago
}; { $max_days ->
    [one] one day is allowed.
   *[other] { $max_days } days are allowed.
}
definitions-current-never-scanned = { $product } remembers no scan of the whole device that came to its end; one is due every { $max_days ->
    [one] day.
   *[other] { $max_days } days.
}
definitions-current-scan-list-short = Whether { $product } scanned the whole device within { $max_days ->
    [one] the last day
   *[other] the last { $max_days } days
} cannot be told: its list of scans does not reach back that far, and holds no such scan.
definitions-current-scan-ahead = The last full scan by { $product } claims to be of the future ({ $built }): a clock is wrong, so its age cannot be told.
definitions-current-scan-fix = Connect to power and scan the whole device with { $product } (Microsoft Defender: sudo mdatp scan full).
definitions-current-no-scan-list = When { $product } last scanned the whole device cannot be told: it keeps no list of its scans that can be asked for.
definitions-current-no-scan-list-fix = Ask your administrator to set max_full_scan_age_days = 0 in the policy for devices with this product.
definitions-current-health-fix = Ask your administrator to set require_cloud_health = false in the policy for devices with { $product }: it tells root alone whether it protects in full, and the agent is not root.
definitions-current-root-fix = Ask your administrator for an exception from this rule for devices with { $product }: how old its definitions are it tells root alone, and the agent is not root.

## M13: malware that was found

no-active-malware-ok = { $product } has found nothing that is still active{ $count ->
    [0] .
    [one] {" "}(one find was dealt with).
   *[other] {" "}({ $count } finds were dealt with).
}
no-active-malware-active = { $product } has found malware that is still active: { $malware }.{ and-also }
no-active-malware-fix = Take this device off the network at once: pull its cable and turn its Wi-Fi off. Leave this device on, change nothing, and call your administrator, who can isolate it (sekisho-collector order isolate). What { $product } found and where, it shows itself.
no-active-malware-allowed = { $product } has found malware that somebody has allowed to stay: { $malware }.{ and-also }
no-active-malware-allowed-fix = Tell your administrator at once if it was not you who allowed it. Otherwise take back what was allowed in { $product }, and have the malware removed.
no-active-malware-unknown = Whether { $product } has found malware that is still active could not be told: { why-of }.
no-active-malware-state-unknown = { $product } has found { $malware }, and what has become of it could not be told: { why-of }.
no-active-malware-none = No antivirus is installed that could find malware.
no-active-malware-no-list = No antivirus of this device keeps a list of what it found that can be asked for.
no-active-malware-stands-fix = Malware that was found here, or could not be told, is not shown to be dealt with. Call your administrator: this device has to be looked at, and the antivirus that tells of it has to answer again.

## M2: screen lock

screen-locks-ok = The screen of { $user } locks { $minutes } min { $seconds } s after the last input.
screen-locks-late = The screen of { $user } locks only { $minutes } min { $seconds } s after the last input; { $max } min are allowed.
screen-locks-never = The screen of { $user } never locks by itself.
screen-locks-fix = { $desktop ->
    [gnome] Open Settings, Privacy & Security, Screen Lock: set “Blank Screen Delay” and “Automatic Screen Lock Delay” to { $max } minutes or less together, and turn “Automatic Screen Lock” on.
    [kde] Open System Settings, Screen Locking: turn “Lock screen automatically” on, after { $max } minutes or less.
    [windows] Open Settings, Personalization, Lock screen, Screen saver: choose a screen saver, a wait of less than { $max } minutes, and “On resume, display logon screen”. For everybody at once, have your administrator set the security option “Interactive logon: Machine inactivity limit” to { $max } minutes or less.
   *[other] Set the desktop to lock the screen after { $max } minutes or less.
}
screen-locks-session-unknown = When the screen of { $user } locks could not be told: { why-of }.
screen-locks-hidden-fix = { $desktop ->
    [gnome] Run the check as the user whose session it is (sekisho-agent check). For it to be told always, have your administrator set in a file of /etc/dconf/db/local.d idle-delay=uint32 300 under [org/gnome/desktop/session], lock-enabled=true and lock-delay=uint32 0 under [org/gnome/desktop/screensaver] and disable-lock-screen=false under [org/gnome/desktop/lockdown], name the four in a file of /etc/dconf/db/local.d/locks (/org/gnome/desktop/session/idle-delay and so on), give /etc/dconf/profile/user two lines, user-db:user and then system-db:local (write the file where there is none), and run sudo dconf update.
    [kde] Run the check as the user whose session it is (sekisho-agent check). For it to be told always, have your administrator write Autolock=true, RequirePassword=true, Timeout (minutes) and LockGrace (seconds) under [Daemon][$i] in /etc/xdg/kscreenlockerrc.
    [windows] Run the check as an administrator, or let the service report: only they may read what others have set.
   *[other] Run the check as the user whose session it is (sekisho-agent check).
}
screen-locks-directory-fix = Ask your administrator to lock the settings of the screen for all users: where this account comes from a directory, the place of its own ones is not known.
screen-locks-saver-fix = Choose a screen saver in Settings, Personalization, Lock screen, Screen saver, or have your administrator let screen savers run (policy “Enable screen saver”): Windows locks by way of one.
screen-locks-other-fix = Ask your administrator whether this desktop locks its screen, or use GNOME or KDE Plasma, which tell it.
screen-locks-no-desktop = This device has no desktop whose screen could lock.
screen-locks-nobody = Nobody is logged in at the screen.
screen-locks-unknown = Who is logged in at the screen could not be told: { why-of }.

## M12: permitted software

software-allowed-ok = None of the { $count } installed packages is against the policy.
software-allowed-no-lists = The policy lists no software for this device.
software-allowed-denied = { $package } { $version } ({ source-of }) is installed, and the policy forbids it.{ and-also }
software-allowed-denied-fix = { $source ->
    [deb] Remove it: sudo apt remove { $package }
    [rpm] Remove it: sudo dnf remove { $package }
    [flatpak] Remove it: flatpak uninstall { $package }
    [snap] Remove it: sudo snap remove { $package }
    [windows] Remove { $package } in Settings, Apps.
    [msix] Remove { $package } in Settings, Apps.
   *[other] Remove { $package }, or ask your administrator.
}
software-allowed-unlisted = { $package } { $version } ({ source-of }) is installed, and the policy does not list it as permitted.{ and-also }
software-allowed-unlisted-fix = { $source ->
    [deb] Ask your administrator to permit it, or remove it: sudo apt remove { $package }
    [rpm] Ask your administrator to permit it, or remove it: sudo dnf remove { $package }
    [flatpak] Ask your administrator to permit it, or remove it: flatpak uninstall { $package }
    [snap] Ask your administrator to permit it, or remove it: sudo snap remove { $package }
    [windows] Ask your administrator to permit { $package }, or remove it in Settings, Apps.
    [msix] Ask your administrator to permit { $package }, or remove it in Settings, Apps.
   *[other] Ask your administrator to permit { $package }, or remove it.
}
software-allowed-unknown = The installed software could not be read: { why-of }.
software-allowed-source-unknown = Nothing forbidden was found, but a part of the installed software could not be read. { source-of }: { why-of }.
software-allowed-no-inventory = No list of installed software was found on this device, so nothing shows what is installed.

## A.12.6.1: supported release and security updates

os-supported-ok = { $name } gets security updates until the end of { $end }.
os-supported-soon = { $name } gets security updates only until the end of { $end }.
os-supported-rolling = { $name } is a rolling release: it gets security updates as long as it is updated.
os-supported-ended = { $name } no longer gets security updates: they ended with { $end }.
os-supported-clock = { $name } gets security updates until the end of { $end }, but the clock of this device is wrong, so whether that day has passed cannot be told.
os-supported-unlisted = Until when { $name } gets security updates is not known.
os-supported-unlisted-fix = Ask your administrator to update Sekisho, or to name the last day in the policy, under [rules.os-supported]: ends = {"{"} "{ $release }" = "YYYY-MM-DD" {"}"}.
os-supported-unknown = Which release this device runs could not be told: { why-of }.
os-supported-fix = { $os ->
    [debian] Back up your data and have your administrator upgrade to the current Debian, as its release-notes describe: change the release's name in /etc/apt/sources.list and /etc/apt/sources.list.d, then sudo apt update and sudo apt full-upgrade.
    [ubuntu] Back up your data, connect to power and upgrade: sudo do-release-upgrade. Where the company has bought Ubuntu Pro, ask your administrator to name its end in the policy.
    [fedora] Back up your data, connect to power and upgrade: sudo dnf upgrade --refresh, then sudo dnf system-upgrade download --releasever=NEXT and sudo dnf system-upgrade reboot.
    [rhel] Ask your administrator to upgrade or migrate this device to a supported major release (sudo leapp upgrade).
    [suse] Ask your administrator to move this device to the next service pack or release: sudo zypper migration on SUSE Linux Enterprise, sudo zypper --releasever=NEXT dup on openSUSE Leap.
    [windows] Connect to power and install the newest release that Settings, Windows Update offers. Where it offers none, ask your administrator, who names the end in the policy where the company has bought extended security updates.
   *[other] Ask your administrator to upgrade this device to a release that gets security updates.
}

updates-pending-ok = No security update is missing, by the lists of { $listed }.
updates-pending-missing = A security update of { $name } is out and not installed.{ and-also }
updates-pending-fix = { $manager ->
    [apt] Connect to power and install them: sudo apt update && sudo apt full-upgrade. Where it keeps one back, have your administrator look at what is held: apt-mark showhold. Restart afterwards where it asks for it.
    [dnf] Connect to power and install them: sudo dnf upgrade --refresh --security. Restart afterwards.
    [zypper] Connect to power and install them: sudo zypper refresh && sudo zypper patch --category security. Restart afterwards.
    [windows] Connect to power and install them in Settings, Windows Update. Restart afterwards where it asks for it.
   *[other] Install the updates that the system offers.
}
updates-pending-restart = Updates are installed that take effect only after a restart.
updates-pending-restart-fix = Save your work and restart this device.
updates-pending-restart-unknown = No security update is missing, but whether one waits for a restart could not be told: { why-of }.
updates-pending-old = The lists of security updates are of { $listed }, which is more than { $days } days ago: what came out since is not known.
updates-pending-refresh = { $manager ->
    [apt] Connect to the network and fetch the lists anew: sudo apt update. Have it done daily by unattended-upgrades.
    [dnf] Connect to the network and fetch the lists anew: sudo dnf makecache --refresh. Have it done daily: sudo systemctl enable --now dnf-makecache.timer.
    [zypper] Connect to the network and fetch the lists anew: sudo zypper refresh.
    [windows] Connect to the network and choose “Check for updates” in Settings, Windows Update. If the day does not change, ask your administrator whether this device may search by itself.
   *[other] Connect to the network and fetch the lists of updates anew.
}
updates-pending-ahead = The lists of security updates say that they were made on { $listed }, which is in the future: a clock is wrong.
updates-pending-no-lists = No package manager was found whose lists would tell which security updates are missing.
updates-pending-unknown = Which security updates are missing could not be told: { why-of }.
updates-pending-lists-fix = Connect to the network and fetch the lists of updates (sudo apt update, or sudo dnf clean all and sudo dnf makecache). If it still cannot tell, ask your administrator to add the distribution's security archive to the sources.

## Firewall, Secure Boot, administrators

firewall-on-ok = A firewall refuses connections that come in unasked.
firewall-on-open = Connections that come in unasked { $over ->
    [ipv4] over IPv4 are
    [ipv6] over IPv6 are
   *[both] are
} not refused by any firewall.
firewall-on-fix = { $os ->
    [debian] Have your administrator turn a firewall on: sudo apt install ufw, then sudo ufw enable.
    [ubuntu] Turn the firewall on, or have your administrator do it: sudo ufw enable.
    [fedora] Have your administrator turn the firewall on: sudo systemctl enable --now firewalld.
    [rhel] Have your administrator turn the firewall on: sudo systemctl enable --now firewalld.
    [suse] Have your administrator turn the firewall on: sudo systemctl enable --now firewalld.
    [windows] Have your administrator turn Windows' firewall on for every network, in PowerShell: Set-NetFirewallProfile -All -Enabled True -DefaultInboundAction Block.
   *[other] Have your administrator set up a firewall that refuses incoming connections over IPv4 and IPv6.
}
firewall-on-unknown = Whether a firewall refuses what comes in unasked could not be told: { why-of }.
firewall-on-no-nft-fix = Ask your administrator to install nftables, by which the rules of the kernel are read.
firewall-on-legacy-fix = Ask your administrator to move the firewall to nftables (update-alternatives --set iptables /usr/sbin/iptables-nft), so that its rules can be read.

secure-boot-ok = Secure Boot is on.
secure-boot-off = Secure Boot is off: this device starts whatever lies on its disk.
secure-boot-fix = Ask your administrator to turn Secure Boot on in the firmware setup or, where it is on there, to let shim verify again (sudo mokutil --enable-validation, then restart). Have the recovery key of the disk at hand.
secure-boot-bios = This device boots by BIOS, which has no Secure Boot.
secure-boot-bios-fix = Ask your administrator to set this device up again in UEFI mode with Secure Boot.
secure-boot-unknown = Whether Secure Boot is on could not be told: { why-of }.

local-administrators-ok = { $count ->
    [0] Only those who are meant to are administrators of this device.
    [one] Beside those who are meant to, one account is an administrator, which the policy allows.
   *[other] Beside those who are meant to, { $count } accounts are administrators, which the policy allows.
}
local-administrators-many = { $count ->
    [one] The account { $name } is an administrator
   *[other] { $count } accounts are administrators, { $name } among them
}; the policy allows { $max } beside those it names.{ and-also }
local-administrators-fix = Ask your administrator to take the rights away from whoever of { $names } should not have them: { $system ->
    [windows] in Computer Management under Local Users and Groups, in the group that the evidence names by its identifier.
   *[other] sudo gpasswd --delete ACCOUNT GROUP for each of the groups in the evidence, or sudo usermod --gid OTHER ACCOUNT where it is the account's first group.
} Or have the account allowed in the policy.
local-administrators-root = { $system ->
    [windows] The group of administrators has { $name } in it, which stands for anybody.
   *[other] The account { $name } is root under another name.
}{ and-also }
local-administrators-root-fix = { $system ->
    [windows] Tell your administrator at once, who takes { $name } out of the group that the evidence names, or names it in the policy.
   *[other] Tell your administrator at once if you do not know the account { $name }. Your administrator takes its line out of the accounts (sudo vipw, sudo vipw -s), or names it in the policy.
}
local-administrators-directory = { $system ->
    [windows] This device itself names nobody who should not be an administrator, but who is in { $sources } was not read.
   *[other] The files of this device name nobody who should not be an administrator, but accounts of { $sources } were not read.
}
local-administrators-directory-fix = Ask your administrator whether the directory makes anyone an administrator of this device, and to set directory = "trust" in the policy where it is looked after there.
local-administrators-unknown = Who is an administrator of this device could not be told: { why-of }.

## M2, M10, M11: networks

link-kind-of = { $kind ->
    [wired] { link-wired }
    [wifi] { link-wifi }
    [mobile] { link-mobile }
    [bluetooth] { link-bluetooth }
    [tunnel] { link-tunnel }
    [virtual] { link-virtual }
   *[other] { link-other }
}
if-outside = { $place ->
    [outside] This is not permitted outside.
   *[unknown] Outside this is not permitted, and whether this is the company's network is not known.
}
network-permitted-ok = This device is connected by { $links }, which is permitted outside, too.
network-permitted-inside = This device is on the company's network.
network-permitted-none = This device is connected to no network.
network-permitted-open = Anybody may join the Wi-Fi { $name }. { if-outside }
network-permitted-unlisted = The Wi-Fi { $name } is not one of those that the policy names. { if-outside }
network-permitted-kind = This device is connected by { $link } ({ link-kind-of }). { if-outside }
network-permitted-fix = Disconnect from this network, and work by one that is permitted: that of the company, your own Wi-Fi with a password, or your telephone. If this is the company's network, tell your administrator, who can have the agent recognise it.
network-permitted-unknown = By which network this device is connected could not be told: { why-of }.
network-permitted-wifi-unknown = What kind of Wi-Fi { $link } is connected to could not be told: { why-of }.

security-of = { $security ->
    [open] { wifi-open }
    [wep] { wifi-wep }
    [wpa-personal] { wifi-wpa-personal }
    [wpa-enterprise] { wifi-wpa-enterprise }
    [owe] { wifi-owe }
    [wpa2-personal] { wifi-wpa2-personal }
    [wpa2-enterprise] { wifi-wpa2-enterprise }
    [wpa3-personal] { wifi-wpa3-personal }
    [wpa3-enterprise] { wifi-wpa3-enterprise }
   *[other] { wifi-other }
}
wifi-secure-ok = The Wi-Fi { $name } is secured by { security-of }.
wifi-secure-none = This device has no Wi-Fi.
wifi-secure-not-connected = This device is connected to no Wi-Fi.
wifi-secure-weak = The Wi-Fi { $name } is not secured well enough: { security-of }.
wifi-secure-weak-cipher = The Wi-Fi { $name } encrypts by { $cipher ->
    [wep] { cipher-wep }
   *[tkip] { cipher-tkip }
}, which is broken.
wifi-secure-fix = Connect to a Wi-Fi with WPA2 or WPA3. If this one is your own, choose "WPA2 (AES)" or "WPA3" as its security in the settings of your router, not "WPA" or "TKIP".
wifi-secure-mixed = The Wi-Fi { $name } also offers a way that is not accepted ({ $weak }) beside one that is ({ $good }), and which of them is in use is not told.
wifi-secure-mixed-fix = If this Wi-Fi is your own, choose "WPA2 (AES)" or "WPA3" alone as its security in the settings of your router. Else tell your administrator.
wifi-secure-unknown = To which Wi-Fi this device is connected could not be told: { why-of }.
wifi-secure-network-unknown = How the Wi-Fi { $name } is secured could not be told: { why-of }.

vpn-if-outside = { $place ->
    [outside] {""}
   *[unknown] {" "}Whether it is needed here is not known: this may be the company's network.
}
vpn-outside-ok = The VPN is up ({ $link }).
vpn-outside-inside = This device is on the company's network, where no VPN is needed.
vpn-outside-not-required = The policy asks for no VPN outside.
vpn-outside-none = This device is connected to no network.
vpn-outside-not-up = The company's VPN is not up.{ vpn-if-outside }
vpn-outside-beside = Not everything goes by the VPN: { $family ->
    [ipv4] IPv4
   *[ipv6] IPv6
} leaves by { $link }.{ vpn-if-outside }
vpn-outside-named-fix = Turn on the company's VPN ({ $links }): in the network menu of the desktop under VPN, or in the VPN's own program. If it is on and carries only a part, ask your administrator.
vpn-outside-fix = Turn on the company's VPN: in the network menu of the desktop under VPN, or in the VPN's own program. If it is on and carries only a part, ask your administrator.
remedy-cut-off = This laptop is cut off from the network by an order of your company, so this has to wait. Leave it as it is until your administrator releases it.
vpn-outside-unknown = Whether a VPN is up could not be told: { why-of }.

## Rules of the company's own

company-ok = The company's rule is kept.
company-broken = The company's rule is broken.
company-broken-by = The company's rule is broken: { $what } ({ $said }).{ and-also }
company-fix = { $text }
company-unknown = Whether the company's rule is kept could not be told. { $fact }: { why-of }.
company-absent = Whether the company's rule is kept could not be told: this device has no { $fact }.
company-nothing = Whether the company's rule is kept could not be told: nothing was found of { $list }, which every device has.
company-number = Whether the company's rule is kept could not be told: a number in it grew too large, or was divided by zero.
company-costly = Whether the company's rule is kept could not be told: on this device it takes more than { $max } steps.
company-costly-together = Whether the company's rule is kept could not be told: on this device it and the company's rules before it take more than { $max } steps.
remedy-rule = Show this message to your administrator: the rule has to be written for devices like this one too.

## The collector's admin commands

admin-id = Id
admin-name = Name
admin-state = State
admin-group = Group
admin-uses = Uses left
admin-ends = Ends
admin-note = Note
admin-approval = Approval
admin-approves = Approved at once
admin-approves-not = an administrator approves
exception-requested = asked for
exception-approved = approved
exception-in_force = in force
exception-ends_soon = ends soon
exception-lapsed = rule changed
exception-ended = ended
exception-revoked = revoked
admin-number = Number
admin-for-whom = For
admin-begins = Begins
admin-requested = Asked for by
admin-default-group = the default group
admin-what-ends = What
admin-about = About
admin-ended-at = ended { $at }
admin-nothing-ends = Nothing ends within that time.
admin-agents = Versions of the agent in use
admin-agents-count = { $version }: { $count ->
    [one] { $count } device
   *[other] { $count } devices
  }
admin-never-reported = never reported
ends-root-certificate = root certificate
ends-server-certificate = server certificate
ends-device-certificate = device certificate
ends-approval = approval of the device
ends-take-out = leave to take out
ends-order = isolation, by itself
ends-token = token
ends-exception = exception
admin-of-group = group { $group }
admin-exception-lapsed = It covers nothing now: the policy asks something else under this rule's name than when it was asked for, or nothing. Ask for it anew.
admin-exception-todo = It holds once another administrator has approved it: sekisho-collector exception approve { $number }
admin-warning-nobody_reports = No laptop has reported for so long that silence is no longer counted. See whether laptops reach this collector, whether its clock is right, and what sekisho-agent status says on one of them.
admin-warning-exception_waits = An exception waits for approval by another administrator than who asked for it: sekisho-collector exception list
admin-warning-take_out_ends = The leave to take a laptop out ends within 3 days: sekisho-collector device list --take-out ending
admin-warning-exception_ends = An exception ends within 14 days; its rule counts again then: sekisho-collector exception list
admin-warning-device_damaged = The record of a laptop is damaged, and no order can be given to it. The log of the collector names it; restore a backup: sekisho-collector restore --help
admin-warning-order_damaged = An order cannot be read and does not reach its laptop. The log of the collector names the laptop; give it the order anew: sekisho-collector order --help
admin-token-once = This token is shown this once. Give it to the laptops:
admin-token-use = sudo sekisho-agent enroll --collector HOST:PORT --token TOKEN
admin-token-withdrawn = Token { $token } is withdrawn: no further device enrols by it.
admin-token-is-good = good
admin-token-is-withdrawn = withdrawn
admin-token-is-over = ended
admin-token-is-used = used up

admin-registration = Registration
admin-standing = Standing
admin-access = Access
admin-connection = Connection
admin-seen = Last seen
admin-owner = Owner
admin-no-devices = There are no such devices. `token create` makes a token by which laptops enrol.
admin-devices-count = { $count ->
    [one] { $count } device
   *[other] { $count } devices
}
admin-attached = connected
admin-not-attached = not connected
admin-cloned = two machines
admin-standing-damaged = damaged record
admin-no-verdict = not judged yet
admin-registered = { $name } ({ $id }) is { $state }.
admin-cut-off = Its connection, if it had one, is cut.
admin-clone-decided = The case of { $name } is closed. The machine that is kept connects again by itself.

admin-register = Register
admin-enrolled = Enrolled
admin-approved-until = Approved until
admin-take-out = May be taken out
admin-take-out-from-to = { $from } to { $until }, by { $by }{ $purpose ->
    [none] {""}
   *[other] : { $said }
} ({ $state })
admin-take-out-to_come = to come
admin-take-out-in_force = in force
admin-take-out-ended = ended
admin-taken-out = { $name } may be taken out from { $from } to { $until }.
admin-take-out-over = { $name } may no longer be taken out.
admin-taken-out-count = May be taken out
admin-take-outs-ending = Leave ends soon
admin-data-class = Data class
admin-class-of-group = as the group
admin-asset = Asset number
admin-token = Token
admin-certificate = Certificate
admin-certificate-until = { $name }, until { $end }
admin-no-certificate = none that is good: revoked
admin-clone-case = Two machines claim to be this device
admin-noticed = Noticed
admin-noticed-by = By
admin-came-from = Came from
admin-machine-known = The machine known before
admin-machine-came = The machine that came
admin-clone-todo = Decide with `device resolve`, or shut out both with `device retire`.
admin-last-report = Last report
admin-never-connected = It has not connected since it enrolled.
admin-agent = Agent
admin-sequence = Report
admin-taken = Read
admin-skew-off = { $skew }: this clock is wrong
admin-recorded = Recorded
admin-skew = Clock ahead by
admin-evidence = Evidence
admin-order = Order
admin-ordered = Ordered
admin-given = Given
admin-allowed = Stays reachable
admin-reason = Reason
admin-no-order = None was ever given.
admin-order-damaged = The order in force cannot be read ({ $why }), and the laptop goes by the one it holds. Give it anew; where that is refused, restore a backup: sekisho-collector restore --help
admin-desired = Desired
admin-applied = Applied
admin-verified = Verified
admin-probe = Probe
admin-open = open
admin-closed = closed
admin-observed = Observed
admin-lifted = Lifted until
admin-reasserted = Put back (times)
admin-gap = Not covered
gap-frames = raw frames, and interfaces stacked upon others
gap-open_connections = programs that only read from a connection that was open are not told that it is dead
gap-configuration = what the laptop's configuration says; it cannot be used, and the defaults hold
gap-upgrade = what a newer version would; the laptop goes on with the one before it
gap-other = something that this collector has no name for; update the collector
admin-refused = Refused orders
admin-refused-last = { $count } since its agent started; the last at { $at }, generation { $generation }: { $why }
refused-not_trusted = not signed by a key that this laptop trusts
refused-malformed = malformed, or beyond a limit
refused-not_known = asks for what this agent does not know; update it
refused-other_device = for another device
refused-older = older than the order in force
refused-conflicting = another order of the same generation is in force
refused-ended = its end had passed
refused-other = for a reason that this collector has no name for; update the collector
admin-machine = Machine
admin-hostname = Host name
admin-product-uuid = System UUID
admin-serial = Serial number
admin-machine-mark = Machine mark
admin-boot-id = Boot
admin-absent = none

admin-generation = Generation
admin-outcome = Outcome
admin-order-refused = refused
admin-order-sent = sent
admin-order-waits = goes out when it connects
admin-orders-count = { $recorded } recorded, { $sent } of them sent at once, { $failed } refused.
admin-code-use = Type it on the laptop within the challenge's time. It lifts the isolation for { $hours } h, once.
admin-proved = { $proved } of { $total } have proved it
admin-lack-connection = it is not connected
admin-lack-taken-up = it is connected and has not taken up the order yet
admin-lack-applied = it has taken up the order, and its firewall does not show it yet
admin-lack-verified = its firewall shows the order, and its probes have not proved it yet

admin-policy-good = The document is in order. Groups beside the default one: { $groups }.
admin-policy-applied = Policy version { $version } is in force. Connected laptops report by it within two minutes; until then their last verdict is shown.
admin-policy-groups-missing = It lacks groups that laptops are in or tokens lead into: { $groups }. Laptops in them are judged by the default group and are not compliant; put the groups back, or move the laptops: sekisho-collector device --help
admin-policy-type = Type { $version } to put it in force as version { $version }, anything else to leave it:
admin-todo-policy_not_confirmed = Look at what it would change with --dry-run, and give --yes to apply it.
admin-todo-no_such_version = `policy log` shows those that are kept.
admin-todo-other_version = Look at what it would change by now, then confirm anew.
admin-rehearsal-same = This document is in force already, as version { $version }.
admin-rehearsal = { $judged ->
    [one] 1 device was
   *[other] { $judged } devices were
  } judged by this document and by version { $version } in force, on the facts last reported. Something changes for { $changed }.
admin-rehearsal-rules = Rules for which something changes, in devices
admin-rehearsal-devices = Devices
admin-fails = Violation
admin-fails-later = In grace
admin-first-due = First due
admin-dropped = Not asked
admin-passes = Better
admin-unknown = Unknown
admin-group-default = default
admin-before = In force
admin-after = This one
admin-when-due = After grace
admin-changes = Changes
admin-unjudged = { $count ->
    [one] 1 device was
   *[other] { $count } devices were
  } not judged:
unjudged-no_report = it has never reported
unjudged-damaged = what it reported cannot be read: { $detail }
state-not_asked = no longer asked
state-kept = kept
state-unknown = does not count
state-grace = in grace
state-violation = violation
admin-version = Version
admin-by = By
admin-digest = Digest
admin-reverts = version { $version } again
admin-policies-earlier = Earlier ones are kept no longer; the audit log tells of them.
admin-diff-same = The documents are the same.
admin-diff-comments = The documents differ in comments or order alone: they ask the same.
admin-policy-unchanged = This document is in force already, as version { $version }.

admin-preview-isolated = { $count ->
    [one] { $count } device would be isolated
   *[other] { $count } devices would be isolated
}, { $attached } of them connected now.
admin-preview-full = { $count ->
    [one] { $count } device would be released
   *[other] { $count } devices would be released
}, { $attached } of them connected now.
admin-preview-more = and { $count } more; --dry-run shows all
admin-preview-refused = Not among them, because the order would be refused: { $count }
admin-preview-type = Type { $count } to order it, anything else to leave it:
admin-todo-not_confirmed = Look at whom it would hit with --dry-run, and give --yes to order it.
admin-todo-other_count = Look at whom it would hit, then confirm anew.
admin-todo-no_such_device = `device list` shows the devices there are.
admin-todo-nobody = `device list` shows the devices there are.
admin-todo-ambiguous = Give the whole id; `device list` shows it.
admin-todo-refused_transition = `device show` shows its registration.
admin-todo-out_of_use = `device show` shows its registration.
admin-todo-not_isolated = `order show` shows the order in force.
admin-todo-no_clone = `device show` shows the machines of a clone case.
admin-todo-bad_policy = Mend the document and check it with `policy check`. The policy in force stays in force.
admin-todo-no_such_group = Add the group to the policy and apply it first.
admin-todo-not_ahead = Give a later time, such as 2026-12-31T18:00:00+09:00.
admin-todo-disk = Make room on the disk or mend it, then try again.
admin-todo-busy = Try again in a moment.
admin-todo-contended = Look at what the others did, then try again.
admin-todo-no_keys = Put the copy of the collector's keys, as `init` made them, into the directory first.

## The agent's commands

enroll-approved = This machine is enrolled as device { $device } and approved. The agent connects by itself; see: sekisho-agent status
enroll-pending = This machine is enrolled as device { $device } and waits for an administrator to approve it. Nothing more is to be done here; see: sekisho-agent status
status-device = Device:       { $device }
status-attached = Collector:    { $collector }, connected
status-attaching = Collector:    { $collector }, connecting
status-detached = Collector:    { $collector }, not connected: { $why }
status-registration = Registration: { $state }
status-judged = Judgement:    { $standing } (report { $sequence }, { $at })
status-not-judged = Judgement:    none yet
status-waiting = Waiting:      { $count ->
    [one] { $count } report
   *[other] { $count } reports
} the collector does not have yet
status-waiting-because = Waiting:      { $count ->
    [one] { $count } report
   *[other] { $count } reports
} the collector does not have yet; it says: { $why }
status-outbox-trouble = Trouble:      reports cannot be kept: { $why }
status-configuration-trouble = Trouble:      { $why }; the defaults hold until it is mended and the agent restarted: sudo systemctl restart sekisho-agent
status-order = Order:        { $access }: { $reason }
status-enforcement = Network:      { $access } asked for; firewall: { $applied }; probes: { $verified }
status-place = Place:        { $place }
status-clock-ahead = Clock:        { $secs } s ahead of the collector's; set the date and time of this device
status-clock-behind = Clock:        { $secs } s behind the collector's; set the date and time of this device
status-untold = not told yet
local-not-running = no agent answers at { $path }; start it with: sudo systemctl start sekisho-agent
local-not-enrolled = this device is not enrolled; run: sudo sekisho-agent enroll --collector HOST:PORT --token TOKEN
local-enrolment-failed = this device is not enrolled; it was to enrol by itself, and could not: { $why }
local-other-answer = the running agent is of another version; restart it with: sudo systemctl restart sekisho-agent
status-certificate = Certificate:  until { $until }
preflight-done = this version can go on with the state and the configuration of this laptop
preflight-refused = this version cannot go on with what is on this laptop:
    { $what }
status-upgrade-trouble = Trouble:      { $why }; the version before goes on, until another is installed
status-agent = Agent:        { $version }, since { $since }, facts read { $read }
status-not-watched = Not watched:  { $places } (changes there are seen by the timer alone)
boot-in-force = In force: { $access }
boot-switched-off = The configuration forbids to touch the firewall; nothing was changed
boot-damaged = The remembered order cannot be read: { $why }. The firewall stays as it is, and shows: { $shown }. The collector gives the order again when the agent reaches it
boot-not-as-ordered = The firewall is not as ordered. Ordered: { $ordered }; it shows: { $shown }
check-captured = A captured system is judged and not this machine: { $host }, captured { $at } by version { $version }.
collected-headline = What this laptop tells the collector of your company, and what for. Nothing else leaves it.
collected-for = For: { $rules }. { $why }
collected-host-name = Its host name
collected-host-name-why = So that people know which laptop is meant.
collected-hardware = Maker, model, serial number and number of the hardware; architecture; a digest of the machine-id; the id of the present start
collected-hardware-why = To tell this laptop from a copy of its disk, and to find it in the register.
collected-system = Name, version and support end of the operating system, and the kernel
collected-system-why = A system without support gets no security updates.
collected-volumes = File systems, swap and partitions: where they are mounted, device, type, size, whether they can be carried away, and how they are encrypted
collected-volumes-why = A lost laptop or stick must give nothing away. What is in the files is not read.
collected-antivirus = Antivirus: product, version, whether it runs and checks files, version and date of its definitions
collected-antivirus-why = Outdated definitions do not know new malware.
collected-software = Installed packages: name, version, architecture, maker, and where from
collected-software-why = To find software that is not allowed, or has known holes.
collected-software-user = For packages of one user alone: the number of that user
collected-software-user-why = The number and not the name, so that an administrator knows where to remove it.
collected-updates = Security updates that are not installed, the age of the lists, and whether a restart is due
collected-updates-why = Known holes are closed by them.
collected-screen-locks = For whoever is logged in to a desktop: user name, desktop, and after how long the screen locks
collected-screen-locks-why = An unlocked screen is open to whoever passes by.
collected-firewall = Whether the firewall refuses connections from outside, and which of its chains say so
collected-firewall-why = Strange networks reach what listens on the laptop.
collected-firmware = Secure Boot on or off, and the version of the security chip
collected-firmware-why = What starts before the system must be what its maker signed.
collected-administrators = User names of those who may become root or, on Windows, are administrators, and by which group
collected-administrators-why = Whoever has these rights can switch everything else off.
collected-detections = What the antivirus has found and when it scanned: name of the malware, time, what became of it; kind, time and outcome of scans
collected-detections-why = Malware that is still there spreads. Which file it was in is not sent.
collected-networks = The network in use at this moment: its links with their addresses, the way out, name servers, VPNs and their gateways, and whether it is the company's own
collected-networks-why = To know whether the laptop is on the company's network. Where it was while the collector could not be reached is sent when it can.
collected-wifi = Of the Wi-Fi in use: its name, and how it is encrypted
collected-wifi-why = Others can read along on open or weak Wi-Fi. Networks nearby are not sent.
collected-agent = Of the agent: its version, since when it runs, when it last read all facts, and what it cannot watch
collected-agent-why = So that silence is not taken for health.
collected-enforcement = Which order is in force, what the firewall shows of it, and what tests of it found
collected-enforcement-why = An isolation counts only when it is proved.
collected-connection = With each report: when it was made, its number, and the address that the laptop connects from
collected-connection-why = To keep reports in order, and to see laptops that fell silent.
collected-key = The public key of this laptop
collected-key-why = So that nobody else can report in its name. The private key never leaves it.
collected-never = Never sent: what is in files, what is typed or on the screen, which websites are visited and which programs are used.
collected-kept = How long it is kept is for your company to say; ask your administrator. The collector keeps the newest facts, and earlier judgements in its audit log, and deletes neither by itself.
collected-values = What it is at this moment: sekisho-agent check --json
capture-written = { $folder } has { $files } files of { $kib } KiB.
capture-late = { $fact }: the reading did not come to its end, and whoever judges the capture gets it as unknown.
capture-refused = Not to be had, and so unknown to whoever judges it:
capture-refused-path = { $path }: { $why }
capture-refused-more = and { $count } more, which the list in the folder names.
capture-left-out = Left out: keys, the machine-id, full names, and of settings and listings whatever no rule reads. What is in it is for the people who look after this laptop: names of its users and software, and how it is protected.
capture-next = Judge it anywhere with: sekisho-agent check --from { $folder }
capture-not-empty = { $folder } is not empty, and nothing was written. Name a folder that is empty or not there.
capture-not-yours = { $folder } belongs to somebody else, who could change the capture while it is written; nothing was written. Name a folder of your own, or one that is not there.
capture-failed = The capture could not be written, and nothing of it is left in { $folder }
check-watching = Checked again as things change. Ctrl-C ends it.
notify-soon = Soon out of order: { $rule }
notify-broken = To be mended: { $rule }
notify-overdue = Overdue: { $rule }
notify-due = Please mend it by { $due }.
notify-isolated = This laptop is cut off from the network
notify-isolated-body = Ordered by your administrators: { $reason }. Leave the laptop on, change nothing, and call them.
notify-restricted = This laptop's network access is narrowed
notify-restricted-body = Ordered by your administrators: { $reason }.
notify-free = This laptop is back on the network
notify-free-body = The isolation has been lifted. You can work as usual.
notify-until = Until { $until } at the latest.
release-challenge = Read this challenge to your administrator: { $challenge }
    Then type: sekisho-agent release --code CODE
release-done = The isolation is lifted until { $until }.

## The collector's first steps

init-made = A collector has been made in { $dir }.
init-token = The first token lets { $uses } laptops enrol until { $until }. It is shown this once:
init-next = Next: start the collector, enrol a laptop, and see it in the register.
init-backup = Keep a copy of { $dir }/keys in a safe: without it every laptop has to be enrolled anew.

admin-size = Entries
admin-root = Root
admin-key = Public key
admin-signature = Signature
admin-note-down = To note down
admin-index = No.
admin-at = Time
admin-who = Who
admin-deed = What
admin-device = Device
admin-details = Particulars
admin-exported = { $count } entries written, under a signed head.
admin-verified-log = The log is whole: { $count } entries, as the key signed them.
admin-backed-up = { $bytes } bytes written into { $file }. The keys are not in it: keep their copy in another place.
admin-restored = The store is restored into { $dir }; its audit log is whole: { $count } entries. Next:

admin-collector = Collector
admin-serving-since = Serving since
admin-policy = Policy version
admin-audit-log = Audit entries
admin-server-certificate = Server certificate
admin-root-certificate = Root certificate
admin-until = until { $end }
admin-devices = Devices
admin-total = In the register
admin-attached-count = Connected
admin-stale = Silent too long
admin-severity = Severity
admin-mended = Mended
admin-returned = Came back
admin-returned-times = { $count ->
    [one] once
   *[other] { $count } times
  }, each within an hour of being mended: its grace goes on
admin-history = History of the findings
admin-no-history = No finding has begun or ended yet.
admin-when = When
admin-turn = What
admin-entry = Audit entry
turn-began = began
turn-returned = came back
turn-due = grace ended
turn-mended = mended
turn-ended = no longer applies
turn-excepted = excepted
turn-exception_ended = exception ended
admin-since = Since
admin-excepted = excepted
found-fail = fail
found-unknown = unknown
found-pass = pass
found-not_applicable = n/a
admin-findings-count = { $count ->
    [0] No finding.
    [one] 1 finding.
   *[other] { $count } findings.
  }
admin-seen-long-ago = { $seen } (silent too long)
admin-restricted = Isolated or narrowed
admin-warning-not_recording = The collector records nothing, acknowledges no report and gives no orders: { $why }
admin-warning-server_certificate_not_renewed = The server's certificate should have been renewed by itself and was not. See the collector's log for the reason; usually its `keys` folder cannot be written.
admin-warning-root_certificate_ends = The root certificate ends within two years, and with it every laptop's trust. Make another collector with `init`, and enrol the laptops with it before then.
admin-warning-beacon_not_serving = The beacon does not serve everywhere it should, and laptops there do not find themselves inside: sekisho-collector beacon status
admin-beacon = Beacon
admin-beacon-addresses = Asked at
admin-beacon-pin = Key in use
admin-beacon-next-pin = Next key
admin-beacon-trouble = Does not serve
admin-beacon-none = This collector has no beacon, so laptops cannot tell whether they are on the internal network. [beacon] in collector.toml makes one.
admin-beacon-rotated = The next key is in use; laptops know it. Those that are connected connect anew now and are told the one after it, the others when they next connect.
admin-progress-bytes = { $mebibytes } MiB
admin-progress-part = { $percent } %
admin-record-exported = { $bytes } bytes written into { $file }, one JSON object on each line.
admin-verified-entry = Entry { $index } stands in the log of { $count } entries that the key signed.
admin-verified-growth = The log of { $from } entries is the beginning of the log of { $count } entries, both signed by the key.
admin-todo-bad_backup = Use another backup, and the keys of the collector that it was taken from. Nothing was restored.
admin-todo-file = See that the file is there and may be used.
admin-todo-usage = `--help` shows how it is typed.
admin-todo-forbidden = Become root or the collector's own user, such as with sudo.
admin-todo-no_answer = Look at what was done before asking again. The collector's log says more.
admin-todo-deadline = Look at what was done, then ask again for less at once.
admin-todo-too_large = Ask for less at once.
admin-todo-not_understood = Use the same version of this program and the collector.
admin-todo-missing = Give it and try again.
admin-todo-too_long = Give less and try again.
admin-todo-too_many = Give less and try again.
admin-todo-control_character = Write it on one line, without marks that turn the direction of writing.
admin-todo-out_of_range = Give one that is allowed.
admin-todo-not_one_of = Give one that is allowed.
admin-todo-no_take_out = `device show` shows whether there is leave.
admin-todo-no_code = Read the challenge on the laptop again.
admin-todo-no_beacon = See [beacon] in collector.toml and the keys folder, then start the collector anew.
admin-todo-conflict = Look at it anew, then decide again.
admin-todo-not_found = List what there is.
admin-todo-corrupt = Restore a backup; `restore --help` says how.

## Self-test of a machine

self-test-outcome-pass = pass
self-test-outcome-fail = FAIL
self-test-outcome-unknown = could not tell
self-test-facts = The readers of facts, each alone:
self-test-surroundings = What is around them:
self-test-isolation = This machine is isolated for { $secs } s. What is open in other programs loses its network meanwhile; Ctrl-C ends it at once:
self-test-more = and { $count } more; the file of --json has all
self-test-end = Passed: { $passed }, failed: { $failed }, could not be told: { $unknown }
self-test-written = Written to { $path }. It holds no facts about this machine but its system; read it, and send it to whoever asked for it.
self-test-because = { $value }
self-test-no-guests = this Windows has no firewall for WSL and containers (it comes with Windows 11 22H2)
self-test-not-enrolled = this machine is not enrolled
self-test-name-one = this machine is not enrolled; name a server that stays reachable: --collector IP:PORT
self-test-already = an isolation is in force
self-test-changed = the rules are not as they were put there
self-test-shut = it cannot be reached, though it should be
self-test-open = can be reached, though it should not be: { $value }
self-test-lives = the server still answers on it
self-test-host = machine
self-test-volumes = volumes
self-test-antivirus = antivirus
self-test-software = installed software
self-test-release = release
self-test-updates = security updates
self-test-screen-locks = screen lock
self-test-firewall = firewall
self-test-secure-boot = Secure Boot
self-test-tpm = TPM
self-test-administrators = administrators
self-test-network = networks
self-test-configuration = the configuration can be used
self-test-state = the state folder can be written to
self-test-identity = the identity can be read
self-test-agent = the running agent answers
self-test-collector = the collector takes a connection
self-test-isolation-read = the rules of an isolation can be read
self-test-isolation-watched = changes of the rules are told
self-test-isolation-way = a server that stays reachable is known
self-test-isolation-none = no isolation is in force before
self-test-collector-before = the server that shall stay reachable answers before
self-test-elsewhere-before = the other server answers before
self-test-isolation-guard = something lifts it if this program dies
self-test-isolation-applied = the isolation is in force, as read back
self-test-collector-meanwhile = the server that shall stay reachable is
self-test-world-meanwhile = the rest of the world is not
self-test-elsewhere-meanwhile = the other server is not
self-test-loopback-meanwhile = programs of this machine reach each other
self-test-connection-dies = a connection that was open before is dead
self-test-isolation-held = the rules held to the end
self-test-isolation-lifted = the isolation is lifted
self-test-elsewhere-after = the other server answers again
forget-isolation-done = No rules of an isolation are left on this machine.
forget-isolation-device = This machine is a device of a collector, and only a release lifts its isolation (sekisho-agent release). Nothing was changed.
