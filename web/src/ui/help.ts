// Lines to call in a crisis; the person can write another one.
export const HELP: Record<string, string> = {
  KR: '109',
  US: '988',
  CA: '988',
  GB: '116 123',
  IE: '116 123',
  DE: '0800 111 0 111',
  FR: '3114',
  AU: '13 11 14',
  NZ: '1737',
};
