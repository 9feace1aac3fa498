### Sekisho が人に伝える言葉(日本語)。en.ftl と同じキー、同じ変数を持つ。

## 名称

rule-device-approved = 承認済み端末
rule-device-reporting = 定期的な接続
rule-disk-encrypted = ディスク暗号化
rule-definitions-current = ウイルス定義ファイル
rule-firewall-on = ファイアウォール
rule-local-administrators = 管理者権限
rule-network-permitted = 認められたネットワーク
rule-no-active-malware = マルウェアの処置
rule-os-supported = サポート中のOS
rule-removable-media = リムーバブルメディア
rule-screen-locks = 画面ロック
rule-secure-boot = セキュアブート
rule-software-allowed = 許可ソフトウェア
rule-take-out-approved = 持ち出しの承認
rule-updates-pending = セキュリティ更新
rule-vpn-outside = 社外での VPN
rule-wifi-secure = Wi-Fi の保護

outcome-pass = 適合
outcome-not_applicable = 対象外
outcome-unknown = 判定不能
outcome-fail = 不適合

standing-compliant = 適合
standing-undecided = 未確定
standing-grace = 猶予期間中
standing-violation = 違反

severity-low = 低
severity-medium = 中
severity-high = 高
severity-critical = 緊急

registration-pending = 承認待ち
registration-approved = 承認済み
registration-suspended = 利用停止
registration-retired = 廃止
registration-lost = 紛失・盗難

class-public = 公開
class-internal = 社内
class-confidential = 部外秘
class-secret = 極秘

access-full = 制限なし
access-restricted = 接続前検査待ち
access-isolated = 隔離

source-deb = deb
source-rpm = rpm
source-flatpak = Flatpak
source-snap = snap
source-windows = Windows プログラム
source-msix = Windows アプリ

place-inside = 社内ネットワーク
place-outside = 社外
place-no-beacon = 判定しません(ビーコンの設定がありません)

link-wired = 有線
link-wifi = Wi-Fi
link-mobile = モバイル回線
link-bluetooth = Bluetooth
link-tunnel = トンネル
link-virtual = 仮想
link-other = 種類不明

wifi-open = 暗号化なし(オープン)
wifi-wep = WEP
wifi-wpa-personal = WPA パーソナル
wifi-wpa-enterprise = WPA エンタープライズ
wifi-other = この版が知らない方式
wifi-owe = Enhanced Open(OWE)
wifi-wpa2-personal = WPA2 パーソナル
wifi-wpa2-enterprise = WPA2 エンタープライズ
wifi-wpa3-personal = WPA3 パーソナル
wifi-wpa3-enterprise = WPA3 エンタープライズ

cipher-wep = WEP
cipher-tkip = TKIP
cipher-other = この版が知らない暗号
cipher-ccmp = AES(CCMP)
cipher-gcmp = AES(GCMP)

vpn-wireguard = WireGuard
vpn-tun = VPN プログラム(tun/tap)
vpn-ipsec = IPsec
vpn-ppp = PPP
vpn-other = その他のトンネル

why-not_permitted = 読み取る権限がありません({ $detail })
why-tool_missing = 確認に必要なものがありません({ $detail })
why-timed_out = 時間内に応答がありません({ $detail })
why-unreadable = 応答の内容を解釈できません({ $detail })
why-too_large = 応答が大きすぎます({ $detail })
why-unsupported = このシステムでは確認できません({ $detail })
why-not_asked = まだ確認していません

column-rule = 規則
column-clause = 管理策
column-outcome = 判定
column-finding = 確認結果
column-remedy = 対処方法
column-evidence = 判定の根拠
column-due = 期限
column-exception = 例外

## M1: 承認済み端末

device-approved-ok = この端末は会社に承認されています。
device-approved-until = この端末は { $until } まで会社に承認されています。
device-approved-until-fix = 期限までに、承認期間の延長を管理者に依頼してください。
device-approved-not-enrolled = この端末が承認されているか分かりません。未登録か、まだ管理サーバーから連絡を受けていません。
device-approved-not-enrolled-fix = 管理者から受け取ったトークンで端末を登録し(sekisho-agent enroll)、社内ネットワークに一度接続してください。
device-approved-pending = この端末は登録されていますが、まだ承認されていません。
device-approved-pending-fix = 管理者に承認を依頼してください。承認されるまで業務に使用しないでください。
device-approved-suspended = この端末は利用を停止されています。
device-approved-retired = この端末は廃止されています。
device-approved-lost = この端末は紛失または盗難として登録されています。
device-approved-cloned = 2 台の機器がこの端末を名乗っています。
device-approved-ended = この端末の承認は { $until } に期限が切れました。
device-approved-clock = この端末は { $until } まで会社に承認されていますが、端末の時計が正しくないため、期限内かどうか判定できません。
device-approved-group = この端末のグループ「{ $group }」はポリシーにありません。既定のグループで判定しました。
device-approved-fix = この端末での業務を中止し、管理者に連絡してください。

## M1: 持ち出しの承認

take-out-approved-ok = この端末は { $until } まで社外で使用できます。
take-out-approved-soon-fix = それまでに端末を社内に戻すか、期間の延長を管理者に依頼してください。
take-out-approved-none = この端末は社外にありますが、持ち出しが承認されていません。
take-out-approved-ended = この端末は社外にありますが、持ち出しの承認は { $until } に終了しました。
take-out-approved-to-come = この端末は社外にありますが、持ち出しの承認は { $until } からです。
take-out-approved-fix = 端末を社内に戻すか、持ち出しの承認を管理者に依頼してください。
take-out-approved-clock = 持ち出しの承認は { $until } までですが、この端末の時計が正しくないため、有効かどうか判定できません。
take-out-approved-inside = この端末は社内ネットワークにあります。
take-out-approved-no-proof = 社内ネットワークにあることを証明する仕組みがまだないため、持ち出しの承認は求められません。
take-out-approved-below = 「{ class-of }」のデータのみの端末は、承認なしで持ち出せます。
take-out-approved-unknown = この端末が社内ネットワークにあるか判定できず、持ち出しの承認もありません: { why-of }。

device-reporting-ok = 管理サーバーは、ポリシーの定める期間内にこの端末の報告を受け取っています。
device-reporting-silent = 管理サーバーが報告を受け取れる状態だった時間で数えて { $days ->
    [0] 1 日未満
   *[other] { $days } 日間
  }、この端末から報告がありません。ポリシーの上限は { $limit } 時間です。
device-reporting-fix = 端末の電源を入れ、ネットワークに接続してください。報告が届かない理由は、端末で sekisho-agent status を実行すると分かります。使用していない端末や見つからない端末は、廃止または紛失として登録してください(sekisho-collector device retire、device lost)。
device-reporting-out = 利用停止、廃止、紛失の端末に報告の義務はありません。
device-reporting-cloned = 2 台の機器がこの端末を名乗っているため、報告を受け取っていません。
device-reporting-elsewhere = この端末の報告が途絶えた時間は、管理サーバーが自身の時計で数えます。

## sekisho-agent check

check-headline = この端末の判定: { $standing }（判定日時 { $at }）
check-more-evidence = ほか { $count } 件。すべてを見るには --json を付けてください
check-policy-shipped = 製品に付属の既定ポリシーで判定しました。管理サーバーからのポリシーはまだ受け取っていません。
check-policy-file = { $name } のポリシーで判定しました。
check-policy-collector = 管理サーバーから最後に受け取ったポリシーで判定しました。
check-excepted = 例外
check-exception = { $until } まで違反に数えません。責任者: { $owner }、承認者: { $approver }、理由: { $reason }
check-memory-hidden = この端末について管理サーバーが決めた内容を読めませんでした: { $why }。その内容で判定するには、エージェントを起動するか(sudo systemctl start sekisho-agent)、root で実行してください。
check-clock-wrong = 端末の時計が管理サーバーの時刻と合っていません。日時に関わる判定は、あり得る最も早い時刻で行い、それ以降のどの時刻でも適合する場合だけ適合とします。
check-not-remembered = 以前の点検結果がこの端末に残っていないため、期限は今回の点検から数えています。
check-host = 端末
check-volumes = ボリューム
check-antivirus = ウイルス対策
check-software = インストール済みパッケージ
check-platform = システム
check-release = リリース
check-updates = セキュリティ更新
check-updates-pending = 未適用 { $count } 件({ $at } 時点の一覧){ $restart ->
    [yes] 。再起動が必要です
   *[no] {""}
}
check-screen = 画面ロック
check-screen-after = { $user }: { $minutes } 分 { $seconds } 秒後
check-screen-never = { $user }: しない
check-screen-unknown = { $user }: { $why }
check-screen-nobody = ログイン中の利用者なし
check-firewall = ファイアウォール
check-firewall-both = IPv4: { $ipv4 }、IPv6: { $ipv6 }
check-refused = 要求していない接続を拒否
check-accepted = 要求していない接続を拒否しない
check-secure-boot = セキュアブート
check-on = 有効
check-off = 無効
check-tpm = TPM
check-administrators = 管理者権限のある利用者
check-network = ネットワーク
check-place = 場所
check-links = 接続
check-routes = デフォルトルート
check-dns = DNS サーバー
check-wifi = Wi-Fi
check-vpn = VPN
check-ipsec = IPsec ポリシーによる VPN
check-removable = 取り外し可能
check-none = なし
check-unmounted = { $name }（未マウント）
check-encrypted = 暗号化済み
check-plain = 暗号化されていません
check-exempt = 暗号化不要
check-yes = はい
check-no = いいえ
check-product-degraded = 完全には保護していません
check-product-malware = 活動中のマルウェア: { $malware }
check-product = { $name }: 動作中: { $running }、リアルタイム保護: { $realtime }、定義ファイル: { $definitions }
## 文の部品

