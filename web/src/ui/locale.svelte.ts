// The language, and words that depend on it. Paraglide's own change of language would load the page anew.
import type { EmotionName } from '../labels';
import { m } from '../paraglide/messages.js';
import { getLocale, type Locale, overwriteGetLocale, setLocale } from '../paraglide/runtime.js';

export const locale = $state({ now: getLocale() });
// every message says so by itself when the language changes: what plays or reads is not begun anew
overwriteGetLocale(() => locale.now);

export function speak(language: Locale): void {
  void setLocale(language, { reload: false });
  locale.now = language;
  document.documentElement.lang = language;
}

export const emotionWord = (name: EmotionName): string => m[`emotion_${name}`]();
export const emotionSentence = (name: EmotionName): string => m[`looks_${name}`]();

export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return m.seconds({ n: Math.round(seconds) });
  if (minutes < 60) return m.minutes({ n: minutes });
  return m.hours({ h: Math.floor(minutes / 60), n: minutes % 60 });
}

/** With the region that the person's browser names: dates are written otherwise in Britain than in America. */
export const dates = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(navigator.languages.find((one) => one.startsWith(locale.now)) ?? locale.now, options);
export const dateText = (date: Date, options: Intl.DateTimeFormatOptions): string => dates(options).format(date);
export const clock = (seconds: number): string =>
  dateText(new Date(seconds * 1000), { hour: 'numeric', minute: '2-digit' });
