import base from './playwright.config';

export default {
  ...base,
  testDir: 'tests/screens',
  testMatch: 'screens.spec.ts',
  globalTeardown: './tests/screens/sheets.ts',
};