class-of = { $class ->
    [public] { class-public }
    [internal] { class-internal }
    [confidential] { class-confidential }
   *[secret] { class-secret }
}
kind-of = { $kind ->
    [luks1] LUKS1
    [luks2] LUKS2
    [plain_dm_crypt] ヘッダーのない dm-crypt
    [other_dm_crypt] その他の dm-crypt 形式
    [zfs] ZFS の暗号化
    [bitlocker] BitLocker
    [fscrypt] ファイル単位の暗号化 (fscrypt)
   *[mixed] 複数の方式
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
   *[other] 同様のものがほかに { $others } 件あります: { $also }。
}

remedy-permission = 管理者権限で確認するか(sudo sekisho-agent check)、導入済みのサービスに確認させてください。
remedy-clock = 端末の日付と時刻を合わせるか、ネットワークに接続して管理サーバーから時刻を受け取り、もう一度確認してください。
remedy-unknown = もう一度確認してください。それでも判定できない場合は、この表示を管理者に見せてください。

## M3: ディスク暗号化

disk-encrypted-ok = 暗号化が必要な { $count } 個のボリュームはすべて暗号化されています。{ $listed ->
    [0] {""}
   *[other] ほかに暗号化が不要なものが { $listed } 個あります。
}
disk-encrypted-below = 「{ class-of }」のデータは暗号化の対象外です。
disk-encrypted-none = データを保存できるボリュームが見つからず、ディスクが暗号化されていることを示すものがありません。
disk-encrypted-unknown = ボリュームを確認できませんでした: { why-of }。
disk-encrypted-volume-unknown = { $volume } が暗号化されているか判定できませんでした: { why-of }。{ and-also }
disk-encrypted-plain = { $volume } は暗号化されていません。{ and-also }
disk-encrypted-plain-fix = この端末を持ち出さないでください。{ $volume } のバックアップを取り、暗号化したディスクで再設定するよう管理者に依頼してください。
disk-encrypted-plain-leg = { $volume } は複数のディスクにまたがり、{ $leg } は暗号化されていません。{ and-also }
disk-encrypted-plain-leg-fix = { $volume } を構成するすべてのディスクを暗号化するか、暗号化されていないディスクを外すよう管理者に依頼してください。
disk-encrypted-cipher-null = { $volume } は暗号化されているように見えますが、暗号方式が「null」のため、内容をすべて読み取れます。{ and-also }
disk-encrypted-integrity-only = { $volume } は改ざん検知のみで、内容をすべて読み取れます。{ and-also }
disk-encrypted-under-way = { $volume } は暗号化の途中で、一部の内容を読み取れます。{ and-also }
disk-encrypted-under-way-fix = { $volume } の暗号化が終わるまで電源につないだままにし、それまで持ち出さないでください。
disk-encrypted-suspended = { $volume } は暗号化されていますが、保護が中断されていて、鍵がそのまま読み取れる状態です。{ and-also }
disk-encrypted-suspended-fix = { $volume } の保護を再開してください(コントロール パネルの「BitLocker ドライブ暗号化」で「保護の再開」)。更新のために中断した場合は、先にその更新を終えてください。
disk-encrypted-swap = スワップ領域 { $volume } が暗号化されていません。メモリー上の内容がディスクから読み取られるおそれがあります。{ and-also }
disk-encrypted-swap-fix = { $volume } を無効にし、暗号化したボリューム上または使い捨ての鍵(crypttab)でスワップを設定するよう管理者に依頼してください。
disk-encrypted-removable = 取り外し可能な媒体 { $volume } が暗号化されていません。{ and-also }
disk-encrypted-removable-fix = { $volume } を取り外すか、暗号化してください。暗号化すると内容は消去されます。
disk-encrypted-unmounted = { $volume } はマウントされておらず、暗号化もされていません。データが残っている可能性があります。{ and-also }
disk-encrypted-unmounted-fix = { $volume } を暗号化または消去するよう管理者に依頼してください。
disk-encrypted-kind = { $volume } の暗号化は { kind-of } です。「{ class-of }」のデータには認められていません。{ and-also }
disk-encrypted-kind-fix = { $volume } を認められた方式で暗号化するよう管理者に依頼してください: { $accepted }

## M3: リムーバブルメディア

removable-media-none = リムーバブルメディアは接続されていません。
removable-media-ok = 接続されているリムーバブルメディア { $count } 個は、すべて暗号化済みか書き込み不可です。
removable-media-below = 「{ class-of }」のデータでは、リムーバブルメディアの接続に制限はありません。
removable-media-allowed = ポリシーではリムーバブルメディアの接続を制限していません。
removable-media-refused = リムーバブルメディア { $volume } が接続されています。ポリシーで禁止されています。{ and-also }
removable-media-refused-fix = { $volume } を取り外してください。
removable-media-kind = リムーバブルメディア { $volume } の暗号化方式({ kind-of })は、ポリシーで認められていません。{ and-also }
removable-media-kind-fix = { $volume } を取り外すか、認められた方式で暗号化し直してください({ $accepted })。データは消去されます。
removable-media-unknown-fix = { $volume } を取り外すか、鍵で開いてから再度確認してください。
removable-media-none-found = この端末にボリュームが見つからないため、リムーバブルメディアの有無を判定できません。

## M4: ウイルス定義ファイル

definitions-current-ok = { $product } は動作中で、定義ファイルは { $until } まで有効です。
definitions-current-soon = { $product } は動作中ですが、定義ファイルは { $until } に期限を過ぎます({ $hours ->
    [0] 残り 1 時間未満
   *[other] 残り { $hours } 時間
})。
definitions-current-cloud = { $product } は動作中です。この端末に定義ファイルは必要ありません。
definitions-current-cloud-refused = { $product } は端末に定義ファイルを持たない製品で、ポリシーで認められていません。
definitions-current-none = ウイルス対策ソフトが導入されていません。
definitions-current-none-fix = 導入すべきウイルス対策ソフトを管理者に確認してください。それまで端末を持ち出さないでください。
definitions-current-unlisted = ウイルス対策ソフトを調べましたが、製品があるともないとも確認できませんでした。
definitions-current-unknown = 導入されているウイルス対策ソフトを判定できませんでした: { why-of }。
definitions-current-product-unknown = { $product } が端末を保護しているか判定できませんでした: { why-of }。
definitions-current-other = ポリシーで指定されたウイルス対策ソフトが導入されていません: { $wanted }。
definitions-current-other-fix = 次の製品のいずれかを導入するか、管理者に相談してください: { $wanted }
definitions-current-old = { $product } の定義ファイルは { $days } 日前のものです(作成 { $built })。許容は { $max_days } 日以内です。
definitions-current-ahead = { $product } の定義ファイルの作成日時が未来になっています({ $built })。時計が正しくないため、新しさを判定できません。
definitions-current-ahead-fix = 端末の日付と時刻を合わせ、定義ファイルを更新してください。
definitions-current-clock = { $product } は動作していますが、端末の時計が正しくないため、定義ファイルが最新かどうか判定できません。
definitions-current-no-definitions = { $product } に定義ファイルがなく、何も検知できません。
definitions-current-update = { $product ->
    [ClamAV] ネットワークに接続し、ClamAV を更新してください: sudo systemctl restart clamav-freshclam。失敗する場合は /var/log/clamav/freshclam.log を確認してください。
   *[other] ネットワークに接続し、{ $product } の定義ファイルを更新してください。
}
definitions-current-stopped = { $product } は導入されていますが、動作していません。
definitions-current-stopped-fix = { $product ->
    [ClamAV] ClamAV を起動してください: sudo systemctl enable --now clamav-daemon。定義ファイルがないと起動しません。
   *[other] { $product } を起動するか、管理者に連絡してください。
}
definitions-current-no-realtime = { $product } はファイルを開くときの検査をしていません。ポリシーで必要とされています。
definitions-current-no-realtime-fix = { $product ->
    [ClamAV] オンアクセス検査を有効にしてください: clamd.conf に OnAccessPrevention yes を設定し、sudo systemctl enable --now clamav-clamonacc を実行します。
   *[other] { $product } のリアルタイム保護を有効にしてください。
}
definitions-current-degraded = { $product } は動作していますが、この端末を完全には保護していないと自ら報告しています。
definitions-current-degraded-fix = ネットワークに接続し、この端末を再起動してください。それでも { $product } の報告が変わらない場合は、管理者に相談してください(カーネルが未対応か、管理コンソールに端末が登録されていない可能性があります)。
definitions-current-scan-old = { $product } による最後の完全スキャンは { $days } 日前です。許容は { $max_days } 日です。
definitions-current-never-scanned = { $product } には、完了した完全スキャンの記録がありません。{ $max_days } 日ごとの実施が必要です。
definitions-current-scan-list-short = { $product } のスキャンの記録は { $max_days } 日前まで遡れず、完了した完全スキャンも残っていないため、期間内に実施されたか判定できません。
definitions-current-scan-ahead = { $product } による最後の完全スキャンの日時が未来({ $built })です。時計が正しくないため、経過日数を判定できません。
definitions-current-scan-fix = 電源に接続し、{ $product } で端末全体をスキャンしてください(Microsoft Defender の場合: sudo mdatp scan full)。
definitions-current-no-scan-list = { $product } は確認できるスキャンの記録を残さないため、最後の完全スキャンの日時を判定できません。
definitions-current-no-scan-list-fix = この製品の端末では、ポリシーで max_full_scan_age_days = 0 とするよう管理者に依頼してください。
definitions-current-health-fix = { $product } を使う端末では、ポリシーで require_cloud_health = false とするよう管理者に依頼してください(完全に保護しているかどうかは root にしか示されず、エージェントからは確認できません)。
definitions-current-root-fix = { $product } を使う端末について、この規則の例外を管理者に申請してください(定義ファイルの新しさは root にしか示されず、エージェントからは確認できません)。

