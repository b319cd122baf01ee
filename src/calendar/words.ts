/** Codes as they are listed in this folder: a text of words, so that a line holds many. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
