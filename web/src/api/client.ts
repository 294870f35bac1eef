// The service, typed by its own description.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });

/** What the service could not do, by its stable code; `unreachable` when it did not answer at all. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's data. Throws ApiError. */
export async function ask<T>(request: Promise<Result<T>>): Promise<T> {
  let result: Result<T>;
  try {
    result = await request;
  } catch {
    throw new ApiError('unreachable', 0, 'The service did not answer.');
  }
  const { data, error, response } = result;
  if (response.ok) return data as T;
  const problem = error as Partial<Schemas['Problem']> | undefined;
  // a proxy or another server answers without our code
  throw new ApiError(problem?.code ?? 'unreachable', response.status, problem?.detail ?? response.statusText);
}

/** What the account no longer has, because another device deleted it or its time is over, needs no word. False then. */
export async function unlessGone(request: Parameters<typeof ask>[0]): Promise<boolean> {
  try {
    await ask(request);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