## M13: 検知されたマルウェア

no-active-malware-ok = { $product } の検知で、活動中のものはありません{ $count ->
    [0] 。
   *[other] (処置済み { $count } 件)。
}
no-active-malware-active = { $product } が検知したマルウェアが活動中です: { $malware }。{ and-also }
no-active-malware-fix = ただちにこの端末をネットワークから切り離してください(ケーブルを抜き、Wi-Fi を切る)。電源は入れたまま、何も操作せず、管理者に連絡してください。管理者は端末を隔離できます(sekisho-collector order isolate)。検知の内容と場所は { $product } に表示されます。
no-active-malware-allowed = { $product } が検知したマルウェアを、だれかが許可しています: { $malware }。{ and-also }
no-active-malware-allowed-fix = 自分で許可したのでなければ、ただちに管理者に連絡してください。そうでなければ、{ $product } で許可を取り消し、マルウェアを削除してください。
no-active-malware-unknown = { $product } が検知したマルウェアが活動中かどうか、判定できません: { why-of }。
no-active-malware-state-unknown = { $product } が { $malware } を検知しましたが、その後の状態を判定できません: { why-of }。
no-active-malware-none = マルウェアを検知できるウイルス対策ソフトが導入されていません。
no-active-malware-no-list = この端末のウイルス対策ソフトは、確認できる検知の一覧を残しません。
no-active-malware-stands-fix = 検知された、または判定できなかったマルウェアが処置されたことを確認できません。管理者に連絡してください。端末の点検と、検知の一覧を確認できるウイルス対策ソフトの復旧が必要です。

## M2: 画面ロック

screen-locks-ok = { $user } の画面は最後の操作から { $minutes } 分 { $seconds } 秒後にロックされます。
screen-locks-late = { $user } の画面がロックされるのは最後の操作から { $minutes } 分 { $seconds } 秒後です。許容は { $max } 分以内です。
screen-locks-never = { $user } の画面は自動ではロックされません。
screen-locks-fix = { $desktop ->
    [gnome] 「設定」の「プライバシーとセキュリティ」の「画面ロック」を開き、「画面ブランクまでの時間」と「自動画面ロックの待ち時間」を合わせて { $max } 分以内にし、「自動画面ロック」をオンにしてください。
    [kde] 「システム設定」の「画面のロック」を開き、「画面を自動的にロックする」をオンにして { $max } 分以内に設定してください。
    [windows] 「設定」の「個人用設定」の「ロック画面」から「スクリーン セーバー」を開き、スクリーン セーバーを選び、待ち時間を { $max } 分未満にして、「再開時にログオン画面に戻る」をオンにしてください。全員にまとめて設定するには、セキュリティ オプション「対話型ログオン: コンピューターの非アクティブ状態の上限」を { $max } 分以内にするよう管理者に依頼してください。
   *[other] { $max } 分以内に画面がロックされるよう、デスクトップを設定してください。
}
screen-locks-session-unknown = { $user } の画面がロックされるまでの時間を判定できませんでした: { why-of }。
screen-locks-hidden-fix = { $desktop ->
    [gnome] そのセッションの利用者として点検を実行してください(sekisho-agent check)。常に判定できるようにするには、管理者に次の設定を依頼してください: /etc/dconf/db/local.d のファイルに、[org/gnome/desktop/session] の idle-delay=uint32 300、[org/gnome/desktop/screensaver] の lock-enabled=true と lock-delay=uint32 0、[org/gnome/desktop/lockdown] の disable-lock-screen=false を書き、この 4 つ(/org/gnome/desktop/session/idle-delay など)を /etc/dconf/db/local.d/locks のファイルに記載します。/etc/dconf/profile/user には user-db:user、続けて system-db:local の 2 行を書き(ファイルがなければ作成)、sudo dconf update を実行します。
    [kde] そのセッションの利用者として点検を実行してください(sekisho-agent check)。常に判定できるようにするには、/etc/xdg/kscreenlockerrc の [Daemon][$i] に Autolock=true、RequirePassword=true、Timeout(分)、LockGrace(秒)を書くよう管理者に依頼してください。
    [windows] 管理者として点検を実行するか、サービスからの報告を確認してください。ほかの利用者の設定を読み取れるのは管理者とサービスだけです。
   *[other] そのセッションの利用者として点検を実行してください(sekisho-agent check)。
}
screen-locks-directory-fix = 画面ロックの設定を全利用者に対して固定するよう管理者に依頼してください。ディレクトリーのアカウントは、利用者自身の設定の場所が分かりません。
screen-locks-saver-fix = 「設定」の「個人用設定」の「ロック画面」から「スクリーン セーバー」を開いて選択するか、スクリーン セーバーを有効にするよう管理者に依頼してください(ポリシー「スクリーン セーバーを有効にする」)。Windows はスクリーン セーバーによってロックします。
screen-locks-other-fix = このデスクトップの画面がロックされるか管理者に確認するか、判定できる GNOME または KDE Plasma を使用してください。
screen-locks-no-desktop = この端末には、画面をロックするデスクトップがありません。
screen-locks-nobody = 画面にログインしている利用者はいません。
screen-locks-unknown = 画面にログインしている利用者を判定できませんでした: { why-of }。

## M12: 許可ソフトウェア

software-allowed-ok = 導入済みの { $count } 個のパッケージに、ポリシーに反するものはありません。
software-allowed-no-lists = この端末に対するソフトウェアの一覧はポリシーにありません。
software-allowed-denied = { $package } { $version }({ source-of })が導入されていますが、ポリシーで禁止されています。{ and-also }
software-allowed-denied-fix = { $source ->
    [deb] 削除してください: sudo apt remove { $package }
    [rpm] 削除してください: sudo dnf remove { $package }
    [flatpak] 削除してください: flatpak uninstall { $package }
    [snap] 削除してください: sudo snap remove { $package }
    [windows] 「設定」の「アプリ」から { $package } を削除してください。
    [msix] 「設定」の「アプリ」から { $package } を削除してください。
   *[other] { $package } を削除するか、管理者に相談してください。
}
software-allowed-unlisted = { $package } { $version }({ source-of })が導入されていますが、ポリシーの許可一覧にありません。{ and-also }
software-allowed-unlisted-fix = { $source ->
    [deb] 管理者に許可を依頼するか、削除してください: sudo apt remove { $package }
    [rpm] 管理者に許可を依頼するか、削除してください: sudo dnf remove { $package }
    [flatpak] 管理者に許可を依頼するか、削除してください: flatpak uninstall { $package }
    [snap] 管理者に許可を依頼するか、削除してください: sudo snap remove { $package }
    [windows] 管理者に { $package } の許可を依頼するか、「設定」の「アプリ」から削除してください。
    [msix] 管理者に { $package } の許可を依頼するか、「設定」の「アプリ」から削除してください。
   *[other] 管理者に { $package } の許可を依頼するか、削除してください。
}
software-allowed-unknown = 導入済みのソフトウェアを確認できませんでした: { why-of }。
software-allowed-source-unknown = 禁止されたものは見つかりませんでしたが、一部のソフトウェアを確認できませんでした。{ source-of }: { why-of }。
software-allowed-no-inventory = 導入済みソフトウェアの一覧が見つからず、何が導入されているか示すものがありません。

