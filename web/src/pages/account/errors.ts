// What the account's forms say of an error.
import { ApiError } from '../../api/client';
import { m } from '../../paraglide/messages.js';
import { Mistake } from '../../ui/mistake';

export const SHORTEST_PASSWORD = 8;

const KNOWN: Record<string, () => Mistake> = {
  wrong_credentials: () => new Mistake(m.wrong_credentials(), 'password'),
  username_taken: () => new Mistake(m.username_taken(), 'username'),
  email_taken: () => new Mistake(m.email_taken(), 'email'),
  too_many_requests: () => new Mistake(m.too_many_requests()),
  unreachable: () => new Mistake(m.service_unreachable()),
  unavailable: () => new Mistake(m.service_unreachable()),
};

export function words(error: unknown): Mistake {
  if (error instanceof Mistake) return error;
  const code = error instanceof ApiError ? error.code : 'unreachable';
  return KNOWN[code]?.() ?? new Mistake(m.not_accepted({ reason: error instanceof Error ? error.message : '' }));
}

/** Throws where a new password is too short or was typed differently the second time. */
export function checkPassword(password: string, again: string): void {
  if (password.length < SHORTEST_PASSWORD) throw new Mistake(m.password_short(), 'new-password');
  if (password !== again) throw new Mistake(m.passwords_differ(), 'password-again');
}
