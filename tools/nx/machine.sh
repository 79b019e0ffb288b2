# Prints what tests skip without, where this machine has it: Nx replays their results only where it prints the same.
# Nx runs it, from the root, with every command that may test: it must stay fast.
for program in tiffinfo tiffcp munged slurmctld slurmd sbatch nvidia-smi mount; do command -v "$program"; done
# Whether this is root, and may mount.
id -u
grep CapEff /proc/self/status
unshare -Urpf --mount-proc true 2>/dev/null && echo unshare
ls -d /dev/nvidia[0-9]* /dev/dxg ../shared/data/* 2>/dev/null
exit 0