## A.12.6.1: サポート期間とセキュリティ更新

os-supported-ok = { $name } のセキュリティ更新は { $end } まで提供されます。
os-supported-soon = { $name } のセキュリティ更新は { $end } までしか提供されません。
os-supported-rolling = { $name } はローリングリリースで、更新を続ける限りセキュリティ更新が提供されます。
os-supported-ended = { $name } のセキュリティ更新の提供は { $end } で終了しました。
os-supported-clock = { $name } のセキュリティ更新は { $end } まで提供されますが、端末の時計が正しくないため、その日を過ぎたかどうか判定できません。
os-supported-unlisted = { $name } のセキュリティ更新がいつまで提供されるか分かりません。
os-supported-unlisted-fix = Sekisho を更新するか、ポリシーに最終日を記載するよう管理者に依頼してください: [rules.os-supported] に ends = {"{"} "{ $release }" = "YYYY-MM-DD" {"}"}
os-supported-unknown = 端末の OS のリリースを判定できませんでした: { why-of }。
os-supported-fix = { $os ->
    [debian] データのバックアップを取り、現行の Debian への更新を管理者に依頼してください。手順はリリースノート(release-notes)のとおりです: /etc/apt/sources.list と /etc/apt/sources.list.d のリリース名を変更し、sudo apt update と sudo apt full-upgrade を実行します。
    [ubuntu] データのバックアップを取り、電源に接続してから更新してください: sudo do-release-upgrade。会社が Ubuntu Pro を契約している場合は、その期限をポリシーに記載するよう管理者に依頼してください。
    [fedora] データのバックアップを取り、電源に接続してから更新してください: sudo dnf upgrade --refresh の後、sudo dnf system-upgrade download --releasever=次のリリース、sudo dnf system-upgrade reboot。
    [rhel] サポート中のメジャーリリースへの更新または移行(sudo leapp upgrade)を管理者に依頼してください。
    [suse] 次のサービスパックまたはリリースへの更新を管理者に依頼してください: SUSE Linux Enterprise では sudo zypper migration、openSUSE Leap では sudo zypper --releasever=次のリリース dup。
    [windows] 電源に接続し、「設定」の「Windows Update」が提示する最新のリリースに更新してください。提示されない場合は管理者に相談してください。会社が拡張セキュリティ更新を購入している場合は、管理者がその期限をポリシーに記載します。
   *[other] セキュリティ更新が提供されているリリースへの更新を管理者に依頼してください。
}

updates-pending-ok = { $listed } 時点の一覧では、未適用のセキュリティ更新はありません。
updates-pending-missing = { $name } のセキュリティ更新が公開されていますが、適用されていません。{ and-also }
updates-pending-fix = { $manager ->
    [apt] 電源に接続し、更新を適用してください: sudo apt update && sudo apt full-upgrade。保留されている場合は、apt-mark showhold で固定されたパッケージを確認するよう管理者に依頼してください。求められた場合は再起動してください。
    [dnf] 電源に接続し、更新を適用してください: sudo dnf upgrade --refresh --security。その後、再起動してください。
    [zypper] 電源に接続し、更新を適用してください: sudo zypper refresh && sudo zypper patch --category security。その後、再起動してください。
    [windows] 電源に接続し、「設定」の「Windows Update」から更新を適用してください。求められた場合は再起動してください。
   *[other] システムが提示する更新を適用してください。
}
updates-pending-restart = 適用済みの更新のうち、再起動しないと有効にならないものがあります。
updates-pending-restart-fix = 作業を保存し、端末を再起動してください。
updates-pending-restart-unknown = 未適用のセキュリティ更新はありませんが、再起動が必要かどうか判定できませんでした: { why-of }。
updates-pending-old = セキュリティ更新の一覧は { $listed } 時点のもので、{ $days } 日より前です。それ以降に公開された更新は分かりません。
updates-pending-refresh = { $manager ->
    [apt] ネットワークに接続し、一覧を取得し直してください: sudo apt update。毎日の取得には unattended-upgrades を使用してください。
    [dnf] ネットワークに接続し、一覧を取得し直してください: sudo dnf makecache --refresh。毎日の取得: sudo systemctl enable --now dnf-makecache.timer
    [zypper] ネットワークに接続し、一覧を取得し直してください: sudo zypper refresh
    [windows] ネットワークに接続し、「設定」の「Windows Update」で「更新プログラムのチェック」を選んでください。日付が変わらない場合は、この端末が自分で確認できる設定か管理者に確認してください。
   *[other] ネットワークに接続し、更新の一覧を取得し直してください。
}
updates-pending-ahead = セキュリティ更新の一覧の作成日が未来になっています({ $listed })。時計が正しくありません。
updates-pending-no-lists = 未適用のセキュリティ更新を示す一覧を持つパッケージ管理ツールが見つかりませんでした。
updates-pending-unknown = 未適用のセキュリティ更新を判定できませんでした: { why-of }。
updates-pending-lists-fix = ネットワークに接続し、更新の一覧を取得してください(sudo apt update、または sudo dnf clean all の後に sudo dnf makecache)。それでも判定できない場合は、ディストリビューションのセキュリティ用の取得元を追加するよう管理者に依頼してください。

## ファイアウォール、セキュアブート、管理者権限

firewall-on-ok = 外部からの要求していない接続は、ファイアウォールで拒否されます。
firewall-on-open = { $over ->
    [ipv4] IPv4 による
    [ipv6] IPv6 による
   *[both] 外部からの
}要求していない接続が、ファイアウォールで拒否されていません。
firewall-on-fix = { $os ->
    [debian] ファイアウォールを有効にするよう管理者に依頼してください: sudo apt install ufw の後、sudo ufw enable
    [ubuntu] ファイアウォールを有効にするか、管理者に依頼してください: sudo ufw enable
    [fedora] ファイアウォールを有効にするよう管理者に依頼してください: sudo systemctl enable --now firewalld
    [rhel] ファイアウォールを有効にするよう管理者に依頼してください: sudo systemctl enable --now firewalld
    [suse] ファイアウォールを有効にするよう管理者に依頼してください: sudo systemctl enable --now firewalld
    [windows] すべてのネットワークで Windows のファイアウォールを有効にするよう管理者に依頼してください(PowerShell): Set-NetFirewallProfile -All -Enabled True -DefaultInboundAction Block
   *[other] IPv4 と IPv6 の受信接続を拒否するファイアウォールの設定を管理者に依頼してください。
}
firewall-on-unknown = 外部からの接続をファイアウォールが拒否するか判定できませんでした: { why-of }。
firewall-on-no-nft-fix = カーネルの規則を読み取るため、nftables を導入するよう管理者に依頼してください。
firewall-on-legacy-fix = 規則を読み取れるよう、ファイアウォールを nftables に移行するよう管理者に依頼してください(update-alternatives --set iptables /usr/sbin/iptables-nft)。

secure-boot-ok = セキュアブートは有効です。
secure-boot-off = セキュアブートが無効です。ディスク上にあるものが何でも起動します。
secure-boot-fix = ファームウェアの設定でセキュアブートを有効にするよう管理者に依頼してください。そこで有効な場合は、shim の検証を有効に戻します(sudo mokutil --enable-validation の後に再起動)。ディスクの回復キーを用意しておいてください。
secure-boot-bios = この端末は BIOS で起動し、セキュアブートがありません。
secure-boot-bios-fix = UEFI モードとセキュアブートで再設定するよう管理者に依頼してください。
secure-boot-unknown = セキュアブートが有効か判定できませんでした: { why-of }。

local-administrators-ok = { $count ->
    [0] 管理者権限があるのは、認められた利用者のみです。
   *[other] 認められた利用者のほかに { $count } 個のアカウントに管理者権限がありますが、ポリシーの範囲内です。
}
local-administrators-many = { $count ->
    [1] アカウント { $name } に
   *[other] { $name } など { $count } 個のアカウントに
}管理者権限があります。ポリシーで認められているのは、指定された利用者のほかに { $max } 個までです。{ and-also }
local-administrators-fix = { $names } のうち不要なアカウントの権限を外すよう管理者に依頼してください: { $system ->
    [windows] 「コンピューターの管理」の「ローカル ユーザーとグループ」で、根拠に識別子で示すグループから外します。
   *[other] 根拠に示すグループごとに sudo gpasswd --delete アカウント名 グループ名。主グループの場合は sudo usermod --gid 別のグループ アカウント名。
}または、ポリシーで認めてもらってください。
local-administrators-root = { $system ->
    [windows] 管理者のグループに、だれにでも当てはまる { $name } が含まれています。
   *[other] アカウント { $name } は別名の root です。
}{ and-also }
local-administrators-root-fix = { $system ->
    [windows] すぐに管理者に連絡してください。管理者が、根拠に示すグループから { $name } を外すか、ポリシーに記載します。
   *[other] アカウント { $name } に心当たりがなければ、すぐに管理者に連絡してください。管理者がアカウントの行を削除するか(sudo vipw、sudo vipw -s)、ポリシーに記載します。
}
local-administrators-directory = { $system ->
    [windows] この端末自体には認められていない管理者はいませんが、{ $sources } に含まれる利用者は確認していません。
   *[other] 端末のファイルには認められていない管理者はいませんが、{ $sources } のアカウントは確認していません。
}
local-administrators-directory-fix = ディレクトリーがこの端末の管理者を定めているか管理者に確認し、そこで管理している場合はポリシーに directory = "trust" を設定するよう依頼してください。
local-administrators-unknown = 管理者権限のある利用者を判定できませんでした: { why-of }。

