/** What is wrong with what was typed. field: the name of the field that it is about. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}
