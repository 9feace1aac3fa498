### Sekisho が人に伝える言葉(日本語)。en.ftl と同じキー、同じ変数を持つ。

## 名称

rule-device-approved = 承認済み端末
rule-disk-encrypted = ディスク暗号化
rule-definitions-current = ウイルス定義ファイル
rule-software-allowed = 許可ソフトウェア

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
column-due = 期限

## M1: 承認済み端末

device-approved-ok = この端末は会社に承認されています。
device-approved-until = この端末は { $until } まで会社に承認されています。
device-approved-not-enrolled = この端末が承認されているか分かりません。未登録か、まだ管理サーバーから連絡を受けていません。
device-approved-not-enrolled-fix = 管理者から受け取ったトークンで端末を登録し(sekisho-agent enroll)、社内ネットワークに一度接続してください。
device-approved-pending = この端末は登録されていますが、まだ承認されていません。
device-approved-pending-fix = 管理者に承認を依頼してください。承認されるまで業務に使用しないでください。
device-approved-suspended = この端末は利用を停止されています。
device-approved-retired = この端末は廃止されています。
device-approved-lost = この端末は紛失または盗難として登録されています。
device-approved-cloned = 2 台の機器がこの端末を名乗っています。
device-approved-ended = この端末の承認は { $until } に期限が切れました。
device-approved-group = この端末のグループ「{ $group }」はポリシーにありません。既定のグループで判定しました。
device-approved-fix = この端末での業務を中止し、管理者に連絡してください。

## sekisho-agent check

check-headline = この端末の判定: { $standing }（判定日時 { $at }）
check-more-evidence = ほか { $count } 件。すべてを見るには --json を付けてください
check-policy-shipped = 製品に付属の既定ポリシーで判定しました。コレクターからのポリシーはまだ受け取っていません。
check-policy-file = { $name } のポリシーで判定しました。
check-policy-collector = コレクターから最後に受け取ったポリシーで判定しました。
check-host = 端末
check-volumes = ボリューム
check-antivirus = ウイルス対策
check-software = インストール済みパッケージ
check-none = なし
check-unmounted = { $name }（未マウント）
check-encrypted = 暗号化済み
check-plain = 暗号化されていません
check-exempt = 暗号化不要
check-yes = はい
check-no = いいえ
check-product = { $name }: 動作中: { $running }、リアルタイム保護: { $realtime }、定義ファイル: { $definitions }