## M2, M10, M11: ネットワーク

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
    [outside] 社外では認められていません。
   *[unknown] 社外では認められていませんが、社内ネットワークかどうか確認できません。
}
network-permitted-ok = { $links } で接続しています。社外でも認められた接続です。
network-permitted-inside = 社内ネットワークに接続しています。
network-permitted-none = ネットワークに接続していません。
network-permitted-open = Wi-Fi「{ $name }」は誰でも接続できます。{ if-outside }
network-permitted-unlisted = Wi-Fi「{ $name }」はポリシーで指定されたネットワークではありません。{ if-outside }
network-permitted-kind = { $link }({ link-kind-of })で接続しています。{ if-outside }
network-permitted-fix = このネットワークから切断し、認められたネットワーク(社内、パスワードのある自宅の Wi-Fi、携帯電話など)を使ってください。社内ネットワークの場合は、エージェントが社内と認識できるように管理者へ連絡してください。
network-permitted-unknown = どのネットワークに接続しているか判定できませんでした: { why-of }。
network-permitted-wifi-unknown = { $link } の Wi-Fi の種類を判定できませんでした: { why-of }。

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
wifi-secure-ok = Wi-Fi「{ $name }」は { security-of } で保護されています。
wifi-secure-none = この端末に Wi-Fi はありません。
wifi-secure-not-connected = Wi-Fi に接続していません。
wifi-secure-weak = Wi-Fi「{ $name }」の保護が不十分です: { security-of }。
wifi-secure-weak-cipher = Wi-Fi「{ $name }」の暗号は安全でない { $cipher ->
    [wep] { cipher-wep }
   *[tkip] { cipher-tkip }
} です。
wifi-secure-fix = WPA2 または WPA3 の Wi-Fi に接続してください。自宅の Wi-Fi の場合は、ルーターの設定でセキュリティを「WPA」や「TKIP」ではなく「WPA2(AES)」または「WPA3」にしてください。
wifi-secure-mixed = Wi-Fi「{ $name }」は、認められた方式({ $good })のほかに認められていない方式({ $weak })にも対応していて、どちらが使われているか確認できません。
wifi-secure-mixed-fix = 自宅の Wi-Fi の場合は、ルーターの設定でセキュリティを「WPA2(AES)」または「WPA3」のみにしてください。それ以外の場合は管理者に連絡してください。
wifi-secure-unknown = どの Wi-Fi に接続しているか判定できませんでした: { why-of }。
wifi-secure-network-unknown = Wi-Fi「{ $name }」の保護の方式を判定できませんでした: { why-of }。

vpn-if-outside = { $place ->
    [outside] {""}
   *[unknown] 社内ネットワークかどうか確認できないため、VPN が必要かどうかは不明です。
}
vpn-outside-ok = VPN に接続しています({ $link })。
vpn-outside-inside = 社内ネットワークに接続しているため、VPN は不要です。
vpn-outside-not-required = ポリシーは社外での VPN を求めていません。
vpn-outside-none = ネットワークに接続していません。
vpn-outside-not-up = 会社の VPN に接続していません。{ vpn-if-outside }
vpn-outside-beside = VPN を経由しない通信があります: { $family ->
    [ipv4] IPv4
   *[ipv6] IPv6
} は { $link } から出ています。{ vpn-if-outside }
vpn-outside-fix = 会社の VPN に接続してください(デスクトップのネットワークメニューの VPN、または VPN の専用プログラム)。接続していても一部の通信しか経由しない場合は、管理者に相談してください。
vpn-outside-named-fix = 会社の VPN({ $links })に接続してください(デスクトップのネットワークメニューの VPN、または VPN の専用プログラム)。接続していても一部の通信しか経由しない場合は、管理者に相談してください。
remedy-cut-off = この端末は会社の指示によりネットワークから切り離されているため、今は対処できません。管理者が解除するまで、そのままにしてください。
vpn-outside-unknown = VPN に接続しているか判定できませんでした: { why-of }。

## 会社独自の規則

company-ok = 会社の規則を満たしています。
company-broken = 会社の規則を満たしていません。
company-broken-by = 会社の規則を満たしていません: { $what }({ $said })。{ and-also }
company-fix = { $text }
company-unknown = 会社の規則を満たしているか判定できませんでした。{ $fact }: { why-of }。
company-absent = 会社の規則を満たしているか判定できませんでした。この端末に { $fact } はありません。
company-nothing = 会社の規則を満たしているか判定できませんでした。どの端末にもあるはずの { $list } が見つかりません。
company-number = 会社の規則を満たしているか判定できませんでした。式の中の数値が大きすぎるか、0 で割っています。
company-costly = 会社の規則を満たしているか判定できませんでした。この端末では { $max } ステップを超えます。
company-costly-together = 会社の規則を満たしているか判定できませんでした。この端末では、先に評価した会社の規則と合わせて { $max } ステップを超えます。
remedy-rule = この表示を管理者に見せてください。このような端末でも判定できるように規則を書く必要があります。

## 管理コマンド

admin-id = ID
admin-name = 名前
admin-state = 状態
admin-group = グループ
admin-uses = 残り回数
admin-ends = 期限
admin-note = 用途
admin-approval = 承認
admin-approves = 自動承認
admin-approves-not = 管理者が承認する
exception-requested = 申請中
exception-approved = 承認済み
exception-in_force = 適用中
exception-ends_soon = まもなく終了
exception-lapsed = 規則が変更済み
exception-ended = 終了
exception-revoked = 取消済み
admin-number = 番号
admin-for-whom = 対象
admin-begins = 開始
admin-requested = 申請者
admin-default-group = 既定のグループ
admin-what-ends = 種類
admin-about = 内容
admin-ended-at = 期限切れ { $at }
admin-nothing-ends = その期間内に期限を迎えるものはありません。
admin-agents = 使用中のエージェントの版
admin-agents-count = { $version }: { $count } 台
admin-never-reported = 未報告
ends-root-certificate = ルート証明書
ends-server-certificate = サーバー証明書
ends-device-certificate = 端末証明書
ends-approval = 端末の承認
ends-take-out = 持ち出しの承認
ends-order = 隔離(自動解除)
ends-token = トークン
ends-exception = 例外
admin-of-group = グループ { $group }
admin-exception-lapsed = この例外は現在どの判定にも適用されません。申請後にポリシーでこの規則の内容が変わったか、規則がなくなったためです。必要であれば改めて申請してください。
admin-exception-todo = 別の管理者が承認すると有効になります: sekisho-collector exception approve { $number }
admin-warning-nobody_reports = 長期間どの端末からも報告がないため、報告の途絶を数えるのを止めています。端末がこの管理サーバーに接続できるか、サーバーの時計が正しいか、端末で sekisho-agent status が何を示すかを確認してください。
admin-warning-exception_waits = 例外の申請が、申請者以外の管理者の承認を待っています: sekisho-collector exception list
admin-warning-take_out_ends = 3 日以内に持ち出しの承認が終了する端末があります: sekisho-collector device list --take-out ending
admin-warning-exception_ends = 14 日以内に終了する例外があります。終了後は再び違反に数えます: sekisho-collector exception list
admin-warning-device_damaged = 記録が破損していて命令を出せない端末があります。端末名は管理サーバーのログにあります。バックアップから復元してください: sekisho-collector restore --help
admin-warning-order_damaged = 読み取れないために端末に届かない命令があります。端末名は管理サーバーのログにあります。命令を出し直してください: sekisho-collector order --help
admin-token-once = このトークンは今回だけ表示されます。各端末で次のように入力してください:
admin-token-use = sudo sekisho-agent enroll --collector HOST:PORT --token TOKEN
admin-token-withdrawn = トークン { $token } を取り消しました。以後このトークンでは登録できません。
admin-token-is-good = 有効
admin-token-is-withdrawn = 取消済み
admin-token-is-over = 期限切れ
admin-token-is-used = 使用済み

admin-registration = 登録状態
admin-standing = 判定
admin-access = 通信
admin-connection = 接続
admin-seen = 最終確認
admin-owner = 利用者
admin-no-devices = 該当する端末はありません。端末を登録するトークンは `token create` で作成します。
admin-devices-count = 端末 { $count } 台
admin-attached = 接続中
admin-not-attached = 未接続
admin-cloned = 重複(2台)
admin-standing-damaged = 記録の破損
admin-no-verdict = 未判定
admin-registered = { $name }({ $id })の登録状態: { $state }
admin-cut-off = 接続していた場合は切断しました。
admin-clone-decided = { $name } の重複を解決しました。残した端末は自動で再接続します。

