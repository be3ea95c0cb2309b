/** One line for the user: the file, and what is wrong with it. */
export class DocumentError extends Error {}
