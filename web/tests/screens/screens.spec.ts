// Every screen, phone and desktop, both languages. The journal holds a month that was made up for the pictures.
import { mkdirSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';

const folder = '.cache/screens';
mkdirSync(folder, { recursive: true });

/** A month of somebody's life: calm mornings, a hard week, music in the evening. */
async function fill(page: Page, korean: boolean): Promise<void> {
  await page.evaluate(
    ({ songs, unwanted, notes }) =>
      new Promise<void>((done) => {
        const opening = indexedDB.open('feeling-manager');
        opening.onsuccess = () => {
          const stores = ['spells', 'entries', 'plays', 'bans'];
          const transaction = opening.result.transaction(stores, 'readwrite');
          let seed = 11;
          const random = () => {
            seed = (seed * 16807) % 2147483647;
            return seed / 2147483647;
          };
          const now = new Date();
          let id = 0;
          for (let back = 0; back < 160; back++) {
            const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back).getTime() / 1000;
            if (random() < 0.12 && back > 2) continue;
            const moods = [
              [1, 1, 0, 2, 1],
              [0, 1, 0, 1, 1],
              [3, 0, 3, 1, 0],
              [1, 2, 1, 0, 1],
              [0, 4, 0, 1, 0],
              [0, 0, 1, 3, 1],
            ];
            const mood = back > 8 && back < 13 ? [3, 0, 3, 6, 0] : moods[Math.floor(random() * moods.length)];
            for (let i = 0; i < 16; i++) {
              const start = day + (7.5 + i * 0.92 + random() * 0.5) * 3600;
              const emotion = random() < 0.7 ? mood[Math.floor(random() * 5)] : [0, 1, 0][Math.floor(random() * 3)];
              const p = Array(8).fill(0.04);
              p[emotion] = 0.72;
              const end = start + 90 + random() * 205;
              if (end > now.getTime() / 1000 && back === 0 && i > 12) continue;
              transaction.objectStore('spells').put({
                id: `s${id++}`,
                start,
                end,
                emotion,
                readEmotion: null,
                probabilities: p,
                readings: 900,
                unclearShare: 0.05,
                sent: 1,
              });
            }
            if (back % 4 === 0) {
              const [note, tag, emotion] = notes[Math.floor(back / 4) % notes.length] as [string, string, number];
              transaction
                .objectStore('entries')
                .put({ id: `e${id++}`, at: day + 19 * 3600, emotion, note, tags: [tag], sent: 1 });
            }
            for (const [hour, index] of [
              [9, 0],
              [14, 1],
              [18, 2],
            ]) {
              const [title, artist, emotion] = songs[(back + index) % songs.length] as [string, string, number];
              transaction.objectStore('plays').put({
                id: `p${id++}`,
                at: day + hour * 3600,
                emotion,
                songId: title,
                title,
                artist,
                goal: 'match',
                liked: null,
                skipped: false,
                before: 0.1,
                after: 0.32,
              });
            }
          }
          for (const [title, artist] of unwanted) {
            const name = `${artist} – ${title}`;
            transaction.objectStore('bans').put({ name, songId: name, title, artist, account: null });
          }
          transaction.oncomplete = () => {
            opening.result.close();
            done();
          };
        };
      }),
    {
      songs: [
        ['밤편지', '아이유', 0],
        ['Clair de lune', 'Claude Debussy', 0],
        ['Here Comes the Sun', 'The Beatles', 1],
        ['봄날', '방탄소년단', 3],
      ],
      unwanted: [
        ['Last Christmas', 'Wham!'],
        ['거짓말', '빅뱅'],
      ],
      notes: korean
        ? [
            ['강가를 오래 걸었다. 바람이 좋았다.', '바깥', 1],
            ['발표 준비로 늦게까지 깨어 있었다.', '일', 0],
          ]
        : [
            ['A long walk by the river. Good wind.', 'outside', 1],
            ['Up late, preparing the talk.', 'work', 0],
          ],
    },
  );
}