admin-register = 端末台帳
admin-enrolled = 登録日時
admin-approved-until = 承認期限
admin-take-out = 持ち出し
admin-take-out-from-to = { $from } ~ { $until }、承認者 { $by }{ $purpose ->
    [none] {""}
   *[other] : { $said }
} ({ $state })
admin-take-out-to_come = 開始前
admin-take-out-in_force = 有効
admin-take-out-ended = 終了
admin-taken-out = { $name } の持ち出しを承認しました: { $from } ~ { $until }
admin-take-out-over = { $name } の持ち出しの承認を終了しました。
admin-taken-out-count = 持ち出し承認中
admin-take-outs-ending = うち3日以内に終了
admin-data-class = 情報区分
admin-class-of-group = グループの設定に従う
admin-asset = 資産番号
admin-token = トークン
admin-certificate = 証明書
admin-certificate-until = { $name }、{ $end } まで
admin-no-certificate = 有効なものなし(失効済み)
admin-clone-case = 2台の端末がこの登録を名乗っています
admin-noticed = 検知日時
admin-noticed-by = 検知方法
admin-came-from = 接続元
admin-machine-known = 以前からの端末
admin-machine-came = 新たに現れた端末
admin-clone-todo = `device resolve` で決めるか、`device retire` で両方を締め出してください。
admin-last-report = 最新の報告
admin-never-connected = 登録後に接続していません。
admin-agent = エージェント
admin-sequence = 報告番号
admin-taken = 読取日時
admin-skew-off = { $skew }(時計が正しくありません)
admin-recorded = 記録日時
admin-skew = 時計の進み
admin-evidence = 根拠
admin-order = 命令
admin-ordered = 命令内容
admin-given = 発令
admin-allowed = 通信を許可する宛先
admin-reason = 理由
admin-no-order = 命令はまだ出ていません。
admin-order-damaged = 有効な命令を読み取れません（{ $why }）。端末は、すでに受け取っている命令に従っています。命令を出し直してください。拒否される場合は、バックアップから復元してください: sekisho-collector restore --help
admin-desired = 受領
admin-applied = 適用
admin-verified = 検証
admin-probe = 疎通試験
admin-open = 通る
admin-closed = 通らない
admin-observed = 観測日時
admin-lifted = 一時解除の期限
admin-reasserted = 復元回数
admin-gap = 隔離の対象外
gap-frames = 生フレームの送信、および他のインターフェースに重ねたインターフェース
gap-open_connections = 隔離前から開いていた接続を読み取るだけのプログラムには、切断が伝わりません
gap-configuration = 端末の設定ファイルの内容（使用できないため、既定値で動作しています）
gap-upgrade = 新しい版の機能。この端末は前の版で動作を続けています
gap-other = このコレクターの知らない種類の抜けです。コレクターを更新してください
admin-refused = 拒否した命令
admin-refused-last = エージェントの起動後 { $count } 件。最後は { $at }、世代 { $generation }: { $why }
refused-not_trusted = この端末が信頼する鍵で署名されていません
refused-malformed = 形式の誤り、または上限の超過
refused-not_known = このエージェントの知らない内容です。エージェントを更新してください
refused-other_device = 別の端末宛てです
refused-older = 有効な命令より古い世代です
refused-conflicting = 同じ世代の別の命令が有効です
refused-ended = 期限を過ぎています
refused-other = このコレクターの知らない理由です。コレクターを更新してください
admin-machine = 機器
admin-hostname = ホスト名
admin-product-uuid = システムUUID
admin-serial = 製造番号
admin-machine-mark = 機器識別値
admin-boot-id = 起動ID
admin-absent = なし

admin-generation = 世代
admin-outcome = 結果
admin-order-refused = 拒否
admin-order-sent = 送信済み
admin-order-waits = 接続時に送信
admin-orders-count = 記録 { $recorded } 件、うち即時送信 { $sent } 件、拒否 { $failed } 件
admin-code-use = 端末に入力してください。1回だけ有効で、隔離を { $hours } 時間解除します。
admin-proved = { $total } 台中 { $proved } 台で検証済み
admin-lack-connection = 接続していません
admin-lack-taken-up = 接続していますが、命令をまだ受領していません
admin-lack-applied = 命令を受領しましたが、ファイアウォールへの適用を確認できません
admin-lack-verified = ファイアウォールには適用されていますが、疎通試験で検証できていません

admin-policy-good = ポリシー文書に誤りはありません。既定以外のグループ数: { $groups }
admin-policy-applied = ポリシー第 { $version } 版を適用しました。接続中の端末は 2 分以内にこの版で報告します。それまでは直前の判定が表示されます。
admin-policy-groups-missing = 端末またはトークンが属するグループがこのポリシーにありません: { $groups }。それらの端末は既定のグループで判定され、準拠とはみなされません。グループを戻すか、端末を別のグループへ移してください: sekisho-collector device --help
admin-policy-type = 第 { $version } 版として適用する場合は { $version } と入力してください。それ以外は中止します:
admin-todo-policy_not_confirmed = 変わる内容は --dry-run で確認できます。適用するには --yes を付けてください。
admin-todo-no_such_version = 保存されている版は policy log で確認できます。
admin-todo-other_version = 現時点で変わる内容を確認し、もう一度確定してください。
admin-rehearsal-same = この文書は第 { $version } 版としてすでに適用されています。
admin-rehearsal = 最後に報告された内容をもとに、{ $judged } 台をこの文書と適用中の第 { $version } 版で判定しました。判定が変わる端末: { $changed } 台
admin-rehearsal-rules = 判定が変わる規則(台数)
admin-rehearsal-devices = 端末
admin-fails = 違反
admin-fails-later = 猶予中
admin-first-due = 最初の期限
admin-dropped = 規則なし
admin-passes = 改善
admin-unknown = 判定不能
admin-group-default = 既定
admin-before = 適用中
admin-after = この文書
admin-when-due = 猶予終了後
admin-changes = 変更点
admin-unjudged = 判定できない端末: { $count } 台
unjudged-no_report = まだ報告がありません
unjudged-damaged = 報告された内容を読み取れません: { $detail }
state-not_asked = 規則なし
state-kept = 適合
state-unknown = 数えない
state-grace = 猶予中
state-violation = 違反
admin-version = 版
admin-by = 適用者
admin-digest = ダイジェスト
admin-reverts = 第 { $version } 版に復帰
admin-policies-earlier = これより古い版は保存されていません。監査記録で確認できます。
admin-diff-same = 2 つの文書は同じです。
admin-diff-comments = 違いはコメントまたは順序だけで、求める内容は同じです。
admin-policy-unchanged = この文書は第 { $version } 版としてすでに適用されています。

admin-preview-isolated = { $count } 台を隔離します。うち接続中は { $attached } 台です。
admin-preview-full = { $count } 台の隔離を解除します。うち接続中は { $attached } 台です。
admin-preview-more = ほか { $count } 台。--dry-run で全件を確認できます。
admin-preview-refused = 命令が拒否されるため含まれない端末: { $count } 台
admin-preview-type = 実行する場合は { $count } と入力してください。それ以外は中止します:
admin-todo-not_confirmed = 対象の端末は --dry-run で確認できます。実行するには --yes を付けてください。
admin-todo-other_count = 対象の端末を確認してから、もう一度実行してください。
admin-todo-no_such_device = 登録済みの端末は `device list` で確認できます。
admin-todo-nobody = 登録済みの端末は `device list` で確認できます。
admin-todo-ambiguous = ID全体を指定してください。`device list` で確認できます。
admin-todo-refused_transition = 登録状態は `device show` で確認できます。
admin-todo-out_of_use = 登録状態は `device show` で確認できます。
admin-todo-not_isolated = 有効な命令は `order show` で確認できます。
admin-todo-no_clone = 重複の内容は `device show` で確認できます。
admin-todo-bad_policy = 文書を直し、`policy check` で確認してください。現在のポリシーはそのまま有効です。
admin-todo-no_such_group = 先にグループをポリシーに追加して適用してください。
admin-todo-not_ahead = 2026-12-31T18:00:00+09:00 のように、未来の日時を指定してください。
admin-todo-disk = ディスクの空きを確保するか修復してから、もう一度実行してください。
admin-todo-busy = 少し待ってから、もう一度実行してください。
admin-todo-contended = 他の変更内容を確認してから、もう一度実行してください。
admin-todo-no_keys = 先に、`init` が作成した keys の写しをディレクトリに置いてください。

## The agent's commands

