/** What file systems without hard links answer: exFAT and FAT, some of SMB and of FUSE. */
const CODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Whether `error`, of making a hard link, says that the file system has none. */
export function isWithoutLinks(error: unknown): boolean {
  return CODES.includes((error as NodeJS.ErrnoException).code ?? '');
}