const words = {
  ko: {
    begin: '계정 없이 시작하기',
    camera: '카메라 켜기',
    happy: '행복한 표정이에요',
    song: '노래',
    journal: '일지',
    me: '나',
    spans: ['일', '주', '월', '연'],
    sign: '로그인 · 가입',
    hand: '지금 기분 직접 고르기',
    close: '닫기',
    dark: '어둡게',
    unwanted: '다시 추천하지 않는 노래',
    now: '지금',
    feel: '지금 기분이 어때요?',
    sadness: '슬픔',
    closeSong: '노래 닫기',
    signUp: '가입',
    user: '아이디',
    password: '비밀번호',
    again: '비밀번호 다시',
    kept: '적어 두었어요',
    sent: '모든 기록이 계정에 있어요.',
    thisDevice: '이 기기',
  },
  en: {
    begin: 'Begin without an account',
    camera: 'Turn the camera on',
    happy: 'A happy expression',
    song: 'Song',
    journal: 'Journal',
    me: 'Me',
    spans: ['Day', 'Week', 'Month', 'Year'],
    sign: 'Sign in or sign up',
    hand: 'Pick a feeling by hand',
    close: 'Close',
    dark: 'Dark',
    unwanted: 'Songs you never want again',
    now: 'Now',
    feel: 'How do you feel?',
    sadness: 'Sadness',
    closeSong: 'Close the song',
    signUp: 'Sign up',
    user: 'User name',
    password: 'Password',
    again: 'Password once more',
    kept: 'I have kept them',
    sent: 'Everything is in your account.',
    thisDevice: 'this one',
  },
};
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 860 } };

for (const language of ['ko', 'en'] as const) {
  for (const size of ['phone', 'desktop'] as const) {
    test(`${size} ${language}`, async ({ browser }) => {
      const word = words[language];
      const context = await browser.newContext({
        viewport: sizes[size],
        deviceScaleFactor: size === 'phone' ? 2 : 1,
        locale: language === 'ko' ? 'ko-KR' : 'en-GB',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      let number = 1;
      const shoot = async (name: string) => {
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({
          path: `${folder}/${size}-${language}-${String(number++).padStart(2, '0')}-${name}.png`,
        });
      };
      const tab = (name: string) => page.getByRole('navigation').getByRole('button', { name, exact: true }).click();
      await page.goto('/');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await shoot('welcome');
      await page.getByRole('checkbox').check();
      await page.getByRole('button', { name: word.begin }).click();
      await page.getByRole('region', { name: word.feel }).getByRole('button', { name: word.sadness }).click();
      await expect(page.getByRole('region', { name: word.song, exact: true })).toBeVisible();
      await shoot('touch');
      await page
        .getByRole('region', { name: word.song, exact: true })
        .getByRole('button', { name: word.closeSong })
        .click();
      await page.getByRole('button', { name: word.camera }).click();
      await expect(page.getByRole('heading', { name: word.happy })).toBeVisible({ timeout: 40_000 });
      await page.waitForTimeout(1500);
      await shoot('live');
      await expect(page.getByRole('region', { name: word.song, exact: true })).toBeVisible();
      await page.mouse.wheel(0, 2000);
      await page.waitForTimeout(300);
      if (size === 'phone') await shoot('song');
      await page.getByRole('button', { name: word.hand }).click();
      await shoot('hand');
      await page.getByRole('button', { name: word.close, exact: true }).click();
      await fill(page, language === 'ko');
      await page.reload();
      await tab(word.journal);
      for (const span of word.spans) {
        await page.getByRole('button', { name: span, exact: true }).click();
        await page.waitForTimeout(400);
        await shoot(`journal-${word.spans.indexOf(span)}`);
      }
      await tab(word.me);
      await page.getByRole('button', { name: word.sign }).waitFor();
      await shoot('me');
      await page.getByRole('list', { name: word.unwanted }).scrollIntoViewIfNeeded();
      await shoot('unwanted');
      await page.getByRole('button', { name: word.sign }).click();
      await page.getByRole('button', { name: word.signUp }).first().click();
      await shoot('account');
      await page.getByLabel(word.user).fill(`minsu-${language}-${size}`);
      await page.getByLabel(word.password, { exact: true }).fill('correct horse');
      await page.getByLabel(word.again).fill('correct horse');
      await page.locator('form').getByRole('button', { name: word.signUp }).last().click();
      await page.getByRole('button', { name: word.kept }).click();
      await expect(page.getByText(word.sent)).toBeVisible();
      await expect(page.locator('li').getByText(word.thisDevice)).toBeVisible();
      await shoot('account-signed');
      await tab(word.me);
      await page.getByRole('button', { name: word.dark }).click();
      await shoot('dark-me');
      await tab(word.journal);
      await page.getByRole('button', { name: word.spans[2], exact: true }).click();
      await page.waitForTimeout(400);
      await shoot('dark');
      await context.close();
    });
  }
}