enroll-approved = この端末は { $device } として登録され、承認されています。エージェントは自動で接続します。確認: sekisho-agent status
enroll-pending = この端末は { $device } として登録され、管理者の承認を待っています。この端末での作業はありません。確認: sekisho-agent status
status-device = 端末:         { $device }
status-attached = 管理サーバー: { $collector }、接続中
status-attaching = 管理サーバー: { $collector }、接続を試みています
status-detached = 管理サーバー: { $collector }、未接続: { $why }
status-registration = 登録:         { $state }
status-judged = 判定:         { $standing }(報告 { $sequence }、{ $at })
status-not-judged = 判定:         まだありません
status-waiting = 未送信:       管理サーバーに届いていない報告が { $count } 件あります
status-outbox-trouble = 障害:         報告を保存できません: { $why }
status-configuration-trouble = 障害:         { $why }。修正して再起動するまで既定値で動作します: sudo systemctl restart sekisho-agent
status-order = 指示:         { $access }: { $reason }
status-enforcement = ネットワーク: 指示: { $access }、ファイアウォール: { $applied }、検証: { $verified }
status-place = 場所:         { $place }
status-clock-ahead = 時計:         管理サーバーより { $secs } 秒進んでいます。端末の日付と時刻を合わせてください
status-clock-behind = 時計:         管理サーバーより { $secs } 秒遅れています。端末の日付と時刻を合わせてください
status-waiting-because = 未送信:       管理サーバーに届いていない報告が { $count } 件あります（管理サーバーの応答: { $why }）
status-untold = まだ分かりません
local-not-running = { $path } でエージェントが応答しません。起動してください: sudo systemctl start sekisho-agent
local-not-enrolled = この端末は登録されていません。登録してください: sudo sekisho-agent enroll --collector HOST:PORT --token TOKEN
local-enrolment-failed = この端末は登録されていません。自動登録に失敗しました: { $why }
local-other-answer = 動作中のエージェントの版が異なります。再起動してください: sudo systemctl restart sekisho-agent
status-certificate = 証明書:       { $until } まで
preflight-done = この版は、この端末の状態と設定を引き継げます
preflight-refused = この版は、この端末にあるものを引き継げません。
    { $what }
status-upgrade-trouble = 障害:         { $why }。別の版が導入されるまで前の版で動作します
status-agent = エージェント: { $version }、起動 { $since }、最終確認 { $read }
status-not-watched = 監視できない: { $places }(変更は定期確認でのみ検知)
boot-in-force = 適用しました: { $access }
boot-switched-off = 設定によりファイアウォールの変更が禁じられています。何も変更していません
boot-damaged = 記憶している指示を読めません: { $why }。ファイアウォールは変更していません（現在の状態: { $shown }）。エージェントが管理サーバーに接続すると、指示は再び届きます
boot-not-as-ordered = ファイアウォールが指示どおりではありません。指示: { $ordered }、現在の状態: { $shown }
check-captured = この端末ではなく、取り込んだ記録を判定しました: { $host }（{ $at } に版 { $version } で取得）。
collected-headline = この端末が会社の管理サーバーに送る情報と、その目的です。これ以外は送りません。
collected-for = 対象の規則: { $rules }。{ $why }
collected-host-name = ホスト名
collected-host-name-why = どの端末かを人が区別するため。
collected-hardware = 製造元、機種、製造番号、ハードウェアの識別番号、アーキテクチャー、machine-id のダイジェスト、今回の起動の識別番号
collected-hardware-why = ディスクの複製と区別し、端末台帳と照合するため。
collected-system = OS の名称、版、サポート期限、カーネル
collected-system-why = サポートが終わった OS にはセキュリティ更新が届かないため。
collected-volumes = ファイルシステム、スワップ、パーティション: マウント先、デバイス、種類、容量、取り外しの可否、暗号化の方式
collected-volumes-why = 紛失しても情報が漏れないようにするため。ファイルの中身は読みません。
collected-antivirus = ウイルス対策: 製品、版、稼働状態、リアルタイム保護、定義ファイルの版と日付
collected-antivirus-why = 古い定義ファイルでは新しいマルウェアを検出できないため。
collected-software = インストール済みパッケージ: 名称、版、アーキテクチャー、提供元、入手元
collected-software-why = 許可されていないソフトウェアや、既知の脆弱性を見つけるため。
collected-software-user = 特定の利用者だけのパッケージ: その利用者の番号
collected-software-user-why = 名前ではなく番号です。管理者が削除すべき場所を知るため。
collected-updates = 未適用のセキュリティ更新、一覧の新しさ、再起動の要否
collected-updates-why = 既知の脆弱性を塞ぐため。
collected-screen-locks = デスクトップにログイン中の利用者: 利用者名、デスクトップの種類、画面がロックされるまでの時間
collected-screen-locks-why = ロックされていない画面は、通りかかった人に操作されるため。
collected-firewall = ファイアウォールが外からの接続を拒否するか、その根拠となる規則の名前
collected-firewall-why = 外のネットワークから端末に接続されるおそれがあるため。
collected-firmware = セキュアブートの有効・無効、セキュリティチップの版
collected-firmware-why = OS より前に動くものが、署名されたものであることを確かめるため。
collected-administrators = root になれる利用者(Windows では管理者権限のある利用者)の名前と、その根拠となるグループ
collected-administrators-why = この権限があれば、ほかの対策をすべて止められるため。
collected-detections = ウイルス対策ソフトの検出と検査: マルウェアの名称、日時、処置、検査の種類・日時・結果
collected-detections-why = 残っているマルウェアは広がるため。どのファイルにあったかは送りません。
collected-networks = 現在使用中のネットワーク: インターフェースとそのアドレス、外への経路、DNS サーバー、VPN とその接続先、社内ネットワークかどうか
collected-networks-why = 社内ネットワークにいるかを知るため。管理サーバーに接続できなかった間のネットワークは、接続できたときに送ります。
collected-wifi = 使用中の Wi-Fi: 名称、暗号化の方式
collected-wifi-why = 暗号化のない、または弱い Wi-Fi では通信を盗み見られるため。近くの Wi-Fi は送りません。
collected-agent = エージェントの版、稼働開始、最後にすべてを読んだ日時、監視できない場所
collected-agent-why = 報告がないことを異常なしと取り違えないため。
collected-enforcement = 実施中の命令、ファイアウォールの状態、疎通確認の結果
collected-enforcement-why = 隔離は、確かめられて初めて隔離といえるため。
collected-connection = 報告ごとの作成日時と番号、端末の接続元アドレス
collected-connection-why = 報告の順序を保ち、連絡の途絶えた端末に気づくため。
collected-key = この端末の公開鍵
collected-key-why = ほかの機器がこの端末を名乗れないようにするため。秘密鍵は端末から出ません。
collected-never = 送らないもの: ファイルの中身、入力や画面の内容、閲覧したサイト、使用したプログラム。
collected-kept = 保存期間は会社が定めます。管理者に確認してください。管理サーバーは最新の情報と、過去の判定を監査記録に保存し、自動では削除しません。
collected-values = 現在の値: sekisho-agent check --json
capture-written = { $folder } に { $files } ファイル、{ $kib } KiB を書き出しました。
capture-late = { $fact }: 読み取りが終わらなかったため、判定では不明になります。
capture-refused = 次のものは読めませんでした。判定では不明になります。
capture-refused-path = { $path }: { $why }
capture-refused-more = ほか { $count } 件。すべてはディレクトリ内の一覧にあります。
capture-left-out = 鍵、machine-id、氏名と、設定や一覧のうちどの規則も読まない部分は含めていません。利用者名、ソフトウェア、保護の状態が入っているため、この端末の管理に携わる人だけに渡してください。
capture-next = 判定はどの端末でもできます: sekisho-agent check --from { $folder }
capture-not-empty = { $folder } は空ではないため、何も書き出しませんでした。空のディレクトリか、まだ無いディレクトリを指定してください。
capture-not-yours = { $folder } の所有者は別の利用者で、書き出しの途中で書き換えられるおそれがあるため、何も書き出しませんでした。自分のディレクトリか、まだ無いディレクトリを指定してください。
capture-failed = 書き出せませんでした。{ $folder } には何も残していません
check-watching = 変化があるたびに再点検します。終了するには Ctrl-C を押してください。
notify-soon = まもなく不適合になります: { $rule }
notify-broken = 対応が必要です: { $rule }
notify-overdue = 対応期限を過ぎています: { $rule }
notify-due = { $due } までに対応してください。
notify-isolated = この端末はネットワークから遮断されました
notify-isolated-body = 管理者の指示による遮断です（理由: { $reason }）。電源を切らず、何も変更せずに、管理者へ連絡してください。
notify-restricted = この端末のネットワーク利用は制限されています
notify-restricted-body = 管理者の指示による制限です（理由: { $reason }）。
notify-free = この端末はネットワークに復帰しました
notify-free-body = 遮断は解除されました。通常どおり使用できます。
notify-until = 遅くとも { $until } に解除されます。
release-challenge = 次のチャレンジを管理者に伝えてください: { $challenge }
    回答を受け取ったら入力してください: sekisho-agent release --code CODE
release-done = 隔離を { $until } まで解除しました。

