# Makes a root of its own, for systemd moves roots about and cannot move the first one.
mount -t tmpfs -o mode=755 root /mnt
cd /mnt
cp -a /bin /etc /lib /lib64 /sbin /story /usr /mnt/
mkdir dev proc root run srv sys tmp var
mount -t ext4 /dev/vda /mnt/var
mkdir -p /mnt/var/lib /mnt/var/tmp /mnt/var/log
for kernels in dev proc run sys; do mount --move /$kernels /mnt/$kernels; done
exec switch_root /mnt /lib/systemd/systemd