## The collector's first steps

init-made = 管理サーバーを { $dir } に作成しました。
init-token = 最初のトークンで { $uses } 台のPCを { $until } まで登録できます。表示は今回限りです。
init-next = 次の手順: 管理サーバーを起動し、PCを登録し、端末台帳で確認してください。
init-backup = { $dir }/keys の写しを安全な場所に保管してください。失うと、すべてのPCの登録をやり直すことになります。

admin-size = 件数
admin-root = ルート
admin-key = 公開鍵
admin-signature = 署名
admin-note-down = 控え
admin-index = 番号
admin-at = 日時
admin-who = 実施者
admin-deed = 操作
admin-device = 端末
admin-details = 詳細
admin-exported = { $count } 件を署名付きで書き出しました。
admin-verified-log = 記録は完全です。署名された { $count } 件と一致しました。
admin-backed-up = { $file } に { $bytes } バイトを書き出しました。鍵は含まれません。鍵の写しは別の場所に保管してください。
admin-restored = { $dir } に復元しました。監査記録 { $count } 件は完全です。次の手順:

admin-collector = 管理サーバー
admin-serving-since = 稼働開始
admin-policy = ポリシーの版
admin-audit-log = 監査記録の件数
admin-server-certificate = サーバー証明書
admin-root-certificate = ルート証明書
admin-until = { $end } まで
admin-devices = 端末
admin-total = 登録台数
admin-attached-count = 接続中
admin-stale = 接続が途絶
admin-severity = 重大度
admin-mended = 是正
admin-returned = 再発
admin-returned-times = { $count ->
   *[other] { $count } 回
  }(是正から 1 時間以内の再発のため、猶予は継続)
admin-history = 検出事項の履歴
admin-no-history = 検出事項の発生・是正はまだありません。
admin-when = 日時
admin-turn = 内容
admin-entry = 監査記録の番号
turn-began = 発生
turn-returned = 再発
turn-due = 猶予終了
turn-mended = 是正
turn-ended = 対象外
turn-excepted = 例外開始
turn-exception_ended = 例外終了
admin-since = 開始日
admin-excepted = 例外
found-fail = 不適合
found-unknown = 判定不能
found-pass = 適合
found-not_applicable = 対象外
admin-findings-count = { $count ->
    [0] 検出事項はありません。
   *[other] 検出事項 { $count } 件
  }
admin-seen-long-ago = { $seen }(接続が途絶)
admin-restricted = 隔離・制限中
admin-warning-not_recording = 管理サーバーは記録できません。そのあいだ報告は受領されず、命令も出せません: { $why }
admin-warning-server_certificate_not_renewed = サーバー証明書が自動で更新されるはずの時期を過ぎています。原因は管理サーバーのログで確認してください。多くの場合、keys ディレクトリに書き込めません。
admin-warning-root_certificate_ends = ルート証明書の期限まで2年を切りました。期限を過ぎると、すべての端末が管理サーバーを信頼できなくなります。`init` で新しい管理サーバーを作成し、期限までに端末を登録し直してください。
admin-warning-beacon_not_serving = ビーコンが応答していないアドレスがあります。そこでは端末が社内にいると判定されません: sekisho-collector beacon status
admin-beacon = ビーコン
admin-beacon-addresses = 問い合わせ先
admin-beacon-pin = 使用中の鍵
admin-beacon-next-pin = 次の鍵
admin-beacon-trouble = 応答していません
admin-beacon-none = この管理サーバーにはビーコンがないため、端末は社内ネットワークにいるかどうかを判定できません。collector.toml の [beacon] で設定します。
admin-beacon-rotated = 次の鍵に切り替えました。この鍵は端末に通知済みです。その次の鍵は、接続中の端末には再接続の際に、その他の端末には次の接続の際に通知されます。
admin-progress-bytes = { $mebibytes } MiB
admin-progress-part = { $percent } %
admin-record-exported = { $file } に { $bytes } バイトを書き出しました。1行に1件のJSONです。
admin-verified-entry = { $index } 番の記録は、署名された { $count } 件の記録に含まれています。
admin-verified-growth = { $from } 件の記録は、{ $count } 件の記録の先頭部分と一致します。どちらも署名されています。
admin-todo-bad_backup = 別のバックアップと、その取得元の管理サーバーの鍵を使ってください。何も復元していません。
admin-todo-file = ファイルの有無と権限を確認してください。
admin-todo-usage = 入力方法は `--help` で確認できます。
admin-todo-forbidden = root または管理サーバーの実行ユーザーで実行してください(sudo など)。
admin-todo-no_answer = 何が実行されたかを確認してから、もう一度実行してください。詳しくは管理サーバーのログにあります。
admin-todo-deadline = 何が実行されたかを確認してから、対象を減らしてもう一度実行してください。
admin-todo-too_large = 対象を減らしてください。
admin-todo-not_understood = このプログラムと管理サーバーを同じ版にしてください。
admin-todo-missing = 指定してから、もう一度実行してください。
admin-todo-too_long = 短くしてから、もう一度実行してください。
admin-todo-too_many = 数を減らしてから、もう一度実行してください。
admin-todo-control_character = 1行で、文字の向きを変える記号を使わずに入力してください。
admin-todo-out_of_range = 許される範囲の値を指定してください。
admin-todo-not_one_of = 許される値を指定してください。
admin-todo-no_take_out = 承認の有無は `device show` で確認できます。
admin-todo-no_code = 端末に表示されたチャレンジをもう一度確認してください。
admin-todo-no_beacon = collector.toml の [beacon] と keys ディレクトリを確認し、管理サーバーを再起動してください。
admin-todo-conflict = 最新の状態を確認してから、もう一度判断してください。
admin-todo-not_found = 一覧で確認してください。
admin-todo-corrupt = バックアップから復元してください。手順は `restore --help` にあります。

## Self-test of a machine

self-test-outcome-pass = 合格
self-test-outcome-fail = 不合格
self-test-outcome-unknown = 判定不能
self-test-facts = 事実の読み取り(1件ずつ):
self-test-surroundings = 読み取りのまわり:
self-test-isolation = この端末を{ $secs }秒間、隔離します。その間、ほかのプログラムは通信できません。Ctrl-C ですぐに終わります:
self-test-more = ほか{ $count }件。--json のファイルにすべてあります
self-test-end = 合格: { $passed }、不合格: { $failed }、判定不能: { $unknown }
self-test-written = { $path } に書きました。この端末についてはシステムの種類のほか何も含みません。内容を確かめてから、依頼した人に送ってください。
self-test-because = { $value }
self-test-no-guests = この Windows には WSL とコンテナー用のファイアウォールがありません(Windows 11 22H2 から)
self-test-not-enrolled = この端末は登録されていません
self-test-name-one = この端末は登録されていません。隔離中も届くサーバーを --collector IP:PORT で指定してください
self-test-already = すでに隔離されています
self-test-changed = 規則が適用したときのままではありません
self-test-shut = 届くはずなのに届きません
self-test-open = 届かないはずなのに届きます: { $value }
self-test-lives = サーバーがまだ応答します
self-test-host = 端末
self-test-volumes = ボリューム
self-test-antivirus = ウイルス対策
self-test-software = インストール済みソフトウェア
self-test-release = リリース
self-test-updates = セキュリティ更新
self-test-screen-locks = 画面ロック
self-test-firewall = ファイアウォール
self-test-secure-boot = セキュアブート
self-test-tpm = TPM
self-test-administrators = 管理者
self-test-network = ネットワーク
self-test-configuration = 設定ファイルを使える
self-test-state = 状態フォルダーに書き込める
self-test-identity = 登録情報を読める
self-test-agent = 動作中のエージェントが応答する
self-test-collector = 管理サーバーに接続できる
self-test-isolation-read = 隔離の規則を読める
self-test-isolation-watched = 規則の変更が通知される
self-test-isolation-way = 隔離中も届くサーバーがわかっている
self-test-isolation-none = はじめに隔離されていない
self-test-collector-before = 届くべきサーバーがはじめに応答する
self-test-elsewhere-before = 別のサーバーがはじめに応答する
self-test-isolation-guard = このプログラムが落ちても解除される
self-test-isolation-applied = 隔離が適用され、読み戻して確かめられた
self-test-collector-meanwhile = 届くべきサーバーに届く
self-test-world-meanwhile = そのほかのネットワークには届かない
self-test-elsewhere-meanwhile = 別のサーバーには届かない
self-test-loopback-meanwhile = この端末の中のプログラムどうしは通信できる
self-test-connection-dies = はじめから開いていた接続は切れている
self-test-isolation-held = 規則が終わりまで保たれた
self-test-isolation-lifted = 隔離が解除された
self-test-elsewhere-after = 別のサーバーが再び応答する
forget-isolation-done = この端末に隔離の規則は残っていません。
forget-isolation-device = この端末は管理サーバーに登録されています。隔離を解除できるのは解除コードだけです(sekisho-agent release)。何も変更していません。
